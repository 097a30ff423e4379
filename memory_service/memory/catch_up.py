"""Law 2 as one mechanism: a mirror that is not at the head is brought there before anybody reads it."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from math import inf
from time import monotonic
from typing import Generic, Protocol, TypeVar

from memory_service.domain.errors import NotFound, Overloaded
from memory_service.domain.ids import BlobId, CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.progress import Progress, no_progress
from memory_service.domain.search import File
from memory_service.domain.trees import Change
from memory_service.memory.limits import MemoryLimits
from memory_service.memory.listing import walk
from memory_service.memory.ports import Mirror, Snapshot, Store
from memory_service.memory.walks import TooFar, Walk

_RETRY_SECONDS = 5
_BUILDERS = 2
"""How many organisations are brought to the head in the background at once."""
RENEWAL_SECONDS = 60.0
"""Between two builds that are begun only because they would be of use: one that failed would fail again, at every
search."""
RENEWAL_COMMITS = 5000
"""A mirror that keeps only what was built is built anew when more commits than this were read to follow the head since:
they are all read again after a restart. A commit takes one to three readings."""


class Pinned(Protocol):
    """A mirror at one commit."""

    @property
    def commit(self) -> CommitId:
        """The commit that is mirrored."""

    def files(self) -> Iterable[tuple[MemoryPath, BlobId]]:
        """Every file that the mirror holds."""

    def close(self) -> None:
        """Release what the reader holds."""


Reader = TypeVar("Reader", bound=Pinned)
Reader_co = TypeVar("Reader_co", bound=Pinned, covariant=True)


class PinnedMirror(Mirror, Protocol[Reader_co]):
    """A mirror that can be read at a commit while it moves on."""

    def reader(self, org: OrgId) -> Reader_co | None:
        """The mirror as it is now, pinned; None when there is nothing usable."""


class CatchUp(Generic[Reader]):
    """Gives readers of one mirror that see every commit published before they were asked for.

    What a few files need is done by the call that finds the mirror behind; more is done once per organisation by a
    thread in the background, for which a few calls wait so long, and others a moment. ``close`` stops and joins it.

    ``stale`` is given for a mirror that forgets at a restart what it has taken in since it was built.
    """

    def __init__(
        self,
        store: Store,
        mirror: PinnedMirror[Reader],
        name: str,
        limits: MemoryLimits,
        stale: Callable[[OrgId], bool] | None = None,
    ) -> None:
        self._store = store
        self._mirror = mirror
        self._name = name
        self._limits = limits
        self._stale = stale
        self._turns: dict[OrgId, threading.Lock] = {}
        self._guard = threading.Lock()
        self._following: dict[OrgId, Future[object]] = {}
        self._renewing: dict[OrgId, Future[object]] = {}
        self._waiting: Counter[OrgId] = Counter()
        self._commits_read: Counter[OrgId] = Counter()
        self._next_renewal: dict[OrgId, float] = {}
        self._closing = threading.Event()
        self._threads = ThreadPoolExecutor(max_workers=_BUILDERS, thread_name_prefix=f"memory {name}")

    def reader(self, org: OrgId) -> Reader:
        """The mirror pinned at the head that this call finds, or at a later one. The caller closes it.

        Raises:
            OrgNotFound: the organisation has no repository.
            Overloaded: the mirror is being built, and that takes longer than a call may wait, or enough calls wait.
        """
        if self._stale and (self._stale(org) or self._commits_read[org] > RENEWAL_COMMITS):
            self._renew(org)
        reader = self._at(org, self._store.head(org))
        deadline = monotonic() + self._limits.catch_up_seconds
        while reader is None:
            reader = self._caught_up(org, deadline)
        return reader

    def rebuild(self, org: OrgId, progress: Progress = no_progress) -> None:
        """Build the mirror anew from the head, in this thread. Readers go on with what there was meanwhile."""
        self._rebuild(org, self._store.snapshot(org), progress)

    def problems(self, org: OrgId) -> Iterator[str]:
        """What the mirror holds otherwise than the tree of the commit that it mirrors: a sentence for each.

        A mirror that is merely behind has no problem: the next reader brings it to the head.
        """
        reader = self._mirror.reader(org)
        if reader is None:
            yield f"the {self._name} is absent or damaged"
            return
        with closing(reader):
            try:
                snapshot = self._store.snapshot(org, reader.commit)
                held = set(reader.files())
            except NotFound:
                yield f"the {self._name} is of commit {reader.commit}, which the repository does not have"
                return
            except Overloaded as error:
                # A mirror that finds itself damaged throws itself away and says so like this.
                yield error.message
                return
        tree = {(entry.path, entry.blob) for entry in walk(snapshot, MemoryPath("/")) if entry.blob}
        for path, blob in sorted(tree - held):
            yield f"the {self._name} lacks {path} ({blob})"
        for path, blob in sorted(held - tree):
            yield f"the {self._name} holds {path} ({blob}), which is not in the tree"

    def close(self) -> None:
        """Stop what runs in the background and wait for it; what it had not finished is begun anew when needed."""
        with self._guard:
            self._closing.set()
        self._threads.shutdown()

    def _at(self, org: OrgId, commit: CommitId) -> Reader | None:
        reader = self._mirror.reader(org)
        if reader is None or reader.commit == commit:
            return reader
        reader.close()
        return None

    def _caught_up(self, org: OrgId, deadline: float) -> Reader | None:
        """One try to get a reader of the head; None when another process moved the mirror, or a long job just ended."""
        turn = self._turns.setdefault(org, threading.Lock())
        left = deadline - monotonic()
        if left <= 0 or not turn.acquire(timeout=left):
            raise self._overloaded()
        # The reader is opened within the turn: outside, writers could move the mirror on and on before it is.
        try:
            job = self._following.get(org)
            if job is None or job.done():
                head = self._follow(org, in_call=True)
                if head:
                    return self._at(org, head)
                job = self._in_background(self._following, org, self._follow)
        finally:
            turn.release()
        self._wait(org, job, deadline)
        return None

    def _wait(self, org: OrgId, job: Future[object], deadline: float) -> None:
        with self._guard:
            crowded = self._waiting[org] >= self._limits.catch_up_calls
            self._waiting[org] += 1
        patience = self._limits.catch_up_crowd_seconds if crowded else inf
        try:
            job.result(timeout=max(0.0, min(deadline - monotonic(), patience)))
        except TimeoutError as error:
            raise self._overloaded() from error
        finally:
            with self._guard:
                self._waiting[org] -= 1

    def _follow(self, org: OrgId, *, in_call: bool = False) -> CommitId | None:
        """Bring the mirror to the head and say which that was; None, and nothing done, when that is more than a call
        does by itself."""
        # Asked before the head, the mirror cannot be ahead of it, whoever else moves the two.
        base = self._mirror.commit(org)
        head = self._store.head(org)
        if base == head:
            return head
        snapshot = self._store.snapshot(org, head)
        walk = Walk(self._check_open, self._limits.catch_up_commits if in_call else inf)
        try:
            known = base and snapshot.descends_from(base, walk.passed)
            found = snapshot.changes(base, walk.passed) if known else None
        except TooFar:
            return None
        if base is None or found is None:
            if in_call:
                return None
            self._rebuild(org, snapshot)
            return head
        changes = list(found)
        if in_call and len(changes) > self._limits.catch_up_files:
            return None
        self._commits_read[org] += walk.commits
        gone = [change.path for change in changes if change.new is None]
        self._mirror.apply(org, base, head, self._files(snapshot, changes), gone)
        return head

    def _rebuild(self, org: OrgId, snapshot: Snapshot, progress: Progress = no_progress) -> None:
        changes = list(snapshot.changes(None, Walk(self._check_open).passed) or ())
        self._mirror.rebuild(org, snapshot.commit, self._files(snapshot, changes, progress))
        self._commits_read[org] = 0

    def _files(self, snapshot: Snapshot, changes: Sequence[Change], progress: Progress = no_progress) -> Iterator[File]:
        for done, change in enumerate(changes, start=1):
            self._check_open()
            if change.new is not None:
                content = snapshot.read(change.new)
                yield File(path=change.path, blob=change.new, content=content, updated_at=change.at)
            progress(done, len(changes))

    def _renew(self, org: OrgId) -> None:
        """Start a build in the background, unless one was started lately."""
        now = monotonic()
        if now >= self._next_renewal.get(org, now):
            self._next_renewal[org] = now + RENEWAL_SECONDS
            self._in_background(self._renewing, org, self.rebuild)

    def _in_background(
        self, jobs: dict[OrgId, Future[object]], org: OrgId, work: Callable[[OrgId], object]
    ) -> Future[object]:
        """The job of an organisation that is under way, or a new one."""
        with self._guard:
            self._check_open()
            job = jobs.get(org)
            if job is None or job.done():
                job = jobs[org] = self._threads.submit(work, org)
            return job

    def _overloaded(self) -> Overloaded:
        return Overloaded(f"the {self._name} is being built", retry_after=_RETRY_SECONDS)

    def _check_open(self) -> None:
        if self._closing.is_set():
            raise Overloaded("it is shutting down")
