"""Git's framing: lines with their length before them, and bands of them (gitprotocol-common, gitprotocol-pack)."""

from collections.abc import Iterator
from enum import IntEnum
from typing import BinaryIO

from memory_service.domain.errors import RequestInvalid

FLUSH = b"0000"
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
        head = stream.read(4)
        try:
            size = int(head, 16) if head.isalnum() else -1
        except ValueError:
            size = -1
        if size == 0:
            return
        data = stream.read(size - 4) if size >= 4 else b""
        if size < 4 or len(head) + len(data) != size:
            raise RequestInvalid("it is not in the packet lines of git, or cut off")
        yield data.removesuffix(b"\n")


def banded(band: Band, data: bytes) -> Iterator[bytes]:
    """Data of any size as lines of a band."""
    for start in range(0, len(data), MAX_DATA - 1):
        yield pkt_line(bytes([band]) + data[start : start + MAX_DATA - 1])
