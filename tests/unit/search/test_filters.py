"""Which files pass the filters of a query."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import Query
from memory_service.search.filters import FileFacts
from memory_service.search.postings import numbers_of

START = datetime(2026, 4, 15, tzinfo=UTC)
HOURS = st.integers(0, 20)
ANY_HOUR = st.none() | st.integers(-1, 21)
TAGS = st.lists(st.sampled_from(["red", "blue", "sea"]), max_size=2)


def at(hour: int | None) -> datetime | None:
    return None if hour is None else START + timedelta(hours=hour)


@given(st.lists(st.tuples(HOURS, TAGS), max_size=200), ANY_HOUR, ANY_HOUR, TAGS)
@settings(max_examples=200, deadline=None)
def test_what_passes_is_what_a_look_at_each_file_lets_pass(
    files: list[tuple[int, list[str]]], after: int | None, before: int | None, tags: list[str]
) -> None:
    moments = [START + timedelta(hours=hour) for hour, _ in files]
    facts = FileFacts([f"/{number:03}.md" for number in range(len(files))], moments, [held for _, held in files])
    query = Query(text="", limit=1, updated_after=at(after), updated_before=at(before), tags=tuple(tags))
    assert list(numbers_of(facts.chosen(query))) == [
        number
        for number, (hour, held) in enumerate(files)
        if (after is None or hour >= after) and (before is None or hour < before) and set(tags) <= set(held)
    ]


@pytest.mark.parametrize(
    ("folder", "expected"),
    [(None, 5), ("/", 5), ("/a", 2), ("/a.md", 1), ("/a/b.md", 1), ("/absent", 0), ("/a/", 2)],
)
def test_a_folder_is_a_range_of_files(folder: str | None, expected: int) -> None:
    paths = ["/a-b.md", "/a.md", "/a/b.md", "/a/c.md", "/b.md"]
    facts = FileFacts(paths, [START] * 5, [()] * 5)
    assert len(facts.within((folder and MemoryPath.parse_folder(folder)) or None)) == expected
