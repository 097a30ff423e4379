"""Commits as git stores them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from memory_service.domain.errors import DataCorrupt
from memory_service.storage.messages import identity
from memory_service.storage.objects import Oid

SERVICE = identity("Memory Service", "memory-service")
"""Who commits what the tools change."""
_LATEST = 253_402_300_799
"""The last second that a ``datetime`` can tell. Git takes later ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One step of the history."""

    tree: Oid
    parents: tuple[Oid, ...]
    author: bytes
    """Name and address, without time: ``name <address>``."""
    committer: bytes
    """The same of who committed."""
    time: int
    """When it was committed, in seconds since 1970."""
    message: bytes

    @property
    def at(self) -> datetime:
        """When it was committed, between the years 1970 and 9999."""
        return datetime.fromtimestamp(max(0, min(self.time, _LATEST)), UTC)

    def encode(self) -> bytes:
        """Git's bytes; author and committer get the same time, in UTC."""
        parents = b"".join(b"parent %b\n" % parent.hex().encode() for parent in self.parents)
        return b"tree %b\n%bauthor %b %d +0000\ncommitter %b %d +0000\n\n%b" % (
            self.tree.hex().encode(),
            parents,
            self.author,
            self.time,
            self.committer,
            self.time,
            self.message,
        )

    @classmethod
    def parse(cls, raw: bytes) -> "Commit":
        """Read git's bytes; headers that are not needed here are passed over.

        Raises:
            DataCorrupt: they are no commit.
        """
        header, _, message = raw.partition(b"\n\n")
        fields: dict[bytes, list[bytes]] = {}
        for line in header.split(b"\n"):
            key, _, value = line.partition(b" ")
            fields.setdefault(key, []).append(value)
        try:
            author, _, _ = fields[b"author"][0].rsplit(b" ", 2)
            committer, time, _ = fields[b"committer"][0].rsplit(b" ", 2)
            return cls(
                tree=bytes.fromhex(fields[b"tree"][0].decode()),
                parents=tuple(bytes.fromhex(value.decode()) for value in fields.get(b"parent", ())),
                author=author,
                committer=committer,
                time=int(time),
                message=message,
            )
        except (KeyError, ValueError) as error:
            raise DataCorrupt("A stored commit cannot be read") from error
