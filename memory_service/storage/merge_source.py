"""A pack that is merged with others: which of its objects are taken over, in which order, and how they are stored."""

import heapq
import os
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import NamedTuple, Self

from memory_service.domain.errors import DataCorrupt
from memory_service.storage.object_store import Objects
from memory_service.storage.objects import Kind, Object, Oid
from memory_service.storage.pack_order import PackOrder
from memory_service.storage.pack_reading import EntryHeader, Pack, entry_header

_HEADER = 32
"""Bytes within which every header of an entry ends."""
_NUMBER, _RANK = 40, (1 << 40) - 1


class Stored(NamedTuple):
    """An object as it is in a pack."""

    rank: int
    """Its place among the objects of the pack, in order of their offsets."""
    oid: Oid
    entry: bytes
    header: EntryHeader


class Source:
    """A pack opened for merging; what is kept for each object is in arrays, by rank."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self._order = PackOrder(pack.index)
        self._starts = self._order.starts
        self.moved = array("Q", bytes(8 * len(self._starts)))
        """Where each begins in the merged pack; 0 for those that are not there, or not yet."""
        self.crcs = array("L", bytes(array("L").itemsize * len(self._starts)))
        self._dropped: set[int] = set()
        self._whole = bytearray(len(self._starts))
        self._heights = bytearray(len(self._starts))
        self._commits = array("L")
        self._descriptor = os.open(pack.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._survey()
        except DataCorrupt:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def _survey(self) -> None:
        """Find out which objects are whole, and how many deltas stand one upon another on each; last ones first, since
        a delta comes after its base."""
        for rank in reversed(range(len(self._starts))):
            header = self._header(rank)
            if header.base is None:
                self._whole[rank] = 1
                if header.number == Kind.COMMIT:
                    self._commits.append(rank)
            elif isinstance(header.base, int):
                base = self.rank_at(self._starts[rank] - header.base)
                self._heights[base] = max(self._heights[base], min(255, self._heights[rank] + 1))

    def _header(self, rank: int) -> EntryHeader:
        try:
            return entry_header(os.pread(self._descriptor, _HEADER, self._starts[rank]))
        except IndexError as error:
            raise DataCorrupt(f"{self.pack.path.name} is cut off") from error

    def rank_at(self, offset: int) -> int:
        """The object that begins at an offset; raises DataCorrupt where none does."""
        return self._order.rank_at(offset)

    def start(self, rank: int) -> int:
        """Where an object begins."""
        return self._starts[rank]

    def oid(self, rank: int) -> Oid:
        """The name of an object."""
        return self._order.oid(rank)

    def rank(self, place: int) -> int:
        """The rank of an object, by its place in order of name."""
        return self.rank_at(self.pack.index.offset_at(place))

    def names(self, number: int) -> Iterator[tuple[Oid, int, int]]:
        """All objects in order of name: name, the number given, place."""
        index = self.pack.index
        return ((index.oid_at(place), number, place) for place in range(len(index)))

    def content(self, rank: int) -> Object:
        """An object.

        Raises:
            DataCorrupt: what is there is none.
        """
        return self.pack.read(self._descriptor, self._starts[rank])

    def is_whole(self, rank: int) -> bool:
        """Whether an object is no delta."""
        return bool(self._whole[rank])

    def height(self, rank: int) -> int:
        """How many deltas at most stand one upon another on an object."""
        return self._heights[rank]

    def drop(self, rank: int) -> None:
        """Do not take over an object."""
        self._dropped.add(rank)

    @property
    def commits(self) -> Sequence[int]:
        """The commits, the newest first where they are in the order in which they were made."""
        return self._commits

    def entries(self) -> Iterator[Stored]:
        """The objects that are taken over, the newest first.

        A pack of a writer has none but whole objects, the oldest first; in all others bases come before their deltas.

        Raises:
            DataCorrupt: an entry has been damaged.
        """
        ranks = range(len(self._starts))
        for rank in reversed(ranks) if all(self._whole) else ranks:
            if rank not in self._dropped:
                yield self._read(rank)

    def _read(self, rank: int) -> Stored:
        entry = self._order.stored(self.pack, self._descriptor, rank)
        return Stored(rank, self.oid(rank), entry, entry_header(entry))


class Sources(Objects):
    """All objects of some packs, each taken over from the first that has it; reads those that are stored whole."""

    def __init__(self, packs: Sequence[Source]) -> None:
        self._packs = packs
        self._order = array("Q")
        self._fan = array("L", bytes(array("L").itemsize * ((1 << 16) + 1)))
        last = b""
        for oid, number, place in heapq.merge(*(pack.names(number) for number, pack in enumerate(packs))):
            rank = packs[number].rank(place)
            if oid == last:
                packs[number].drop(rank)
            else:
                self._order.append(number << _NUMBER | rank)
                self._fan[_bucket(oid) + 1] = len(self._order)
            last = oid
        for bucket in range(1, len(self._fan)):
            self._fan[bucket] = max(self._fan[bucket], self._fan[bucket - 1])

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[tuple[Source, int]]:
        """The objects in order of name: the pack that each is taken from, and its rank there."""
        return map(self._at, range(len(self._order)))

    def __contains__(self, oid: Oid) -> bool:
        """Whether an object is stored whole."""
        return self._whole(oid) is not None

    def get(self, oid: Oid) -> Object | None:
        """An object that is stored whole."""
        found = self._whole(oid)
        return found[0].content(found[1]) if found else None

    def _whole(self, oid: Oid) -> tuple[Source, int] | None:
        low, high = self._fan[_bucket(oid)], self._fan[_bucket(oid) + 1]
        place = low + bisect_left(range(low, high), oid, key=self._name)
        if place == high or self._name(place) != oid:
            return None
        source, rank = self._at(place)
        return (source, rank) if source.is_whole(rank) else None

    def _name(self, place: int) -> Oid:
        source, rank = self._at(place)
        return source.oid(rank)

    def _at(self, place: int) -> tuple[Source, int]:
        found = self._order[place]
        return self._packs[found >> _NUMBER], found & _RANK


def _bucket(oid: Oid) -> int:
    return oid[0] << 8 | oid[1]
