"""The file table, kept in memory."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from memory_service.domain.ids import BlobId, CommitId, OrgId
from memory_service.domain.paths import MEMORY_SUFFIX, MemoryPath
from memory_service.domain.search import File, FileInfo


@dataclass(frozen=True)
class InMemoryFileTableReader:
    """One state of the table; a state is never changed, only replaced."""

    commit: CommitId
    files_by_path: Mapping[MemoryPath, FileInfo]

    def infos(self, paths: Sequence[MemoryPath]) -> Sequence[FileInfo]:
        return [self.files_by_path[path] for path in paths if path in self.files_by_path]

    def similar(self, name: str, limit: int) -> Sequence[MemoryPath]:
        asked = name.removesuffix(MEMORY_SUFFIX).casefold()
        scored = [
            (_likeness(asked, path.name.removesuffix(MEMORY_SUFFIX).casefold()), path) for path in self.files_by_path
        ]
        close = sorted((-score, path) for score, path in scored if score >= 0.6)
        return [path for _, path in close][:limit]

    def files(self) -> Iterable[tuple[MemoryPath, BlobId]]:
        return [(path, info.blob) for path, info in self.files_by_path.items()]

    def close(self) -> None:
        pass


class InMemoryFileTable:
    """Behaves as the port says; ``title_of`` tells the title of a text, or None."""

    def __init__(self, title_of: Callable[[str], str | None] = lambda text: None) -> None:
        self._title_of = title_of
        self._states: dict[OrgId, InMemoryFileTableReader] = {}

    def commit(self, org: OrgId) -> CommitId | None:
        state = self._states.get(org)
        return state.commit if state else None

    def apply(
        self, org: OrgId, base: CommitId, head: CommitId, files: Iterable[File], gone: Iterable[MemoryPath]
    ) -> bool:
        if self.commit(org) != base:
            return False
        kept = dict(self._states[org].files_by_path)
        for path in gone:
            kept.pop(path, None)
        self._states[org] = InMemoryFileTableReader(head, kept | self._described(files))
        return True

    def rebuild(self, org: OrgId, head: CommitId, files: Iterable[File]) -> None:
        self._states[org] = InMemoryFileTableReader(head, self._described(files))

    def reader(self, org: OrgId) -> InMemoryFileTableReader | None:
        return self._states.get(org)

    def _described(self, files: Iterable[File]) -> dict[MemoryPath, FileInfo]:
        return {
            file.path: FileInfo(
                path=file.path,
                blob=file.blob,
                size=len(file.content),
                title=self._title_of(file.content.decode("utf-8", "replace")),
                updated_at=file.updated_at,
            )
            for file in files
        }


def _likeness(asked: str, name: str) -> float:
    if asked and (asked in name or name in asked):
        return 1.0 if asked == name else 0.9
    return difflib.SequenceMatcher(a=asked, b=name).ratio()
