"""What a client asks of upload-pack (gitprotocol-pack, version 0, as smart HTTP carries it: all of it every time)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from memory_service.domain.errors import RequestInvalid
from memory_service.storage.limits import UploadLimits
from memory_service.storage.objects import Oid
from memory_service.storage.pkt_lines import FLUSH, next_line

_WANT = re.compile(rb"want ([0-9a-f]{40})(?: (.*))?")
_SHALLOW = re.compile(rb"shallow ([0-9a-f]{40})")
_DEEPEN = re.compile(rb"deepen ([1-9][0-9]{0,9})")
_HAVE = re.compile(rb"have ([0-9a-f]{40})")


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """The first part of a request; what the client has is still in the body."""

    wants: list[Oid] = field(default_factory=list)
    """Empty when it wants nothing after all."""
    capabilities: set[bytes] = field(default_factory=set)
    shallow: set[Oid] = field(default_factory=set)
    """Commits of the client whose parents it does not have."""
    depth: list[int] = field(default_factory=list)
    """How many commits deep it wants to have the history, if not all of it: at most one number."""


def parse(body: BinaryIO, limits: UploadLimits) -> FetchRequest:
    """Read a request up to the first flush.

    Raises:
        RequestInvalid: it is none, or asks for what was not offered.
    """
    body.seek(0)
    request = FetchRequest()
    for line in _bounded(body, limits):
        if line is FLUSH:
            break
        want, shallow, deepen = _WANT.fullmatch(line), _SHALLOW.fullmatch(line), _DEEPEN.fullmatch(line)
        if want:
            request.wants.append(_oid(want[1]))
            request.capabilities.update((want[2] or b"").split())
        elif shallow:
            request.shallow.add(_oid(shallow[1]))
        elif deepen:
            request.depth[:] = [int(deepen[1])]
        else:
            raise RequestInvalid("it is no request to upload-pack")
    return request


def haves(body: BinaryIO, limits: UploadLimits) -> Iterator[Oid | bool]:
    """What the client has, line by line: a commit, False for a flush, True when it has told all."""
    for line in _bounded(body, limits):
        have = _HAVE.fullmatch(line)
        if not have and line not in (FLUSH, b"done"):
            raise RequestInvalid("it is no request to upload-pack")
        yield _oid(have[1]) if have else line == b"done"


def _bounded(body: BinaryIO, limits: UploadLimits) -> Iterator[bytes]:
    for _ in range(limits.request_lines):
        line = next_line(body)
        if not line:
            return
        yield line
    raise RequestInvalid("it has too many lines")


def _oid(text: bytes) -> Oid:
    return bytes.fromhex(text.decode())
