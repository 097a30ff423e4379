"""The edits behind the writing operations: rules applied to the file that the head holds, in the writer's turn."""

from dataclasses import dataclass, field
from enum import Enum

from memory_service.domain.errors import MemoryExists, PayloadTooLarge
from memory_service.domain.ids import BlobId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.trees import Found
from memory_service.memory.lines import joined


class Absence(Enum):
    """The expectation that there is no file."""

    ABSENT = "absent"


Expected = BlobId | Absence | None
"""What a write expects to replace: a version, nothing at all, or (None) anything that its session knows of."""


class Unseen(Exception):
    """An edit has met another version than the one it was made for."""

    def __init__(self, base: BlobId, found: Found | None) -> None:
        super().__init__(base)
        self.base = base
        """The version that it was made for."""
        self.found = found


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """Puts a content in the place of whatever the file holds.

    With ``expected`` that alone decides; without, the session guard of the wire contract does. A file that holds the
    content already needs no edit, even for a stale ``expected``: what was wanted is so. Only the wish to create fails
    then, since somebody else did.
    """

    path: MemoryPath
    content: bytes
    expected: Expected
    seen: tuple[str, ...]
    """The versions that the session has seen, oldest first."""

    def apply(self, found: Found | None) -> bytes | None:
        """The new content, or None where it is there already.

        Raises:
            MemoryExists: it should create the file.
            Unseen: the file is not at the expected version, or at none that the session has seen.
        """
        if self.expected is Absence.ABSENT:
            if found:
                raise MemoryExists(str(self.path), version=found.blob)
            return self.content
        if found and found.content == self.content:
            return None
        known = self.seen if self.expected is None else (self.expected,)
        if known and (found is None or found.blob not in known):
            raise Unseen(BlobId(known[-1]), found)
        return self.content


@dataclass(slots=True, kw_only=True)
class Addition:
    """Puts a text after whatever the file holds, and remembers what it met and made."""

    text: bytes
    max_bytes: int
    old: bytes = field(default=b"", init=False)
    new: bytes = field(default=b"", init=False)

    def apply(self, found: Found | None) -> bytes:
        """The longer content.

        Raises:
            PayloadTooLarge: it is over the limit.
        """
        self.old = found.content if found else b""
        self.new = bounded(joined(self.old, self.text), self.max_bytes)
        return self.new


def bounded(content: bytes, max_bytes: int) -> bytes:
    """The content of a file, if it may be that large.

    Raises:
        PayloadTooLarge: it may not.
    """
    if len(content) > max_bytes:
        raise PayloadTooLarge("The file", max_bytes)
    return content
