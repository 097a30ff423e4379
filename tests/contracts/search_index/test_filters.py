"""What every search index leaves out that a query does not ask of, and where it goes on."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File, Hits
from memory_service.memory.ports import SearchIndex
from tests.contracts.search_index.indexes import (
    ACME,
    DAYS,
    ONE,
    TWO,
    file,
    found,
    paths,
)


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/", ["/MEMORY.md", "/daily/2026-04-15.md", "/topics/icp.md", "/topics/pricing.md"]),
        ("/topics", ["/topics/icp.md", "/topics/pricing.md"]),
        ("/topics/icp.md", ["/topics/icp.md"]),
        ("/top", []),
        ("/topics/icp", []),
        ("/absent", []),
    ],
)
def test_a_folder_keeps_what_lies_below_it(library: SearchIndex, folder: str, expected: list[str]) -> None:
    hits = found(library, "software fintech pricing", folder=folder)
    assert (sorted(paths(hits)), hits.total) == (expected, len(expected))


def test_a_folder_changes_no_score(library: SearchIndex) -> None:
    library.apply(ACME, ONE, TWO, [file("/topics/z.md", "fintech"), file("/z.md", "fintech")], [])
    whole = {hit.path: hit for hit in found(library, "fintech pricing").hits}
    hits = found(library, "fintech pricing", folder="/topics").hits
    assert len(hits) == 3
    assert all(hit == whole[hit.path] for hit in hits)


@pytest.fixture
def diary(index: SearchIndex) -> SearchIndex:
    """Thirty files, one of each day, some with tags; those of every third day have changed since the index was made."""

    def note(day: int, text: str = "") -> File:
        tags = [name for name, nth in (("even", 2), ("third", 3), ("Fifth of", 5)) if day % nth == 0]
        return file(f"/{day:02}.md", f"---\ntags: {tags}\n---\n{'walrus ' * day}{text}", DAYS[day])

    old = [note(day) for day in range(1, 28)] + [file("/28.md", "walrus", DAYS[1])]
    index.rebuild(ACME, ONE, [*old, file("/29.md", "---\ntags: [third, even]\n---\nwalrus", DAYS[1]), note(30)])
    index.apply(ACME, ONE, TWO, [note(day, "again") for day in (*range(3, 31, 3), 28, 29)], [MemoryPath("/01.md")])
    return index


def days(hits: Hits) -> list[int]:
    return sorted(int(path[1:3]) for path in paths(hits))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"updated_after": DAYS[27]}, [27, 28, 29, 30]),
        ({"updated_before": DAYS[5]}, [2, 3, 4]),
        ({"updated_after": DAYS[9], "updated_before": DAYS[12]}, [9, 10, 11]),
        ({"updated_after": DAYS[9] + timedelta(seconds=1), "updated_before": DAYS[12]}, [10, 11]),
        ({"updated_after": DAYS[12], "updated_before": DAYS[9]}, []),
        ({"updated_after": datetime.max.replace(tzinfo=UTC)}, []),
        ({"updated_before": datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))}, []),
        ({"updated_after": datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))}, list(range(2, 31))),
        ({"tags": ("fifth OF",)}, [5, 10, 15, 20, 25, 30]),
        ({"tags": ("#third", "even")}, [6, 12, 18, 24, 30]),
        ({"tags": ("third", "third")}, list(range(3, 31, 3))),
        ({"tags": ("third", "absent")}, []),
        ({"tags": ("",)}, []),
        ({"tags": ("even",), "updated_after": DAYS[25], "folder": "/28.md"}, [28]),
        ({"tags": ("even",), "updated_after": DAYS[25], "folder": "/27.md"}, []),
    ],
)
def test_a_filter_keeps_what_passes_it(diary: SearchIndex, filters: dict[str, Any], expected: list[int]) -> None:
    hits = found(diary, "walrus", limit=50, **filters)
    assert (days(hits), hits.total) == (expected, len(expected))
    few = found(diary, "walrus", limit=2, **filters)
    assert (few.hits, few.total) == (hits.hits[:2], hits.total)


def test_a_filter_changes_no_score(diary: SearchIndex) -> None:
    whole = {hit.path: hit for hit in found(diary, "walrus again", limit=50).hits}
    for filters in ({"tags": ("even",)}, {"updated_after": DAYS[20]}, {"updated_before": DAYS[3]}):
        hits = found(diary, "walrus again", limit=50, **filters).hits
        assert hits
        assert all(hit == whole[hit.path] for hit in hits)


def test_a_filter_and_a_phrase_both_hold(diary: SearchIndex) -> None:
    assert days(found(diary, '"walrus again"', limit=50, tags=("even",))) == [6, 12, 18, 24, 28, 30]


def test_hits_go_on_where_a_page_ended(diary: SearchIndex) -> None:
    for filters in ({}, {"tags": ("even",)}, {"updated_after": DAYS[10], "folder": "/"}):
        whole = found(diary, "walrus again", limit=50, **filters)
        for limit in (1, 4, 50):
            pages = [found(diary, "walrus again", limit, skip=skip, **filters) for skip in range(0, 40, limit)]
            assert [hit for page in pages for hit in page.hits] == list(whole.hits)
            assert {page.total for page in pages} == {whole.total}
