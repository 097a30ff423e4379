"""What a client asks of receive-pack: which names to move (gitprotocol-pack, "reference update request")."""

import re
from dataclasses import dataclass
from typing import BinaryIO

from memory_service.domain.errors import RequestInvalid
from memory_service.storage.limits import PushLimits
from memory_service.storage.objects import Oid
from memory_service.storage.pkt_lines import pkt_lines

ZERO: Oid = bytes(20)
"""Stands for no object: the old value of a name that is new, the new value of one that goes."""
_ID = rb"[0-9a-f]{40}"
_COMMAND = re.compile(rb"(%b) (%b) ([^\x00-\x20\x7f]{1,255})(?:\0(.*))?" % (_ID, _ID), re.DOTALL)
_SHALLOW = re.compile(rb"shallow %b" % _ID)
_SHA256 = b"object-format=sha256"


@dataclass(frozen=True, slots=True)
class Command:
    """One name to move."""

    old: Oid
    """What the client believes that it names."""
    new: Oid
    ref: bytes


@dataclass(frozen=True, slots=True)
class PushRequest:
    """A request as it was read; the pack is still in the body."""

    commands: tuple[Command, ...]
    """Empty for the request by which git finds out whether it may push at all."""
    capabilities: frozenset[bytes]
    pack_start: int
    """Where the pack begins in the body."""


def parse(body: BinaryIO, limits: PushLimits) -> PushRequest:
    """Read a request from the beginning of a body.

    Where the history of the client ends (``shallow``) is of no interest: its commits are looked for here.

    Raises:
        RequestInvalid: it is none, asks for too much at once, or speaks of other ids than SHA-1.
    """
    body.seek(0)
    commands: list[Command] = []
    capabilities: frozenset[bytes] = frozenset()
    for number, line in enumerate(pkt_lines(body)):
        if number >= limits.request_lines:
            raise RequestInvalid("it has too many lines")
        if _SHALLOW.fullmatch(line):
            continue
        match = _COMMAND.fullmatch(line)
        if not match or (match[4] is not None and commands):
            raise RequestInvalid("it is no request to receive-pack")
        if match[4] is not None:
            capabilities = frozenset(match[4].split())
        commands.append(Command(bytes.fromhex(match[1].decode()), bytes.fromhex(match[2].decode()), match[3]))
        if len(commands) > limits.commands:
            raise RequestInvalid(f"it moves more than {limits.commands} names at once")
    if _SHA256 in capabilities:
        raise RequestInvalid("its objects are named by SHA-256, which memories do not")
    if len({command.ref for command in commands}) < len(commands):
        raise RequestInvalid("it moves a name twice")
    return PushRequest(tuple(commands), capabilities, body.tell())
