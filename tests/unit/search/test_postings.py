"""Sets of files, where terms stand, and the memory that decoded lists may take."""

from array import array
from collections.abc import Mapping

import pytest

from memory_service.search.postings import Postings, PostingsCache, file_set, numbers_of


@pytest.mark.parametrize("numbers", [[], [0], [7], [0, 3, 7], list(range(8))])
def test_a_set_of_files_holds_what_was_put_in(numbers: list[int]) -> None:
    files = file_set([*numbers, *numbers], 8)
    assert list(numbers_of(files)) == numbers
    assert files.bit_count() == len(numbers)


def test_a_set_of_no_files_is_empty() -> None:
    assert file_set([], 0) == 0
    assert list(numbers_of(0)) == []


def postings(impacts: Mapping[int, int], all_sections: int) -> Postings:
    sections = array("I", sorted(impacts))
    return Postings(sections, bytes(map(impacts.__getitem__, sections)), 0, max(impacts.values()), all_sections)


@pytest.mark.parametrize("all_sections", [10, 1000])
def test_impacts_are_looked_up_by_section(all_sections: int) -> None:
    told = postings({0: 5, 3: 255, 9: 1}, all_sections).told
    assert {section: told[section] for section in (0, 3, 9)} == {0: 5, 3: 255, 9: 1}
    assert not (told[4] if isinstance(told, bytes) else 4 in told)


def test_sections_from_one_to_before_another() -> None:
    held = postings({0: 5, 3: 255, 9: 1}, 12)
    assert held.between(0, 12) == (array("I", [0, 3, 9]), bytes([5, 255, 1]))
    assert held.between(0, 9) == (array("I", [0, 3]), bytes([5, 255]))
    assert held.between(1, 12) == (array("I", [3, 9]), bytes([255, 1]))
    assert held.between(4, 9) == (array("I"), b"")


def test_the_highest_are_those_of_which_most_is_told() -> None:
    assert set(postings({section: section + 1 for section in range(200)}, 200).highest) == set(range(184, 200))
    assert list(postings({3: 7, 5: 1}, 200).highest) == [3, 5]
    assert len(postings(dict.fromkeys(range(200), 9), 200).highest) < 50


class Decoder:
    """Asks a cache for keys, each of which decodes to about 1,500 bytes."""

    def __init__(self, budget: int) -> None:
        self.cache = PostingsCache(budget)
        self.decoded: list[str] = []

    def get(self, key: str) -> Postings:
        def decode() -> Postings:
            self.decoded.append(key)
            return Postings(array("I", range(120)), bytes(120), files=1, peak=0, all_sections=120)

        return self.cache.get(key, decode)


def test_what_is_kept_stays_within_the_budget() -> None:
    decoder = Decoder(15_000)
    keys = [f"key {number}" for number in range(20)]
    given = [decoder.get(key) for key in keys]
    assert decoder.get(keys[-1]) is given[-1]
    assert decoder.decoded == keys
    assert decoder.get(keys[0]) == given[0]
    assert decoder.decoded == [*keys, keys[0]]
    assert sum(postings.size for postings in decoder.cache._entries.values()) == decoder.cache._used <= 15_000


def test_what_is_asked_for_again_is_kept_longer() -> None:
    decoder = Decoder(7_500)
    for key in "abcdefgh":
        decoder.get("often")
        decoder.get(key)
    assert decoder.decoded.count("often") == 1


def test_what_is_larger_than_the_budget_is_answered_and_not_kept() -> None:
    decoder = Decoder(100)
    assert decoder.get("key").impacts == bytes(120)
    assert decoder.cache._used == 0
    assert decoder.get("key").impacts == bytes(120)
    assert decoder.decoded == ["key", "key"]
