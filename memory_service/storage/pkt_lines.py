"""Git's framing: lines with their length before them, and bands of them (gitprotocol-common, gitprotocol-pack)."""

import re
from collections.abc import Iterator
from enum import IntEnum
from typing import BinaryIO

from memory_service.domain.errors import RequestInvalid

FLUSH = b"0000"
_SIZE = re.compile(rb"[0-9a-fA-F]{4}")
MAX_DATA = 65516
"""Bytes that one line can carry (LARGE_PACKET_DATA_MAX)."""


class Band(IntEnum):
    """What a line within side-band-64k is for."""

    DATA = 1
    PEOPLE = 2
    """Git shows it after ``remote: ``."""
    FAILURE = 3
    """Git shows it and gives up."""


def pkt_line(data: bytes) -> bytes:
    """One line of at most ``MAX_DATA`` bytes."""
    return b"%04x%b" % (len(data) + 4, data)


def pkt_lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream up to the next flush, without trailing line breaks.

    Raises:
        RequestInvalid: the stream is no such lines, or ends before a flush.
    """
    while True:
        line = next_line(stream)
        if line is FLUSH:
            return
        if not line:
            raise RequestInvalid("it is cut off")
        yield line


def next_line(stream: BinaryIO) -> bytes:
    """A line without its line break; ``FLUSH`` itself for a flush, nothing at the end of the stream.

    Raises:
        RequestInvalid: what is there is no such line.
    """
    head = stream.read(4)
    if not head or head == FLUSH:
        return FLUSH if head else b""
    size = int(head, 16) if _SIZE.fullmatch(head) else 0
    data = stream.read(size - 4) if size > 4 else b""
    if not data or len(data) != size - 4:
        raise RequestInvalid("it is not in the packet lines of git, or cut off")
    return data.removesuffix(b"\n")


def banded(band: Band, data: bytes) -> Iterator[bytes]:
    """Data of any size as lines of a band."""
    for start in range(0, len(data), MAX_DATA - 1):
        yield pkt_line(bytes([band]) + data[start : start + MAX_DATA - 1])
