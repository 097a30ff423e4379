"""Sets of files, and the memory that decoded lists may take."""

from array import array

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


class Decoder:
    """Asks a cache for keys, each of which decodes to about a thousand bytes."""

    def __init__(self, budget: int) -> None:
        self.cache = PostingsCache(budget)
        self.decoded: list[str] = []

    def get(self, key: str) -> Postings:
        def decode() -> Postings:
            self.decoded.append(key)
            return Postings(array("I", range(120)), bytes(120), files=1, peak=0)

        return self.cache.get(key, decode)


def test_what_is_kept_stays_within_the_budget() -> None:
    decoder = Decoder(10_000)
    keys = [f"key {number}" for number in range(20)]
    given = [decoder.get(key) for key in keys]
    assert decoder.get(keys[-1]) is given[-1]
    assert decoder.decoded == keys
    assert decoder.get(keys[0]) == given[0]
    assert decoder.decoded == [*keys, keys[0]]
    assert sum(postings.size for postings in decoder.cache._entries.values()) == decoder.cache._used <= 10_000


def test_what_is_asked_for_again_is_kept_longer() -> None:
    decoder = Decoder(5_000)
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
