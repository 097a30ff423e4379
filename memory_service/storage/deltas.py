"""Deltas: an object as what it shares with a version of it, and what it does not (gitformat-pack, "Deltified")."""

import re
from itertools import accumulate

from memory_service.storage.objects import Kind

_ENTRY = re.compile(rb"[0-7]+ [^\0]+\0.{20}", re.DOTALL)
_LONGEST_COPY = 0xFFFFFF
_LONGEST_INSERT = 0x7F


def delta_of(kind: Kind, base: bytes, target: bytes) -> bytes:
    """What makes one object of another.

    Folders are compared by entries, all else by lines, in time linear in their size: enough for what edits change.
    """
    there = _parts(kind, base)
    places = dict(zip(there, accumulate(map(len, there), initial=0), strict=False))
    steps = [_size(len(base)), _size(len(target))]
    start = end = 0
    fresh = bytearray()
    for part in _parts(kind, target):
        if start < end and base.startswith(part, end):
            end += len(part)
            continue
        place = places.get(part)
        steps += _copied(start, end)
        start = end = 0
        if place is None:
            fresh += part
        else:
            steps += _inserted(fresh)
            fresh.clear()
            start, end = place, place + len(part)
    return b"".join([*steps, *_copied(start, end), *_inserted(fresh)])


def distance(back: int) -> bytes:
    """How far back the base of a delta begins, as packs write it (gitformat-pack, "offset encoding")."""
    written = bytearray([back & 0x7F])
    while back := back >> 7:
        back -= 1
        written.append(0x80 | (back & 0x7F))
    return bytes(reversed(written))


def _parts(kind: Kind, data: bytes) -> list[bytes]:
    parts: list[bytes] = _ENTRY.findall(data) if kind is Kind.TREE else data.splitlines(keepends=True)
    # What somebody has stored as a folder that is none, is one part.
    return parts if sum(map(len, parts)) == len(data) else [data]


def _copied(start: int, end: int) -> list[bytes]:
    steps = []
    while start < end:
        size = min(end - start, _LONGEST_COPY)
        values = start.to_bytes(4, "little") + size.to_bytes(3, "little")
        flags = sum(1 << place for place, value in enumerate(values) if value)
        steps.append(bytes([0x80 | flags, *filter(None, values)]))
        start += size
    return steps


def _inserted(fresh: bytearray) -> list[bytes]:
    pieces = [bytes(fresh[place : place + _LONGEST_INSERT]) for place in range(0, len(fresh), _LONGEST_INSERT)]
    return [bytes([len(piece)]) + piece for piece in pieces]


def _size(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)
