"""Writing large packs and their indexes piece by piece (gitformat-pack, version 2 of both)."""

import hashlib
import struct
from array import array
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path
from types import TracebackType
from typing import Self

from memory_service.storage import disk
from memory_service.storage.objects import Oid
from memory_service.storage.pack_writing import pack_head

_BURST = 8 << 20
_LARGE = 1 << 31
_PIECE = 4096


class CheckedFile:
    """A new file that ends in the checksum of what is before it; durable when it is finished.

    What is written is brought to the platter bit by bit, so that who syncs something else meanwhile does not wait for
    all of it (ext4, ordered mode).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = disk.create(path)
        self._digest = hashlib.sha1(usedforsecurity=False)
        self._loose = 0
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, data: bytes) -> None:
        """Add to it."""
        self._digest.update(data)
        self._file.write(data)
        self.size += len(data)
        self._loose += len(data)
        if self._loose >= _BURST:
            self._settle()

    def finish(self) -> bytes:
        """Complete it; answers the checksum."""
        checksum = self._digest.digest()
        self._file.write(checksum)
        self._settle()
        return checksum

    def _settle(self) -> None:
        self._file.flush()
        disk.sync(self._path)
        self._loose = 0


def begin_pack(file: CheckedFile, count: int) -> None:
    """Write what a pack of so many objects begins with."""
    file.write(pack_head(count))


def write_index(file: CheckedFile, entries: Iterable[tuple[Oid, int, int]], pack_checksum: bytes) -> None:
    """Write the index of a pack: name, CRC-32 and offset of each, given in order of name."""
    counts, crcs, offsets = [0] * 256, array("L"), array("Q")
    names = bytearray()
    for oid, crc, offset in entries:
        counts[oid[0]] += 1
        names += oid
        crcs.append(crc)
        offsets.append(offset)
    large = array("Q", (offset for offset in offsets if offset >= _LARGE))
    places = {offset: _LARGE | place for place, offset in enumerate(large)}
    file.write(b"\377tOc" + struct.pack(">L256L", 2, *accumulate(counts)))
    file.write(bytes(names))
    _numbers(file, crcs, "L")
    _numbers(file, array("Q", (places.get(offset, offset) for offset in offsets)), "L")
    _numbers(file, large, "Q")
    file.write(pack_checksum)


def _numbers(file: CheckedFile, numbers: "array[int]", code: str) -> None:
    for start in range(0, len(numbers), _PIECE):
        piece = numbers[start : start + _PIECE]
        file.write(struct.pack(f">{len(piece)}{code}", *piece))
