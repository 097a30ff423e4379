"""The search index at commits before the head: kept where a search goes on, else made again."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from memory_service.domain.calls import Call
from memory_service.domain.errors import Overloaded
from memory_service.domain.ids import BlobId, CommitId, OrgId
from memory_service.domain.trees import Change
from memory_service.memory.limits import MemoryLimits
from memory_service.memory.pages import SearchCursor
from memory_service.memory.ports import IndexReader, SearchIndex, Snapshot, Store
from memory_service.memory.walks import TooFar, Walk


class Passed(Exception):
    """A commit cannot be searched any more; the message says why."""


class EarlierIndexes:
    """Gives readers of the index as it was at any commit of the head's history, whichever process read it then.

    An index is what it was built of and what has happened since; what happened from there to another commit, before or
    after it, makes the index of that one. This is bounded, and done for one call of an organisation at a time.
    """

    def __init__(self, store: Store, index: SearchIndex, limits: MemoryLimits) -> None:
        self._store = store
        self._index = index
        self._limits = limits
        self._turns: dict[OrgId, threading.Lock] = {}

    def reader(self, call: Call, head: IndexReader, cursor: SearchCursor) -> IndexReader:
        """The index that a search goes on in; ``head`` is the index as it is now.

        Raises:
            Passed: the hits would come in another order, the commit is not of the head's history, or too much would
                have to be read to make its index.
            Overloaded: another call makes an index, and that takes longer than this one waits.
        """
        at = cursor.commit
        if cursor.ranking != head.ranking:
            raise Passed("is of a version of the server that ranks otherwise")
        if head.commit == at:
            return head
        # Of the history when it was kept: whoever takes something out of that has to stop the servers first.
        kept = self._index.reader(call.org, at)
        if kept:
            return kept
        with self._turn(call.org):
            return self._index.reader(call.org, at) or self._made(call, head, at)

    def _made(self, call: Call, head: IndexReader, at: CommitId) -> IndexReader:
        try:
            snapshot, changes = self._way(call, head, at)
            made = head.at(at, changes, self._reading(call, snapshot))
        except TooFar as error:
            raise Passed("is of a state that too much has changed from") from error
        made.keep()
        return made

    def _way(self, call: Call, head: IndexReader, at: CommitId) -> tuple[Snapshot, Sequence[Change]]:
        """What happened from the commit that the index was built of to another, and a view of that."""
        walk = Walk(call.check, self._limits.earlier_commits)
        # A cursor may be made up, and name any commit that is left in the repository.
        if not self._store.snapshot(call.org, head.commit).descends_from(at, walk.passed):
            raise Passed("is of a state that is not in the history of this memory")
        snapshot = self._store.snapshot(call.org, at)
        changes = snapshot.changes(head.built_of, walk.passed)
        if changes is None:
            raise TooFar
        return snapshot, list(changes)

    def _reading(self, call: Call, snapshot: Snapshot) -> Callable[[BlobId], bytes]:
        """Gives contents, as many as may be analysed."""
        files, left = 0, self._limits.earlier_bytes

        def read(blob: BlobId) -> bytes:
            nonlocal files, left
            call.check()
            content = snapshot.read(blob)
            files, left = files + 1, left - len(content)
            if files > self._limits.earlier_files or left < 0:
                raise TooFar
            return content

        return read

    @contextmanager
    def _turn(self, org: OrgId) -> Iterator[None]:
        turn = self._turns.setdefault(org, threading.Lock())
        if not turn.acquire(timeout=self._limits.catch_up_crowd_seconds):
            raise Overloaded("an earlier state of the search index is being made", retry_after=1)
        try:
            yield
        finally:
            turn.release()
