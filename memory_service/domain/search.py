"""What is asked of the index and what it answers."""

from dataclasses import dataclass, field
from datetime import datetime

from memory_service.domain.ids import BlobId
from memory_service.domain.paths import MemoryPath


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A memory file as the derived stores take it in, at one commit."""

    path: MemoryPath
    blob: BlobId
    content: bytes
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInfo:
    """What a listing shows of a memory file."""

    path: MemoryPath
    blob: BlobId
    size: int
    """Bytes."""
    title: str | None
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question to the index; the text is never a syntax error."""

    text: str
    limit: int
    skip: int = 0
    """How many of the best hits are left out: they were answered before."""
    folder: MemoryPath | None = None
    """Only files at or below this path."""
    updated_after: datetime | None = None
    """Only files last changed at this moment or later."""
    updated_before: datetime | None = None
    """Only files last changed before this moment."""
    tags: tuple[str, ...] = ()
    """Only files that have all of these, whatever their case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A file that answers a query, with its best section."""

    path: MemoryPath
    blob: BlobId
    updated_at: datetime
    score: float
    title: str | None
    heading: str | None
    """The headings above the section, outermost first, joined with `` > ``."""
    start_line: int
    """First line of the section in the file, counting from 1."""
    end_line: int
    matched: tuple[str, ...]
    """The words of the query, as they were written, that stand in the section or in a title above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A few lines of a section, as they stand in the file."""

    text: str
    highlights: tuple[tuple[int, int], ...]
    """Where words of the query stand in the text: first character and the one after the last, counted in code points
    from 0; in order, and apart from one another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A word of a query that stands nowhere, and the word that was looked for in its place; or a phrase in quotes that
    stands nowhere, of which only the words were looked for."""

    term: str
    used: str
    example: Hit | None = field(default=None, compare=False)
    """Of a word, a section in which it stands: until a file was read, ``used`` is but likely to be a word of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """The best hits for a query, in descending score, and how many files matched in all."""

    hits: tuple[Hit, ...]
    total: int
    terms: tuple[str, ...]
    """The query as the index read it, corrected: terms that snippets look for. None: it holds nothing to look for."""
    corrections: tuple[Correction, ...] = ()
    missing_phrase: str | None = None
    """Where the query asks for phrases alone, the first that stands in no file, as it was written, or how it begins."""
