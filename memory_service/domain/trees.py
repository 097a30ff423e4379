"""The memory as git sees it: entries of a tree, changes between commits, and edits to be made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from memory_service.domain.ids import BlobId, CommitId
from memory_service.domain.paths import MemoryPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file or folder in a tree."""

    path: MemoryPath
    blob: BlobId | None
    """The content of a file; None for a folder."""

    @property
    def is_folder(self) -> bool:
        """Whether this is a folder."""
        return self.blob is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened to one file between two commits."""

    path: MemoryPath
    old: BlobId | None
    """None: the file was not there."""
    new: BlobId | None
    """None: the file is gone."""
    commit: CommitId
    """The last that changed the file, as seen from the commit that ``new`` is of; of a file that is gone, that commit
    itself."""
    at: datetime
    """When that commit was made, to the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The file that an edit meets in the head."""

    blob: BlobId
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change to one file, to be made to whatever the head is by then."""

    path: MemoryPath
    apply: Callable[[Found | None], bytes | None]
    """Takes the file as it is in the head (None: absent) and gives its new content; None leaves everything as it is.
    Runs in the writer's turn, so nothing can change between what it sees and what is published. What it raises fails
    this edit alone."""
    author: str
    author_id: str
    """Identifies the author in the place of an e-mail address."""
    subject: str
    trailers: Mapping[str, str] = field(default_factory=dict)
    lane: tuple[str, ...] = ()
    """Whose edit it is, from the widest to the narrowest: where many edits wait, each of them gets its turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What became of an edit: durable on disk, and part of ``main``."""

    commit: CommitId
    """The commit it made, or the head that it left unchanged."""
    at: datetime
    blob: BlobId
    """The file's content after the edit."""
    previous: BlobId | None
    """The file's content before the edit; None when it was absent."""
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trailed:
    """A commit found by one of its trailers, and the one file it changed."""

    commit: CommitId
    at: datetime
    path: MemoryPath
    blob: BlobId
    previous: BlobId | None
