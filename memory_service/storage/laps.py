"""The file of a journal: two halves, written round and round, each time in a new lap.

A half begins with a block that holds its head: the number of its lap, and a key. Records follow, each at the beginning
of a block, so that no write touches a block that holds anything acknowledged. A record counts if its digest under the
key of the lap is right. Keys are made of the records of former laps: whoever has a say in what a record contains cannot
know the key of a lap in which its bytes lie about, and so cannot make them look like a record.
"""

import hashlib
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from memory_service.storage.records import Record

HALF = 2 << 20
LARGEST = 1 << 20
"""Bytes of packs in a record; so that one half takes several."""
_BLOCK = 4096
_MAGIC = b"mem-jrn1"
_DIGEST = 16
_HEAD = struct.Struct("<8sQ16s")
_FRAME = struct.Struct("<QL16s")
FRAME = _FRAME.size
"""Bytes before each record, without which there is none."""


@dataclass(slots=True)
class Half:
    """One half of the file, as it was when it was read or written."""

    start: int
    end: int
    """Where the next record goes."""
    tail: int = 0
    """Where the last record begins; as ``end`` where there is none."""
    lap: int = 0
    """0 where the head cannot be read: in a new file, or when power was lost while a lap was begun."""
    key: bytes = bytes(_DIGEST)
    last: bytes = b""
    """Digest of the last record."""
    records: list[Record] = field(default_factory=list)

    @property
    def used(self) -> bool:
        """Whether there are records in it."""
        return self.end > self.start + _BLOCK

    def room(self, size: int) -> bool:
        """Whether a record of so many bytes still fits in."""
        return self.end + _blocks(size) <= self.start + HALF

    def begin(self, lap: int, key: bytes) -> bytes:
        """Be empty, in a new lap; answers the head to write at ``start``."""
        self.lap, self.key, self.last, self.records = lap, key, b"", []
        self.end = self.tail = self.start + _BLOCK
        head = _HEAD.pack(_MAGIC, lap, key)
        return head + _sum(head)

    def framed(self, record: Record) -> tuple[bytes, bytes]:
        """A record as it is to be written at ``end``: what comes first, and the rest."""
        data = record.encode()
        return _FRAME.pack(self.lap, len(data), self._digest(data)), data

    def add(self, frame: bytes) -> None:
        """Take note of a record that stands at ``end``."""
        _, size, self.last = _FRAME.unpack(frame)
        self.tail, self.end = self.end, self.end + _blocks(size)

    def look(self, descriptor: int) -> bytes:
        """What changes in the file when anybody begins another lap, or adds a record."""
        return os.pread(descriptor, _HEAD.size, self.start) + os.pread(descriptor, _FRAME.size, self.end)

    def read(self, descriptor: int) -> None:
        """Read the head and all records."""
        stored = os.pread(descriptor, _HEAD.size + _DIGEST, self.start)
        head = stored[: _HEAD.size]
        if len(stored) == _HEAD.size + _DIGEST and head.startswith(_MAGIC) and stored.endswith(_sum(head)):
            _, self.lap, self.key = _HEAD.unpack(head)
            while self.room(0) and self._read_record(descriptor):
                pass

    def _read_record(self, descriptor: int) -> bool:
        frame = os.pread(descriptor, _FRAME.size, self.end)
        if len(frame) < _FRAME.size:
            return False
        lap, size, digest = _FRAME.unpack(frame)
        if lap != self.lap or not self.room(size):
            return False
        data = os.pread(descriptor, size, self.end + _FRAME.size)
        if len(data) < size or digest != self._digest(data):
            return False
        self.records.append(Record.decode(data))
        self.add(frame)
        return True

    def _digest(self, data: bytes) -> bytes:
        keyed = hashlib.blake2b(struct.pack("<QQL", self.lap, self.end, len(data)), key=self.key, digest_size=_DIGEST)
        keyed.update(data)
        return keyed.digest()


def read_halves(descriptor: int) -> Sequence[Half]:
    """Both halves as they are in the file, the older one first."""
    halves = [Half(start, start + _BLOCK, start + _BLOCK) for start in (0, HALF)]
    for half in halves:
        half.read(descriptor)
    return sorted(halves, key=lambda half: half.lap)


def next_key(halves: Sequence[Half], lap: int) -> bytes:
    """The key of a lap that is begun after what is in both halves."""
    return _sum(b"".join(half.key + half.last for half in halves) + lap.to_bytes(8))


def _sum(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_DIGEST).digest()


def _blocks(size: int) -> int:
    """What a record of so many bytes takes of the file."""
    return -(-(_FRAME.size + size) // _BLOCK) * _BLOCK
