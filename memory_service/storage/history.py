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
from memory_service.storage.trees import FILE

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
        return self._is_commit(oid) and contains(self.commit, head, oid)

    def changes(self, since: Oid | None, head: Oid) -> list[Change] | None:
        """What happened to memory files, each with the last commit that did it; see the port ``Snapshot``."""
        if since is not None and not self._is_commit(since):
            return None
        old, new = self.commit(since) if since else None, self.commit(head)
        touched = self._touched(since, head) if since else self._paths(None, new)
        found = [Difference(path, self._file(old, path), self._file(new, path)) for path in sorted(touched)]
        # Where a file is gone, or never was, no walk could find what made it so before it has come to the first commit.
        made = dict(self.origins(head, {change.path for change in found if change.new}, since))
        gone = (head, new)
        told = (change for change in found if (change.path in made if change.new else change.old))
        return [_change(change, *made.get(change.path, gone)) for change in told]

    def find(self, head: Oid, trailer: str, value: str, since: datetime) -> Trailed | None:
        """The commit of the service that has a trailer of this value and changed one file."""
        for oid, commit in self.walk(head, since - CLOCK_MARGIN):
            if commit.committer == SERVICE and trailers_of(commit.message).get(trailer) == value:
                before = self.commit(commit.parents[0]).tree if commit.parents else None
                changed = list(differences(self._trees, before, commit.tree))
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

    def origins(
        self, head: Oid, pending: set[bytes], unless: Oid | None = None
    ) -> Iterator[tuple[bytes, tuple[Oid, Commit]]]:
        """For each path, the commit that gave it the content (or absence) that it has at a head.

        A path goes on to the first parent that has it the same, as in ``git log -- path``; where none has, the commit
        made it what it is. Those are left out that come to ``unless`` on their way: nothing happened to them since.
        """
        waiting = {head: pending}
        queue = _Newest([(head, self.commit(head))])
        while queue:
            oid, commit = queue.pop()
            rest = waiting.pop(oid)
            if oid == unless:
                continue
            for parent in commit.parents:
                before = self.commit(parent)
                changed = rest & self._paths(before, commit, every)
                rest -= changed
                if rest and parent in waiting:
                    waiting[parent] |= rest
                elif rest:
                    waiting[parent] = rest
                    queue.push(parent, before)
                rest = changed
            for path in rest:
                yield path, (oid, commit)

    def _touched(self, since: Oid, head: Oid) -> set[bytes]:
        """The memory files of which the origins at two commits may differ, whatever their contents are.

        All others go from first parent to first parent, from both to where these lines meet, and on from there alike.
        """
        touched: set[bytes] = set()
        met = {head, since}
        ends = [self.commit(oid) for oid in (head, since)] if head != since else []
        while ends:
            nth = max(range(len(ends)), key=lambda nth: ends[nth].time)  # the head's line, where times are equal
            commit = ends.pop(nth)
            parent = next(iter(commit.parents), None)
            before = self.commit(parent) if parent else None
            touched |= self._paths(before, commit)
            if parent in met:
                break
            if parent and before:
                met.add(parent)
                ends.insert(nth, before)
        return touched

    def _is_commit(self, oid: Oid) -> bool:
        found = self._objects.get(oid)
        return found is not None and found.kind is Kind.COMMIT

    def _file(self, commit: Commit | None, path: bytes) -> Oid | None:
        entry = self._trees.find(commit.tree, path) if commit else None
        return entry.oid if entry and entry.mode == FILE else None

    def _paths(self, old: Commit | None, new: Commit, wanted: Callable[[bytes], bool] = is_memory) -> set[bytes]:
        """The files that two commits do not agree on."""
        found = differences(self._trees, old.tree if old else None, new.tree, wanted=wanted)
        return {change.path for change in found}


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
