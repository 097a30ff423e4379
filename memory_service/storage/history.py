"""Walks through commits: who changed what last, and which commit has a trailer."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from memory_service.domain.ids import BlobId, CommitId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.trees import Change, Trailed
from memory_service.storage.ancestry import contains
from memory_service.storage.commits import SERVICE, Commit
from memory_service.storage.messages import trailers_of
from memory_service.storage.object_store import Objects
from memory_service.storage.objects import Kind, Oid
from memory_service.storage.tree_cache import Trees
from memory_service.storage.tree_diff import Difference, differences, every, is_memory

CLOCK_MARGIN = timedelta(minutes=10)
"""How far a clock may have been put back between a moment and a commit made after it."""
OLD_IN_A_ROW = 100
"""A walk by time ends after so many commits that are too old, since people's clocks may be wrong too."""


class History:
    """The commits of one repository; ``passed`` is called for each that is read, and may end the walk by raising."""

    def __init__(self, objects: Objects, trees: Trees, passed: Callable[[], None] = lambda: None) -> None:
        self._objects = objects
        self._trees = trees
        self._passed = passed

    def commit(self, oid: Oid) -> Commit:
        """A commit.

        Raises:
            DataCorrupt: it is missing or damaged.
        """
        self._passed()
        return Commit.parse(self._objects.need(oid, Kind.COMMIT))

    def walk(self, head: Oid, since: datetime) -> Iterator[tuple[Oid, Commit]]:
        """The commits from a head back, the newest first, until a hundred in a row are older than ``since``."""
        queue = _Newest([(head, self.commit(head))])
        seen = {head}
        old = 0
        while queue and old < OLD_IN_A_ROW:
            oid, commit = queue.pop()
            old = old + 1 if commit.time < since.timestamp() else 0
            yield oid, commit
            for parent in commit.parents:
                if parent not in seen:
                    seen.add(parent)
                    queue.push(parent, self.commit(parent))

    def contains(self, head: Oid, oid: Oid) -> bool:
        """Whether a commit is a head or one of those before it."""
        found = self._objects.get(oid)
        return found is not None and found.kind is Kind.COMMIT and contains(self.commit, head, oid)

    def changes(self, since: Oid | None, head: Oid) -> list[Change] | None:
        """What changed in memory files, each with the last commit that did; see the port ``Snapshot``."""
        if since is not None and not self.contains(head, since):
            return None
        old = self.commit(since).tree if since is not None else None
        changed = {change.path: change for change in differences(self._trees, old, self.commit(head).tree)}
        made = dict(self.origins(head, set(changed)))
        ordered = sorted(changed.values(), key=lambda change: change.path)
        return [_change(change, *made[change.path]) for change in ordered]

    def find(self, head: Oid, trailer: str, value: str, since: datetime) -> Trailed | None:
        """The commit of the service that has a trailer of this value and changed one file."""
        for oid, commit in self.walk(head, since - CLOCK_MARGIN):
            if commit.committer == SERVICE and trailers_of(commit.message).get(trailer) == value:
                changed = self._changed(commit, commit.parents[0] if commit.parents else None)
                if len(changed) == 1 and changed[0].new:
                    change = _change(changed[0], oid, commit)
                    return Trailed(
                        commit=change.commit,
                        at=change.at,
                        path=change.path,
                        blob=BlobId(changed[0].new.hex()),
                        previous=change.old,
                    )
        return None

    def origins(self, head: Oid, pending: set[bytes]) -> Iterator[tuple[bytes, tuple[Oid, Commit]]]:
        """For each path, the commit that gave it the content (or absence) that it has at a head.

        A path goes on to the first parent that has it the same, as in ``git log -- path``; where none has, the commit
        made it what it is.
        """
        waiting = {head: pending}
        queue = _Newest([(head, self.commit(head))])
        while queue:
            oid, commit = queue.pop()
            rest = waiting.pop(oid)
            for parent in commit.parents:
                changed = rest.intersection(change.path for change in self._changed(commit, parent, every))
                rest -= changed
                if rest and parent in waiting:
                    waiting[parent] |= rest
                elif rest:
                    waiting[parent] = rest
                    queue.push(parent, self.commit(parent))
                rest = changed
            for path in rest:
                yield path, (oid, commit)

    def _changed(
        self, commit: Commit, parent: Oid | None, wanted: Callable[[bytes], bool] = is_memory
    ) -> list[Difference]:
        old = self.commit(parent).tree if parent else None
        return list(differences(self._trees, old, commit.tree, wanted=wanted))


class _Newest:
    """Commits, the newest first."""

    def __init__(self, commits: Iterable[tuple[Oid, Commit]]) -> None:
        self._heap: list[tuple[int, Oid, Commit]] = []
        for oid, commit in commits:
            self.push(oid, commit)

    def __len__(self) -> int:
        return len(self._heap)

    def push(self, oid: Oid, commit: Commit) -> None:
        heapq.heappush(self._heap, (-commit.time, oid, commit))

    def pop(self) -> tuple[Oid, Commit]:
        _, oid, commit = heapq.heappop(self._heap)
        return oid, commit


def _change(difference: Difference, oid: Oid, commit: Commit) -> Change:
    return Change(
        path=MemoryPath("/" + difference.path.decode()),
        old=BlobId(difference.old.hex()) if difference.old else None,
        new=BlobId(difference.new.hex()) if difference.new else None,
        commit=CommitId(oid.hex()),
        at=commit.at,
    )
