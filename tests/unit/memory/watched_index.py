"""An index that shows how it was brought to a commit."""

import threading
from collections.abc import Iterable

from memory_service.domain.ids import CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File
from tests.fakes.search_index import ScanIndex

SECONDS = 10
BACKGROUND = "memory search index_0"
"""The thread in which an index is built while calls go on."""


class WatchedIndex(ScanIndex):
    """Remembers how it was brought to a commit, and can be held up while it is built."""

    def __init__(self, ranking: int = 0) -> None:
        super().__init__(ranking)
        self.done: list[str] = []
        self.thread = ""
        self.building = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.refuse: Exception | None = None
        self.slow = False

    def apply(
        self, org: OrgId, base: CommitId, head: CommitId, files: Iterable[File], gone: Iterable[MemoryPath]
    ) -> bool:
        self.thread = threading.current_thread().name
        taken, removed = list(files), list(gone)
        self.done.append(f"apply {sorted(file.path.text for file in taken)} {sorted(map(str, removed))}")
        return super().apply(org, base, head, taken, removed)

    def rebuild(self, org: OrgId, head: CommitId, files: Iterable[File]) -> None:
        self.thread = threading.current_thread().name
        self.done.append("rebuild")
        self.building.set()
        assert self.gate.wait(SECONDS)
        if self.refuse:
            raise self.refuse
        super().rebuild(org, head, files)

    def stale(self, org: OrgId) -> bool:
        return self.slow
