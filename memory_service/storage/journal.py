"""The journal of a repository: a file in which moves of main become durable, with one sync each.

Its two halves are used in turns: while one is being filled, what the records of the other name is brought to the
platter, whereupon it is free again. Writing to blocks that the file has already is what makes the sync cheap: the file
system has nothing of its own to write down. See docs/decisions/0017-journal.md.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from memory_service.domain.errors import InternalError
from memory_service.storage import disk
from memory_service.storage.laps import FRAME, Half, next_key, read_halves
from memory_service.storage.objects import Oid
from memory_service.storage.records import Record


@dataclass(frozen=True, slots=True)
class Added:
    """A record that has been added, and is not done."""

    half: Half
    frame: bytes
    record: Record


class Journal:
    """The journal of one repository. All of it is called in the writer's turn, except ``read``."""

    def __init__(self, repository: Path) -> None:
        self._path = repository / "journal"
        self._halves: Sequence[Half] = ()
        self._seen: bytes | None = None
        """How the file looked when this process had last read or written it; None where that is not known."""
        self.in_doubt = False
        """Whether the disk failed so that it may hold another last record than this machine sees."""
        self.tip: Oid | None = None
        """What the last record let main name."""

    def read(self) -> Sequence[Half]:
        """Both halves as they are at this moment, the older one first; none where there is no journal."""
        try:
            with self._opened(os.O_RDONLY) as descriptor:
                return read_halves(descriptor)
        except FileNotFoundError:
            return ()

    def news(self) -> Sequence[Record]:
        """All records, if anything is in the journal that this process has neither written nor taken note of.

        They are told again until ``take_note`` says that they are done.
        """
        if self._seen is not None and self._seen == self._look():
            return ()
        halves = self.read()
        if not halves:
            disk.mark(self._path, b"")
            halves = self.read()
        self._begin(halves, [half for half in halves if not half.lap])
        return self._remember(halves)

    def take_note(self) -> None:
        """Take note that what ``news`` has told is done."""
        if self._seen is None:
            self._seen = self._look()

    def confirm(self) -> None:
        """Make durable how each half ends: who died before that has left it where only this machine sees it.

        The last record is written again, or that there is none: a sync that failed tells nothing when it is repeated,
        since the system may have let go of what it could not write (fsync(2)).
        """
        with self._opened() as descriptor:
            for half in self._halves:
                disk.overwrite(descriptor, self._path, os.pread(descriptor, half.end - half.tail, half.tail), half.tail)
                if half.room(0):
                    disk.overwrite(descriptor, self._path, bytes(FRAME), half.end)
            disk.sync_data(descriptor, self._path)
        self.in_doubt = False

    @property
    def filled(self) -> bool:
        """Whether one half waits to be freed while the other is written to."""
        return bool(self._halves) and all(half.used for half in self._halves)

    def room(self, record: Record) -> bool:
        """Whether there is room for a record before a half is freed."""
        return self._place(record) is not None

    def add(self, record: Record) -> Added:
        """Add a record, for which there is room: durable when this returns. What it raises as OSError, adds nothing.

        What the record says is then done, which ``done`` is told, or the record is taken back. Where neither happens,
        whoever has the next turn does it.

        Raises:
            InternalError: it may have been added, or there was no room.
        """
        half = self._place(record)
        if half is None:
            raise InternalError
        self._seen = None
        frame, data = half.framed(record)
        added = Added(half, frame, record)
        with self._opened() as descriptor:
            # The frame comes last: as long as it is missing, there is no record.
            disk.overwrite(descriptor, self._path, data, half.end + FRAME)
            disk.overwrite(descriptor, self._path, frame, half.end)
            try:
                disk.sync_data(descriptor, self._path)
            except OSError:
                self.take_back(added)
                raise
        return added

    def take_back(self, added: Added) -> None:
        """Remove the record that was added last.

        Raises:
            InternalError: the disk failed; the record may be there.
        """
        try:
            with self._opened() as descriptor:
                disk.overwrite(descriptor, self._path, bytes(FRAME), added.half.end)
                disk.sync_data(descriptor, self._path)
        except OSError as error:
            self.in_doubt = True
            raise InternalError from error

    def done(self, added: Added) -> None:
        """Take note that what the record says, which was added last, is done."""
        added.half.add(added.frame)
        self.tip = added.record.new
        self._seen = self._look()

    def free(self, done: Sequence[Half]) -> None:
        """Begin new laps in those halves that nobody has written to since they were read."""
        halves = self.read()
        read = {(half.start, half.lap, half.end, half.last) for half in done if half.used}
        free = [half for half in halves if (half.start, half.lap, half.end, half.last) in read]
        self._begin(halves, free)
        self._remember(halves)
        self.take_note()

    def _begin(self, halves: Sequence[Half], free: Sequence[Half]) -> None:
        if not free:
            return
        self._seen = None
        # Once there is a head, whoever reads it takes for granted that the file keeps its name.
        disk.sync(self._path.parent)
        lap = max(half.lap for half in halves)
        heads = [half.begin(lap + number, next_key(halves, lap + number)) for number, half in enumerate(free, 1)]
        with self._opened() as descriptor:
            for half, head in zip(free, heads, strict=True):
                disk.overwrite(descriptor, self._path, head, half.start)
            disk.sync_data(descriptor, self._path)

    def _remember(self, halves: Sequence[Half]) -> Sequence[Record]:
        records = [record for half in halves for record in half.records]
        for half in halves:
            half.records = []
        self._halves = halves
        self.tip = records[-1].new if records else None
        self._seen = None
        return records

    def _place(self, record: Record) -> Half | None:
        """The half that takes a record, if there is room: the other one only once it has been freed."""
        used = [half for half in self._halves if half.used]
        free = [half for half in self._halves if not half.used]
        # What is free after what is used is of a later lap, for it was freed later.
        order = [*sorted(used, key=lambda half: half.lap)[-1:], *sorted(free, key=lambda half: half.lap)]
        return next((half for half in order if half.room(record.size)), None)

    def _look(self) -> bytes | None:
        """What changes when anybody begins a lap or adds a record; None where it cannot be read now."""
        with suppress(OSError), self._opened(os.O_RDONLY) as descriptor:
            return b"".join(half.look(descriptor) for half in self._halves)
        return None

    @contextmanager
    def _opened(self, how: int = os.O_RDWR) -> Iterator[int]:
        descriptor = os.open(self._path, how | os.O_CLOEXEC)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
