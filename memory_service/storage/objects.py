"""Git's objects: their kinds and their names."""

import hashlib
from enum import IntEnum
from typing import NamedTuple

Oid = bytes
"""The name of an object: the 20 bytes of its SHA-1."""


class Kind(IntEnum):
    """The kinds of objects, numbered as in a pack (gitformat-pack)."""

    COMMIT = 1
    TREE = 2
    BLOB = 3
    TAG = 4


KIND_NAMES = {Kind.COMMIT: b"commit", Kind.TREE: b"tree", Kind.BLOB: b"blob", Kind.TAG: b"tag"}


class Object(NamedTuple):
    """An object as it is stored, without git's header."""

    kind: Kind
    data: bytes


def oid_of(kind: Kind, data: bytes) -> Oid:
    """The name that git gives to an object."""
    digest = hashlib.sha1(b"%b %d\0" % (KIND_NAMES[kind], len(data)), usedforsecurity=False)
    digest.update(data)
    return digest.digest()
