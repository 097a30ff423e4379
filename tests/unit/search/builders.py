"""Files and processes that build an index of them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha1

from memory_service.domain.ids import BlobId, CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File, Query
from memory_service.domain.trees import Change
from memory_service.memory.ports import SearchIndex

ACME = OrgId("acme")
ONE, TWO, THREE = CommitId("1" * 40), CommitId("2" * 40), CommitId("3" * 40)


def file(path: str, content: str) -> File:
    blob = BlobId(sha1(content.encode(), usedforsecurity=False).hexdigest())
    return File(
        path=MemoryPath(path), blob=blob, content=content.encode(), updated_at=datetime(2026, 4, 15, tzinfo=UTC)
    )


def files(contents: Mapping[str, str]) -> Iterator[File]:
    return (file(path, contents[path]) for path in sorted(contents))


def numbered(count: int, text: str = "walrus") -> dict[str, str]:
    return {f"/{number:04}.md": f"# Number {number}\n\nThe {text} of file {number}.\n" for number in range(count)}


def paths(index: SearchIndex, text: str, org: OrgId = ACME, limit: int = 50) -> list[str]:
    reader = index.reader(org)
    assert reader
    return [hit.path.text for hit in reader.search(Query(text=text, limit=limit)).hits]


def changes(old: Iterable[File], new: Iterable[File]) -> list[Change]:
    """What happened between two states."""
    was, now = ({file.path: file for file in files} for files in (old, new))
    told = [(path, was.get(path), now.get(path)) for path in sorted({*was, *now}) if was.get(path) != now.get(path)]
    return [
        Change(
            path=path,
            old=before.blob if before else None,
            new=after.blob if after else None,
            commit=TWO,
            at=after.updated_at if after else datetime(2026, 4, 30, tzinfo=UTC),
        )
        for path, before, after in told
    ]
