"""Packs as they are sent: made while they are read."""

import hashlib
import struct
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property

from memory_service.domain.errors import DataCorrupt
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.objects import Oid
from memory_service.storage.pack_order import PackOrder, entries_of_open
from memory_service.storage.pack_reading import REF_DELTA, Pack, entry_header, is_delta
from memory_service.storage.pack_writing import entry_head


def pack_of(objects: ObjectStore, wanted: Collection[Oid]) -> Iterator[bytes]:
    """A pack of some objects, whole."""
    return _packed(len(wanted), (_entry(objects, oid) for oid in wanted))


def pack_of_all(packs: Sequence[Pack]) -> Iterator[bytes]:
    """A pack of all objects of some packs, each once and as it is stored.

    A delta names its base instead of saying how far back that is, since it may stand elsewhere. The packs are opened
    before the first bytes are given out, and may be removed from then on.

    Raises:
        FileNotFoundError: one has been removed before that.
    """
    ordered = sorted(packs, key=lambda pack: len(pack.index), reverse=True)
    with ExitStack() as opened:
        files = [opened.enter_context(pack.path.open("rb", buffering=0)) for pack in ordered]
        parts = [
            _Part(pack, file.fileno(), ordered[:nth])
            for nth, (pack, file) in enumerate(zip(ordered, files, strict=True))
        ]
        yield from _packed(sum(map(len, parts)), (entry for part in parts for entry in part.entries()))


def count_in(header: bytes) -> int:
    """How many objects a pack states to have, by the bytes that it begins with."""
    (count,) = struct.unpack_from(">L", header, 8)
    return int(count)


class _Part:
    """The objects of a pack that others do not have."""

    def __init__(self, pack: Pack, descriptor: int, others: Sequence[Pack]) -> None:
        self._pack = pack
        self._descriptor = descriptor
        self._others = others

    def __len__(self) -> int:
        if not self._others:
            return len(self._pack.index)
        return sum(self._is_own(entry.oid) for entry in self._pack.index.entries())

    def entries(self) -> Iterator[bytes]:
        """Each as it is to be sent."""
        for entry, stored in entries_of_open(self._pack, self._descriptor, self._order):
            if self._is_own(entry.oid):
                yield self._by_name(entry.offset, stored) if is_delta(stored) else stored

    def _by_name(self, offset: int, stored: bytes) -> bytes:
        header = entry_header(stored)
        if not isinstance(header.base, int):
            return stored
        return (
            entry_head(REF_DELTA, header.size)
            + self._order.oid(self._order.rank_at(offset - header.base))
            + stored[header.length :]
        )

    @cached_property
    def _order(self) -> PackOrder:
        return PackOrder(self._pack.index)

    def _is_own(self, oid: Oid) -> bool:
        return all(other.index.offset(oid) is None for other in self._others)


def _packed(count: int, entries: Iterable[bytes]) -> Iterator[bytes]:
    digest = hashlib.sha1(usedforsecurity=False)
    head = struct.pack(">4sLL", b"PACK", 2, count)
    digest.update(head)
    yield head
    for entry in entries:
        digest.update(entry)
        yield entry
    yield digest.digest()


def _entry(objects: ObjectStore, oid: Oid) -> bytes:
    found = objects.get(oid)
    if found is None:
        raise DataCorrupt(f"The object {oid.hex()} is missing")
    return entry_head(found.kind, len(found.data)) + zlib.compress(found.data, 1)
