"""Descriptors are shared out so that something is left for work, however few or many there are."""

import resource

import pytest

from memory_service.descriptors import shares, shares_of, take_all


@pytest.mark.parametrize("descriptors", [128, 256, 1024, 65536])
def test_a_part_of_the_descriptors_is_left_for_what_is_open_for_moments(descriptors: int) -> None:
    parts = shares_of(descriptors)
    left = descriptors - parts.connections - parts.search_indexes * 3 // 2 - parts.pack_indexes
    assert left >= 64
    assert 0 < parts.requests < parts.connections
    assert min(parts.search_indexes, parts.pack_indexes) > 0


def test_a_process_takes_all_the_descriptors_that_it_may_have() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, before[1]), before[1]))
        few = shares()
        take_all()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert hard == before[1]
        assert soft == min(hard, 65536)
        assert shares().connections >= few.connections
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
