"""The one way in which commits become part of main: see docs/decisions/0017-journal.md."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

from memory_service.domain.errors import InternalError
from memory_service.storage import pack_files
from memory_service.storage.journal import Added, Journal
from memory_service.storage.laps import Half
from memory_service.storage.locks import in_turn
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.objects import Oid
from memory_service.storage.pack_files import Staged
from memory_service.storage.records import KeptPack, Record
from memory_service.storage.recovery import restore, write_again
from memory_service.storage.refs import Main


class Publisher:
    """Moves main of one repository. Usable from any thread; what it does in the writer's turn says so."""

    def __init__(self, repository: Path, objects: ObjectStore, main: Main, patience: float) -> None:
        self._repository = repository
        self._objects = objects
        self._main = main
        self._patience = patience
        self._journal = Journal(repository)
        self._looked = False
        self._unsettled = False
        """Whether something could not be synced that is in the journal."""

    @property
    def name(self) -> str:
        """The repository's, for logs."""
        return self._repository.name

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The writer's turn: as long as it lasts, nobody else moves main, in no process.

        It begins with what the journal says of others: what one that died has left undone, is done.

        Raises:
            Overloaded: another has it for longer than one may wait.
        """
        with in_turn(self._repository, self._patience):
            news = self._journal.news()
            # Each turn finishes what the one before has left. Only a loss of power undoes more than the last record,
            # which is before this process has looked the first time.
            undone = bool(news) and not (self._looked and self._main.found() == news[-1].new)
            if undone or self._journal.in_doubt:
                self._journal.confirm()
            if undone:
                restore(news, self._objects, self._main)
            self._journal.take_note()
            self._looked = True
            yield

    def recover(self) -> None:
        """Do what the journal says, if it says anything, before anybody reads."""
        if any(half.used for half in self._journal.read()):
            with self.turn():
                pass

    @property
    def filled(self) -> bool:
        """Whether half of the journal, or more, waits for a checkpoint."""
        return self._journal.filled

    def is_durable(self, head: Oid) -> bool:
        """Whether the journal lets main name a commit; in the writer's turn."""
        return self._journal.tip == head

    def publish(self, packs: Sequence[Staged], old: Oid, new: Oid, log: bytes) -> bool:
        """Store packs and let main name the last commit in them, if main still names ``old``; answers whether it did.

        Durable when this returns. In the writer's turn. What it raises as OSError, it raises before main has moved.

        Raises:
            InternalError: main has not moved, but the next turn may find that it should have.
        """
        record = Record(old, new, [pack.kept for pack in packs])
        with ExitStack() as ended:
            ended.callback(self._clear, packs)
            if not self._journal.room(record):
                self._free(self._journal.read())
            for pack in packs:
                if pack.data:
                    pack_files.write_index(self._folder, pack.finished, durable=False)
                else:
                    pack_files.keep(self._folder, pack.finished.name, durable=True)
                    self._objects.add(pack_files.land(self._folder, pack.path, pack.finished))
            move = ended.enter_context(self._main.moving(new))
            return self._main.found() == old and self._carry_out(record, packs, partial(move, old, log))

    def checkpoint(self) -> None:
        """Make durable, outside of the journal, what is in it, beside the writer; what comes meanwhile is left.

        Raises:
            OSError: the disk failed; the journal holds what it held.
            Overloaded: the writer's turn could not be had.
        """
        halves = self._journal.read()
        if any(half.used for half in halves):
            packs = _packs_in(halves)
            with self.turn():
                # What was on its way when it was read has come to its place by now, or has been taken back.
                self._prepare(packs)
            self._settle(packs)
            with self.turn():
                self._journal.free(halves)

    def _free(self, halves: Sequence[Half]) -> None:
        packs = _packs_in(halves)
        self._prepare(packs)
        self._settle(packs)
        self._journal.free(halves)

    def _prepare(self, packs: Sequence[KeptPack]) -> None:
        """Write what is to be synced again, if that has failed before: the system may have let go of it (fsync(2))."""
        if self._unsettled:
            write_again(packs, self._objects, self._main)

    def _settle(self, packs: Sequence[KeptPack]) -> None:
        self._unsettled = True
        pack_files.settle(self._folder, packs)
        self._main.settle()
        self._unsettled = False

    def _carry_out(self, record: Record, packs: Sequence[Staged], move: Callable[[], bool]) -> bool:
        """Make a move durable, and only then let anybody see it."""
        small = [pack for pack in packs if pack.data]
        added = self._journal.add(record)
        try:
            for pack in small:
                pack_files.keep(self._folder, pack.finished.name, durable=False)
                self._objects.add(pack_files.show(self._folder, pack.path, pack.finished))
            moved = move()
        except OSError:
            self._undo(small, added)
            raise
        if moved:
            self._journal.done(added)
        else:
            self._undo(small, added)
        return moved

    def _undo(self, packs: Sequence[Staged], added: Added) -> None:
        try:
            # Before the record, without which a loss of power would leave a pack that is not whole.
            for pack in packs:
                pack_files.remove(self._folder, pack.finished)
        except OSError as error:
            raise InternalError from error
        self._journal.take_back(added)

    def _clear(self, packs: Sequence[Staged]) -> None:
        for pack in packs:
            with suppress(OSError):
                pack_files.clear(self._folder, pack.path, pack.finished)
                pack_files.let_go(self._folder, pack.finished.name)

    @property
    def _folder(self) -> Path:
        return self._objects.pack_folder


def _packs_in(halves: Sequence[Half]) -> Sequence[KeptPack]:
    return [pack for half in halves for record in half.records for pack in record.packs]
