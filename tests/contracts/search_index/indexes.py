"""The indexes that one suite is for, and the files that they hold in it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha1
from pathlib import Path
from typing import Any

from memory_service.domain.ids import BlobId, CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File, Hits, Query
from memory_service.memory.ports import SearchIndex
from memory_service.search import SearchIndexes
from tests.fakes.search_index import ScanIndex

ACME, OTHER = OrgId("acme"), OrgId("other")
ONE, TWO, THREE = CommitId("1" * 40), CommitId("2" * 40), CommitId("3" * 40)
DAYS = {day: datetime(2026, 4, day, tzinfo=UTC) for day in range(1, 31)}
LONG = "Nobody reads this sentence, but it takes its place. " * 8


FILES = {
    "/MEMORY.md": "# Acme\n\nWe sell software to clinics and banks.\n",
    "/daily/2026-04-15.md": "- Talked to a fintech about pricing.\n- The red fox jumped over the compliance team.\n",
    "/topics/icp.md": (
        "---\ntitle: Ideal customer profile\n---\n\n"
        f"# ICP\n\n{LONG}\n\n"
        f"## Fintech\n\nEnterprise fintech with a compliance team of five or more. {LONG}\n\n"
        f"## Health\n\n### Clinics\n\nThey keep paper records. {LONG}\n"
    ),
    "/topics/pricing.md": "# Pricing\n\nEnterprise plans start at 40,000 a year. Discounts need approval.\n",
}


def in_memory(folder: Path) -> SearchIndex:
    return ScanIndex()


def on_disk(folder: Path) -> SearchIndex:
    return SearchIndexes(folder)


def file(path: str, content: str, updated_at: datetime | None = None) -> File:
    return File(
        path=MemoryPath(path),
        blob=BlobId(sha1(content.encode(), usedforsecurity=False).hexdigest()),
        content=content.encode(),
        updated_at=updated_at or datetime(2026, 4, len(content) % 28 + 1, 10, 30, tzinfo=UTC),
    )


def files(contents: dict[str, str]) -> Iterator[File]:
    return (file(path, contents[path]) for path in sorted(contents))


def found(
    index: SearchIndex, text: str, limit: int = 10, folder: str | None = None, org: OrgId = ACME, **filters: Any
) -> Hits:
    reader = index.reader(org)
    assert reader
    hits = reader.search(Query(text=text, limit=limit, folder=MemoryPath(folder) if folder else None, **filters))
    reader.close()
    return hits


def paths(hits: Hits) -> list[str]:
    return [hit.path.text for hit in hits.hits]
