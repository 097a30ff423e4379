"""One organisation's repository: a head that moves, readers of any commit, one writer."""

import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from pathlib import Path

from memory_service.domain.errors import DataCorrupt, InternalError, NotFound, Overloaded
from memory_service.domain.ids import Clock, CommitId
from memory_service.domain.trees import Edit, Published, Trailed
from memory_service.domain.turns import Turns
from memory_service.storage.batch import Batch, Head
from memory_service.storage.caretaker import Caretaker
from memory_service.storage.commits import SERVICE, Commit
from memory_service.storage.history import History
from memory_service.storage.layout import HEAD
from memory_service.storage.limits import StorageLimits
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.objects import Kind, Oid
from memory_service.storage.pack_files import Staged, stage
from memory_service.storage.publish import Publisher
from memory_service.storage.receive.advertisement import Landmarks
from memory_service.storage.refs import Main
from memory_service.storage.snapshot import Snapshot, oid_from
from memory_service.storage.sweep import sweep
from memory_service.storage.tree_cache import TreeCache, Trees
from memory_service.storage.verify import problems

# Only git run by hand moves main beside the writer; nobody does it again and again within milliseconds.
_ATTEMPTS = 10


class Repository:
    """Reads and writes one repository. Holds nothing open; usable from any thread."""

    def __init__(
        self, folder: Path, clock: Clock, limits: StorageLimits, cache: TreeCache, caretaker: Caretaker
    ) -> None:
        self.folder = folder
        self.objects = ObjectStore(folder)
        self.trees = Trees(self.objects, cache)
        self.main = Main(folder, limits.lock_seconds)
        self.publisher = Publisher(folder, self.objects, self.main, limits.lock_seconds)
        self._clock = clock
        self._limits = limits
        self._caretaker = caretaker
        self.history = History(self.objects, self.trees)
        self.landmarks = Landmarks(self.main, self.objects, self.history)
        self._head: Head | None = None
        self._preparing = threading.Lock()
        self._prepared = False
        self._turns = Turns[Edit, Published](self._write, waiting=limits.waiting_edits, batch=limits.batch)

    def prepare(self) -> None:
        """Put in order, once and before anybody reads, what a crash or a loss of power has left."""
        if self._prepared:
            return
        with self._preparing:
            if not self._prepared:
                with suppress(PermissionError):
                    self.publisher.recover()
                    sweep(self.folder, self.objects.pack_folder, self.main)
                self._prepared = True

    def snapshot(self, at: CommitId | None) -> Snapshot:
        """A view of a commit; of the head where none is named.

        Raises:
            NotFound: there is no such commit.
        """
        oid = oid_from(at) if at else self.main.read()
        found = self.objects.get(oid)
        if found is None or found.kind is not Kind.COMMIT:
            raise NotFound("No such commit")
        return Snapshot(oid, Commit.parse(found.data), self.objects, self.trees)

    def write(self, edit: Edit) -> Published:
        """Apply an edit to the head and publish it; see the port ``Store``."""
        return self._turns.take(edit, edit.lane)

    def find(self, trailer: str, value: str, since: datetime) -> Trailed | None:
        """The commit with a trailer of this value, durable on disk; see the port ``Store``."""
        # What one that died has left undone is done as the turn begins: what is not found now, does not come later.
        with self.turn():
            head = self.current().oid
        return self.history.find(head, trailer, value, since)

    def verify(self) -> Sequence[str]:
        """What is wrong with what main leads to, and with its files as a memory."""
        try:
            if (self.folder / "HEAD").read_bytes() != HEAD:
                return ["HEAD does not name main"]
            return list(problems(self.objects, self.main.read(), self._limits))
        except FileNotFoundError as error:
            return [f"{Path(error.filename or 'main').name} is missing"]
        except DataCorrupt as error:
            return [error.message]

    def _write(self, edits: Sequence[Edit]) -> Sequence[Published | Exception]:
        with self.turn():
            for _ in range(_ATTEMPTS):
                batch = Batch(self.current(), self.objects, self.trees, self._limits, self._clock)
                outcomes = [_outcome(batch, edit) for edit in edits]
                if batch.head is batch.base or self._publish(batch, outcomes):
                    return outcomes
        raise Overloaded("main is being moved by another program")

    def current(self) -> Head:
        """The commit that main names at this moment."""
        oid: Oid = self.main.read()
        if self._head is None or self._head.oid != oid:
            if not self.publisher.is_durable(oid):
                self.main.settle()  # moved by hand; and what leaves the head as it is, is answered with it
            self._head = Head(oid, self.history.commit(oid))
        return self._head

    def turn(self) -> AbstractContextManager[None]:
        """The writer's turn: as long as it lasts, nobody else moves main, in no process."""
        return self.publisher.turn()

    def publish(self, packs: Sequence[Staged], base: Head, head: Head, log: bytes) -> bool:
        """Let main name a commit of some packs, if it still names ``base``; in the writer's turn.

        Raises:
            OSError: the disk failed, and main has not moved.
            InternalError: the disk failed, and main may move yet.
        """
        published = self.publisher.publish(packs, base.oid, head.oid, log)
        if published:
            self._head = head
            self._caretaker.look_after(self.folder, self.objects)
            if self.publisher.filled:
                self._caretaker.settle(self.publisher)
        return published

    def _publish(self, batch: Batch, outcomes: list[Published | Exception]) -> bool:
        made = sum(isinstance(outcome, Published) and outcome.changed for outcome in outcomes)
        log = b"%b %d +0000\tmemory: %d commits" % (SERVICE, batch.head.commit.time, made)
        try:
            staged = stage(self.objects.pack_folder, *batch.finish())
            published = self.publish([staged], batch.base, batch.head, log)
        except (OSError, InternalError) as error:
            outcomes[:] = [outcome if isinstance(outcome, Exception) else error for outcome in outcomes]
            return True
        if published:
            for oid, tree in batch.trees.items():
                self.trees.keep(oid, tree)
        return published


def _outcome(batch: Batch, edit: Edit) -> Published | Exception:
    try:
        return batch.apply(edit)
    except Exception as error:  # noqa: BLE001 - it is the caller's, who gets it; its neighbours go on
        return error
