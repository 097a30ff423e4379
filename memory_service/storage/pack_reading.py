"""Reading objects from packs, git's own included (gitformat-pack: index version 2, both kinds of deltas).

A pack is opened for each read: the number of packs costs no descriptors, and one that was removed meanwhile shows as
``FileNotFoundError``. An index is read whole; one of a megabyte or more stays mapped, at a descriptor each.
"""

import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from dulwich.errors import ApplyDeltaError
from dulwich.pack import apply_delta

from memory_service.domain.errors import DataCorrupt
from memory_service.storage.objects import Kind, Object, Oid
from memory_service.storage.pack_writing import PackEntry

OFS_DELTA = 6
REF_DELTA = 7
_NAMES = 8 + 256 * 4
_GUESS = 4096
_MAPPED = 1 << 20
_LONGEST_CHAIN = 4095
"""The longest that git makes (git-pack-objects, --depth)."""


class PackIndex:
    """Where each object of a pack stands."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        if data[:8] != b"\377tOc\0\0\0\2":
            raise DataCorrupt("A pack has an index that is not of version 2")
        self._data = data
        self._fan = (0, *struct.unpack_from(">256L", data, 8))
        self._crcs = _NAMES + 20 * len(self)
        self._offsets = self._crcs + 4 * len(self)
        self._large = self._offsets + 4 * len(self)
        if len(data) < self._large + 40:
            raise DataCorrupt("The index of a pack is cut off")

    @classmethod
    def open(cls, path: Path) -> "PackIndex":
        """Read an index; a large one is mapped."""
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size < _MAPPED:
                return cls(file.read())
            return cls(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def __len__(self) -> int:
        return int(self._fan[256])

    @property
    def mapped(self) -> bool:
        """Whether it holds a file descriptor."""
        return isinstance(self._data, mmap.mmap)

    def offset(self, oid: Oid) -> int | None:
        """Where an object begins; None when the pack does not have it."""
        low, high = self._fan[oid[0]], self._fan[oid[0] + 1]
        while low < high:
            middle = (low + high) // 2
            start = _NAMES + 20 * middle
            name = self._data[start : start + 20]
            if name == oid:
                return self.offset_at(middle)
            low, high = (middle + 1, high) if name < oid else (low, middle)
        return None

    def entries(self) -> Iterator[PackEntry]:
        """All objects, in order of name."""
        for place in range(len(self)):
            yield PackEntry(self.oid_at(place), self.crc_at(place), self.offset_at(place))

    def oid_at(self, place: int) -> Oid:
        """The name of an object by its place in order of name."""
        start = _NAMES + 20 * place
        return self._data[start : start + 20]

    def crc_at(self, place: int) -> int:
        """The CRC-32 of its entry."""
        (crc,) = struct.unpack_from(">L", self._data, self._crcs + 4 * place)
        return int(crc)

    def offset_at(self, place: int) -> int:
        """Where it begins."""
        (offset,) = struct.unpack_from(">L", self._data, self._offsets + 4 * place)
        if offset >> 31:
            (offset,) = struct.unpack_from(">Q", self._data, self._large + 8 * (offset & 0x7FFFFFFF))
        return int(offset)


class Pack:
    """A pack on disk. Usable from any thread."""

    def __init__(self, path: Path, index: PackIndex) -> None:
        self.path = path
        """The file ``pack-….pack``."""
        self.index = index

    def get(self, oid: Oid) -> Object | None:
        """An object; None when the pack does not have it.

        Raises:
            FileNotFoundError: the pack has been removed.
            DataCorrupt: what is there is no object.
        """
        offset = self.index.offset(oid)
        if offset is None:
            return None
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return self.read(descriptor, offset)
        finally:
            os.close(descriptor)

    def read(self, descriptor: int, offset: int) -> Object:
        """The object that begins at an offset, where the pack is open already.

        Raises:
            DataCorrupt: what is there is no object.
        """
        try:
            return read_entry(descriptor, offset, self.index)
        except (zlib.error, ValueError, IndexError, ApplyDeltaError) as error:
            raise DataCorrupt(f"An object cannot be read from {self.path.name}") from error


def read_entry(descriptor: int, offset: int, index: PackIndex) -> Object:
    """The object that begins at an offset of an open pack; deltas are resolved.

    Raises:
        ValueError, zlib.error, IndexError, ApplyDeltaError: there is no object.
    """
    deltas: list[bytes] = []
    while True:
        head = os.pread(descriptor, _GUESS, offset)
        number, size, base, length = entry_header(head)
        data = _inflate(descriptor, offset + len(head), size, head[length:])
        if base is None:
            break
        deltas.append(data)
        if len(deltas) > _LONGEST_CHAIN:
            raise ValueError("the deltas form a circle")
        found = offset - base if isinstance(base, int) else index.offset(base)
        if found is None or not 0 < found != offset:
            raise ValueError("the base of a delta is missing")
        offset = found
    for delta in reversed(deltas):
        data = b"".join(apply_delta(data, delta))
    return Object(Kind(number), data)


def is_delta(entry: bytes) -> bool:
    """Whether an entry, as it is stored, is a delta."""
    return (entry[0] >> 4) & 7 >= OFS_DELTA


def undeflated(entry: bytes) -> Object | None:
    """The object of an entry, as it is stored, that is no delta and is worth deflating; None where it is not.

    It is when its zlib stream claims no more than the fastest algorithm (RFC 1950, FLEVEL) and begins with a block that
    is stored as it is (RFC 1951, BTYPE).
    """
    header = entry_header(entry)
    stream = memoryview(entry)[header.length :]
    if stream[1] >> 6 or (stream[2] >> 1) & 3:
        return None
    return Object(Kind(header.number), zlib.decompress(stream))


class EntryHeader(NamedTuple):
    """What stands before the deflated bytes of an entry."""

    number: int
    """The kind of the object, or of the delta."""
    size: int
    """Inflated, as the entry states it."""
    base: int | Oid | None
    """Of a delta: how far back its base begins, or the name of it."""
    length: int
    """Of the header itself."""


def entry_header(head: bytes) -> EntryHeader:
    """Read the header that some bytes begin with.

    Raises:
        IndexError: it is longer.
    """
    number, size, shift, place = (head[0] >> 4) & 7, head[0] & 0x0F, 4, 1
    while head[place - 1] & 0x80:
        size |= (head[place] & 0x7F) << shift
        shift, place = shift + 7, place + 1
    if number == OFS_DELTA:
        back, place = head[place] & 0x7F, place + 1
        while head[place - 1] & 0x80:
            back, place = ((back + 1) << 7) | (head[place] & 0x7F), place + 1
        return EntryHeader(number, size, back, place)
    if number == REF_DELTA:
        return EntryHeader(number, size, head[place : place + 20], place + 20)
    return EntryHeader(number, size, None, place)


def _inflate(descriptor: int, position: int, size: int, head: bytes) -> bytes:
    stream = zlib.decompressobj()
    parts = [stream.decompress(head)]
    while not stream.eof:
        chunk = os.pread(descriptor, max(_GUESS, min(size, 1 << 20)), position)
        if not chunk:
            raise ValueError("the pack ends within an object")
        position += len(chunk)
        parts.append(stream.decompress(chunk))
    data = b"".join(parts)
    if len(data) != size:
        raise ValueError("an object has not the size that it states")
    return data
