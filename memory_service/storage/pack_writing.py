"""Writing packs whose objects are known, with their index (gitformat-pack, version 2 of both)."""

import hashlib
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO

from memory_service.storage.objects import Kind, Oid, oid_of

STORED = 0
"""The level of zlib at which nothing is deflated: for packs of the moment, since it takes half the time of a write."""
DEFLATED = 2
"""The lowest level whose work zlib's header tells from that of ``STORED`` (RFC 1950, FLEVEL); others gain little."""
_LARGE = 1 << 31
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class PackEntry:
    """Where an object stands in a pack."""

    oid: Oid
    crc: int
    """CRC-32 of the entry as it is stored, header included."""
    offset: int


@dataclass(frozen=True, slots=True)
class FinishedPack:
    """A pack that is complete."""

    name: str
    """The checksum of the pack, which git names its files after: ``pack-<name>.pack``."""
    index: bytes


class PackWriter:
    """Writes objects whole, each once, to a file opened for reading and writing in binary."""

    def __init__(self, file: BinaryIO, level: int = DEFLATED) -> None:
        self._file = file
        self._level = level
        self._entries: dict[Oid, PackEntry] = {}
        self._size = file.write(pack_head(0))

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, oid: Oid) -> bool:
        return oid in self._entries

    def add(self, kind: Kind, data: bytes, oid: Oid | None = None) -> Oid:
        """Write an object, unless it is in the pack already; answers its name, which the caller may know."""
        oid = oid or oid_of(kind, data)
        if oid not in self._entries:
            entry = entry_head(kind, len(data)) + zlib.compress(data, self._level)
            self.copy(oid, entry, zlib.crc32(entry))
        return oid

    def copy(self, oid: Oid, entry: bytes, crc: int) -> None:
        """Write an entry of another pack as it stands there: a whole object that is not in this pack yet."""
        self._entries[oid] = PackEntry(oid, crc, self._size)
        self._size += self._file.write(entry)

    def finish(self) -> FinishedPack:
        """Complete the file; nothing can be added any more."""
        self._file.seek(0)
        self._file.write(pack_head(len(self._entries)))
        self._file.seek(0)
        digest = hashlib.sha1(usedforsecurity=False)
        while chunk := self._file.read(_CHUNK):
            digest.update(chunk)
        self._file.write(digest.digest())
        self._file.flush()
        return FinishedPack(digest.hexdigest(), index_of(self._entries.values(), digest.digest()))


def index_of(entries: Iterable[PackEntry], pack_checksum: bytes) -> bytes:
    """The index of a pack with these entries."""
    ordered = sorted(entries, key=lambda entry: entry.oid)
    counts = [0] * 256
    for entry in ordered:
        counts[entry.oid[0]] += 1
    large = [entry.offset for entry in ordered if entry.offset >= _LARGE]
    places = {offset: _LARGE | place for place, offset in enumerate(large)}
    body = b"".join(
        [
            b"\377tOc",
            struct.pack(">L", 2),
            struct.pack(">256L", *accumulate(counts)),
            *(entry.oid for entry in ordered),
            struct.pack(f">{len(ordered)}L", *(entry.crc for entry in ordered)),
            struct.pack(f">{len(ordered)}L", *(places.get(entry.offset, entry.offset) for entry in ordered)),
            struct.pack(f">{len(large)}Q", *large),
            pack_checksum,
        ]
    )
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def pack_head(count: int) -> bytes:
    """What a pack of so many objects begins with."""
    return struct.pack(">4sLL", b"PACK", 2, count)


def entry_head(number: int, size: int) -> bytes:
    """What an entry begins with: the number of its kind, and its size when inflated."""
    first, size = (number << 4) | (size & 0x0F), size >> 4
    header = bytearray()
    while size:
        header.append(first | 0x80)
        first, size = size & 0x7F, size >> 7
    header.append(first)
    return bytes(header)
