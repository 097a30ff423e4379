"""Objects and packs made by hand, good and bad."""

import hashlib
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence

from memory_service.storage.objects import Kind, Oid, oid_of
from memory_service.storage.pack_writing import entry_head
from memory_service.storage.trees import FILE, FOLDER, TreeEntry, encode

ADA = b"Ada <ada@acme.example> 1776247200 +0000"
"""Who makes commits, at the moment that the clocks of tests show."""
OFS_DELTA, REF_DELTA = 6, 7

Tree = Mapping[str, "bytes | Tree"]
"""Files by name, and folders."""


class Made:
    """Objects that were made, in the order in which they were, for a pack."""

    def __init__(self) -> None:
        self.objects: dict[Oid, tuple[Kind, bytes]] = {}

    def add(self, kind: Kind, data: bytes) -> Oid:
        """Make an object."""
        oid = oid_of(kind, data)
        self.objects[oid] = kind, data
        return oid

    def blob(self, data: bytes) -> Oid:
        """Make a file's content."""
        return self.add(Kind.BLOB, data)

    def tree(self, files: Tree) -> Oid:
        """Make a folder with all that is in it."""
        return self.entries(
            TreeEntry(name.encode("utf-8", "surrogateescape"), FILE, self.blob(content))
            if isinstance(content, bytes)
            else TreeEntry(name.encode(), FOLDER, self.tree(content))
            for name, content in files.items()
        )

    def entries(self, entries: Iterable[TreeEntry]) -> Oid:
        """Make a folder of these entries, in git's order."""
        return self.add(Kind.TREE, encode(entries))

    def raw_tree(self, *entries: tuple[bytes, bytes, Oid]) -> Oid:
        """Make a folder of entries (mode, name, object) as they are given."""
        return self.add(Kind.TREE, b"".join(b"%b %b\0%b" % entry for entry in entries))

    def commit(
        self,
        tree: Oid,
        *parents: str | Oid,
        by: bytes = ADA,
        author: bytes = b"",
        more: bytes = b"",
        text: bytes = b"x\n",
    ) -> Oid:
        """Make a commit; ``more`` are further headers."""
        lines = [b"tree " + tree.hex().encode()]
        lines += [b"parent " + (oid if isinstance(oid, str) else oid.hex()).encode() for oid in parents]
        lines += [b"author " + (author or by), b"committer " + by]
        return self.add(Kind.COMMIT, b"\n".join(lines) + b"\n" + more + b"\n" + text)

    def pack(self, *, without: Sequence[Oid] = ()) -> bytes:
        """A pack of all of them but some."""
        return pack_of(entry(kind, data) for oid, (kind, data) in self.objects.items() if oid not in without)


def entry(number: int, data: bytes, size: int | None = None, base: bytes = b"") -> bytes:
    """An entry of a pack; ``size`` is what it states, ``base`` what stands before the content of a delta."""
    return entry_head(number, len(data) if size is None else size) + base + zlib.compress(data)


def pack_of(entries: Iterable[bytes], count: int | None = None) -> bytes:
    """A pack of entries; ``count`` is what it states."""
    stored = list(entries)
    body = struct.pack(">4sLL", b"PACK", 2, len(stored) if count is None else count) + b"".join(stored)
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def delta(base_size: int, result_size: int, *steps: bytes) -> bytes:
    """A delta that states these sizes."""
    return varint(base_size) + varint(result_size) + b"".join(steps)


def copied(offset: int, size: int) -> bytes:
    """The step of a delta that copies bytes of its base."""
    return b"\xff" + offset.to_bytes(4, "little") + size.to_bytes(3, "little")


def varint(number: int) -> bytes:
    """A number as deltas write them."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def far_back(distance: int) -> bytes:
    """How far back the base of a delta begins, as packs write it."""
    written = bytearray([distance & 0x7F])
    while distance := distance >> 7:
        distance -= 1
        written.insert(0, 0x80 | distance & 0x7F)
    return bytes(written)
