"""Reading a pack that nobody has vouched for (gitformat-pack).

What an entry states to be its size is known before a byte of it is inflated, and no more than that is inflated.
"""

import hashlib
import struct
import zlib
from collections.abc import Callable

from memory_service.storage.pack_reading import EntryHeader, entry_header

HEADER = 12
CHECKSUM = 20
_HEAD = 64
_FEED = 4096
_PART = 1 << 20


class PackRefused(Exception):
    """A pack is not taken; the message says why, in words for the one who pushed it."""


def count_of(data: memoryview, limit: int) -> int:
    """How many entries a pack states to have; its checksum is right.

    Raises:
        PackRefused: it is damaged, or has more than ``limit``.
    """
    if len(data) < HEADER + CHECKSUM:
        raise PackRefused("the pack is cut off")
    magic, version, count = struct.unpack_from(">4sLL", data)
    if magic != b"PACK" or version not in {2, 3}:
        raise PackRefused("what was sent is no pack")
    if count > limit:
        raise PackRefused(f"the pack has {count} objects; {limit} are allowed")
    if hashlib.sha1(data[:-CHECKSUM], usedforsecurity=False).digest() != data[-CHECKSUM:]:
        raise PackRefused("the pack was damaged on its way: its checksum is wrong")
    return int(count)


def header_at(data: memoryview, offset: int) -> EntryHeader:
    """The header of the entry that begins at an offset.

    Raises:
        PackRefused: there is none.
    """
    try:
        header = entry_header(bytes(data[offset : min(offset + _HEAD, len(data) - CHECKSUM)]))
    except IndexError as error:
        raise PackRefused("the pack is cut off") from error
    if header.number in {0, 5}:
        raise PackRefused(f"the pack has an object of the unknown kind {header.number}")
    return header


def inflate(data: memoryview, start: int, size: int, take: Callable[[bytes], object]) -> int:
    """Hand out, in parts, what is deflated from ``start`` on and must be of a size; answers where it ends.

    Raises:
        PackRefused: it is damaged, or of another size.
    """
    stream = zlib.decompressobj()
    end = len(data) - CHECKSUM
    place, left = start, size
    while not stream.eof:
        fed = stream.unconsumed_tail
        if not fed:
            fed = bytes(data[place : min(place + max(_FEED, min(left, _PART)), end)])
            place += len(fed)
        try:
            part = stream.decompress(fed, min(left, _PART) + 1)
        except zlib.error as error:
            raise PackRefused("an object of the pack cannot be inflated") from error
        left -= len(part)
        if left < 0 or not (fed or part):
            break
        take(part)
    if left or not stream.eof:
        raise PackRefused("an object of the pack has not the size that it states")
    return place - len(stream.unused_data)
