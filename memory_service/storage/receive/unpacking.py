"""Making whole objects of a pack that was sent: deltas are resolved, names are computed, sizes are watched."""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from dulwich.errors import ApplyDeltaError
from dulwich.pack import apply_delta

from memory_service.storage.candidates import text_fault
from memory_service.storage.limits import PushLimits, StorageLimits
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.objects import KIND_NAMES, Kind, Object, Oid, oid_of
from memory_service.storage.pack_writing import PackWriter, entry_head
from memory_service.storage.receive.scanning import CHECKSUM, HEADER, PackRefused, count_of, header_at, inflate

_TREE_ENTRY = 290
"""Bytes that an entry of a folder can have: mode, name and id."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What is known of the objects of a pack beside what they hold."""

    blobs: dict[Oid, str | None] = field(default_factory=dict)
    """Each blob, and why it can be no text of a memory if it cannot."""
    large: dict[Oid, int] = field(default_factory=dict)
    """Blobs that are over the limit, with their sizes; they are not kept."""


class _Delta(NamedTuple):
    offset: int
    start: int
    size: int


class Unpacking:
    """One pack on its way into a writer."""

    def __init__(
        self, data: memoryview, bases: ObjectStore, writer: PackWriter, store: StorageLimits, limits: PushLimits
    ) -> None:
        self._data = data
        self._bases = bases
        self._writer = writer
        self._blob_bytes = store.file_bytes
        self._object_bytes = max(store.file_bytes, store.folder_entries * _TREE_ENTRY)
        self._limits = limits
        self._inflated = 0
        self._on_offset: dict[int, list[_Delta]] = {}
        self._on_oid: dict[Oid, list[_Delta]] = {}
        self._whole: list[tuple[int, Oid]] = []
        self._unpacked = Unpacked()

    def run(self) -> Unpacked:
        """Write all objects of the pack, whole.

        Raises:
            PackRefused: it is damaged, lacks something, or is over a limit.
        """
        offset = HEADER
        for _ in range(count_of(self._data, self._limits.objects)):
            offset = self._scan(offset)
        if offset != len(self._data) - CHECKSUM:
            raise PackRefused("the pack has bytes that belong to no object")
        for start, oid in self._whole:
            if start in self._on_offset or oid in self._on_oid:
                self._resolve(oid, self._object_at(start), start)
        for oid in list(self._on_oid):
            base = self._bases.get(oid) if oid in self._on_oid else None
            if base:
                self._resolve(oid, base)
        # What builds on a blob that was too large is missed by the folder that names it, which is told beside that.
        if (self._on_oid or self._on_offset) and not self._unpacked.large:
            raise PackRefused("the pack is incomplete: it builds on objects that are not here")
        return self._unpacked

    def _scan(self, offset: int) -> int:
        number, size, base, length = header_at(self._data, offset)
        start = offset + length
        self._admit(size)
        if base is not None:
            return self._scan_delta(_Delta(offset, start, size), base)
        kind = Kind(number)
        if size > self._limit_of(kind):
            return self._pass_over(start, size, kind)
        parts: list[bytes] = []
        end = inflate(self._data, start, size, parts.append)
        data = b"".join(parts)
        oid = oid_of(kind, data)
        if oid not in self._writer:
            entry = entry_head(kind, size) + self._data[start:end]
            self._writer.copy(oid, entry, zlib.crc32(entry))
            self._look_at(oid, kind, data)
        self._whole.append((offset, oid))
        return end

    def _scan_delta(self, delta: _Delta, base: int | Oid) -> int:
        if delta.size > 2 * self._object_bytes:
            raise PackRefused(f"the pack has a delta of {delta.size} bytes")
        parts: list[bytes] = []
        end = inflate(self._data, delta.start, delta.size, parts.append)
        size = _result_size(b"".join(parts))
        if size > self._object_bytes:
            raise PackRefused(f"the pack has an object of {size} bytes; {self._object_bytes} are allowed")
        self._admit(size)
        if isinstance(base, int):
            self._on_offset.setdefault(delta.offset - base, []).append(delta)
        else:
            self._on_oid.setdefault(base, []).append(delta)
        return end

    def _pass_over(self, start: int, size: int, kind: Kind) -> int:
        """Name what is too large without keeping it, so that the file can be named that is meant."""
        if kind is not Kind.BLOB:
            raise PackRefused(f"the pack has a {kind.name.lower()} of {size} bytes")
        digest = hashlib.sha1(b"%b %d\0" % (KIND_NAMES[kind], size), usedforsecurity=False)
        end = inflate(self._data, start, size, digest.update)
        self._unpacked.large[digest.digest()] = size
        return end

    def _resolve(self, oid: Oid, base: Object, offset: int = -1) -> None:
        """Make the objects that build on one, and those that build on them."""
        waiting = [(base, self._deltas(oid, offset))]
        while waiting:
            base, deltas = waiting[-1]
            delta = next(deltas, None)
            if delta is None:
                waiting.pop()
                continue
            if len(waiting) > self._limits.chain:
                raise PackRefused(f"the pack has more than {self._limits.chain} deltas one upon another")
            made = Object(base.kind, self._applied(base.data, delta))
            oid = self._writer.add(*made)
            self._look_at(oid, *made)
            waiting.append((made, self._deltas(oid, delta.offset)))

    def _deltas(self, oid: Oid, offset: int) -> Iterator[_Delta]:
        return iter(self._on_offset.pop(offset, []) + self._on_oid.pop(oid, []))

    def _applied(self, base: bytes, delta: _Delta) -> bytes:
        parts: list[bytes] = []
        inflate(self._data, delta.start, delta.size, parts.append)
        try:
            return b"".join(apply_delta(base, b"".join(parts)))
        except ApplyDeltaError as error:
            raise PackRefused("the pack has a delta that does not fit its base") from error

    def _object_at(self, offset: int) -> Object:
        number, size, _, length = header_at(self._data, offset)
        parts: list[bytes] = []
        inflate(self._data, offset + length, size, parts.append)
        return Object(Kind(number), b"".join(parts))

    def _look_at(self, oid: Oid, kind: Kind, data: bytes) -> None:
        if kind is not Kind.BLOB:
            return
        if len(data) > self._blob_bytes:
            self._unpacked.large[oid] = len(data)
        else:
            self._unpacked.blobs[oid] = text_fault(data)

    def _limit_of(self, kind: Kind) -> int:
        return {Kind.BLOB: self._blob_bytes, Kind.TREE: self._object_bytes}.get(kind, self._limits.commit_bytes)

    def _admit(self, size: int) -> None:
        self._inflated += size
        if self._inflated > self._limits.inflated_bytes:
            raise PackRefused(f"the pack inflates to more than {self._limits.inflated_bytes} bytes")


def _result_size(delta: bytes) -> int:
    """The size of what a delta makes: the second of the two numbers that it begins with."""
    place, size = 0, 0
    for _ in range(2):
        size, shift = 0, 0
        more = True
        while more:
            if place >= len(delta):
                raise PackRefused("the pack has a delta that is cut off")
            size |= (delta[place] & 0x7F) << shift
            more = bool(delta[place] & 0x80)
            shift, place = shift + 7, place + 1
    return size
