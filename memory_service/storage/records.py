"""What the journal keeps: one record for each time that main moved, as bytes."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from memory_service.storage.objects import Oid
from memory_service.storage.pack_writing import FinishedPack

_MOVE = struct.Struct("<20s20sL")
_PACK = struct.Struct("<20sLL")


@dataclass(frozen=True, slots=True)
class KeptPack:
    """A pack that came with a move of main."""

    finished: FinishedPack
    data: bytes
    """The pack; empty where it and its index were durable before the record was."""

    @property
    def stored_index(self) -> bytes:
        """What a record holds of the index."""
        return self.finished.index if self.data else b""


@dataclass(frozen=True, slots=True)
class Record:
    """A move of main."""

    old: Oid
    new: Oid
    packs: Sequence[KeptPack]

    @property
    def size(self) -> int:
        """Bytes that ``encode`` makes."""
        return _MOVE.size + sum(_PACK.size + len(pack.data) + len(pack.stored_index) for pack in self.packs)

    def encode(self) -> bytes:
        """The record as the journal stores it."""
        parts = [_MOVE.pack(self.old, self.new, len(self.packs))]
        for pack in self.packs:
            name, index = bytes.fromhex(pack.finished.name), pack.stored_index
            parts += [_PACK.pack(name, len(pack.data), len(index)), pack.data, index]
        return b"".join(parts)

    @classmethod
    def decode(cls, data: bytes) -> "Record":
        """Read what ``encode`` made."""
        old, new, count = _MOVE.unpack_from(data)
        place, packs = _MOVE.size, []
        for _ in range(count):
            name, size, index_size = _PACK.unpack_from(data, place)
            start = place + _PACK.size
            place = start + size + index_size
            packs.append(KeptPack(FinishedPack(name.hex(), data[start + size : place]), data[start : start + size]))
        return cls(old, new, packs)
