"""The objects of a pack in the order in which they are stored: an index has them in order of name."""

import os
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from itertools import chain

from memory_service.domain.errors import DataCorrupt
from memory_service.storage.objects import Oid
from memory_service.storage.pack_reading import Pack, PackIndex
from memory_service.storage.pack_writing import PackEntry

_CHECKSUM = 20
_PARTS = 64


class PackOrder:
    """Ranks: places of objects in order of their offsets; at sixteen bytes for each object."""

    def __init__(self, index: PackIndex) -> None:
        offsets = array("Q", (index.offset_at(place) for place in range(len(index))))
        self._index = index
        self._places = _sorted(offsets)
        self.starts = array("Q", map(offsets.__getitem__, self._places))
        """Where the objects begin, by rank."""

    def rank_at(self, offset: int) -> int:
        """The object that begins at an offset.

        Raises:
            DataCorrupt: none does.
        """
        rank = bisect_left(self.starts, offset)
        if rank == len(self.starts) or self.starts[rank] != offset:
            raise DataCorrupt("A delta has no base")
        return rank

    def oid(self, rank: int) -> Oid:
        """The name of an object."""
        return self._index.oid_at(self._places[rank])

    def entry(self, rank: int) -> PackEntry:
        """An object, as the index has it."""
        return PackEntry(self.oid(rank), self._index.crc_at(self._places[rank]), self.starts[rank])

    def stored(self, pack: Pack, descriptor: int, rank: int) -> bytes:
        """The entry of an object, as it is stored in the open pack.

        Raises:
            DataCorrupt: it has been damaged.
        """
        last = rank + 1 == len(self.starts)
        end = os.fstat(descriptor).st_size - _CHECKSUM if last else self.starts[rank + 1]
        stored = os.pread(descriptor, end - self.starts[rank], self.starts[rank])
        entry = self.entry(rank)
        if zlib.crc32(stored) != entry.crc:
            raise DataCorrupt(f"Object {entry.oid.hex()} in {pack.path.name} is damaged")
        return stored


def _sorted(offsets: "array[int]") -> "array[int]":
    """The places of numbers, those of the least first; sorted in parts, since a list takes ten times the memory."""
    part = max(offsets, default=0) // _PARTS + 1
    parts = [array("L") for _ in range(_PARTS)]
    for place, offset in enumerate(offsets):
        parts[offset // part].append(place)
    return array("L", chain.from_iterable(sorted(each, key=offsets.__getitem__) for each in parts))


def stored_entries(pack: Pack) -> Iterator[tuple[PackEntry, bytes]]:
    """The entries of a pack as they are stored, in the order in which they are.

    Raises:
        FileNotFoundError: the pack has been removed.
        DataCorrupt: an entry has been damaged.
    """
    with pack.path.open("rb", buffering=0) as file:
        yield from entries_of_open(pack, file.fileno(), PackOrder(pack.index))


def entries_of_open(pack: Pack, descriptor: int, order: PackOrder) -> Iterator[tuple[PackEntry, bytes]]:
    """The same of a pack that the caller holds open, and that may be removed meanwhile."""
    for rank in range(len(order.starts)):
        yield order.entry(rank), order.stored(pack, descriptor, rank)
