"""What the operations answer, and how the wire contract writes it ("The five memory capabilities")."""

from dataclasses import dataclass
from datetime import UTC, datetime

from memory_service.domain.calls import JsonObject
from memory_service.domain.capabilities import Outcome
from memory_service.domain.ids import BlobId, CommitId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import Correction, Hit, Hits, Snippet


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A file or folder in a listing. A folder has no version, no size, no title and no time: null on the wire, so
    that every entry has the same members; only the title is left out where there is none."""

    path: MemoryPath
    version: BlobId | None = None
    size: int | None = None
    """Bytes."""
    title: str | None = None
    updated_at: datetime | None = None

    def to_json(self) -> JsonObject:
        """The entry as the wire has it."""
        return {
            "path": str(self.path),
            "type": "directory" if self.version is None else "file",
            "size": self.size,
            "version": self.version,
            **({} if self.title is None else {"title": self.title}),
            "updatedAt": _time(self.updated_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of the entries below a path, at one commit."""

    path: MemoryPath
    commit: CommitId
    entries: tuple[Listed, ...]
    next_cursor: str | None

    def to_json(self) -> JsonObject:
        """The result of ``memory_ls``; ``nextCursor`` is left out on the last page."""
        return {
            "path": str(self.path),
            "commit": self.commit,
            "entries": [entry.to_json() for entry in self.entries],
            **({} if self.next_cursor is None else {"nextCursor": self.next_cursor}),
        }

    def outcome(self) -> Outcome:
        """What became of the call."""
        return Outcome(result=self.to_json(), summary=f"{len(self.entries)} entries")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
    """Lines of a file, at one commit."""

    path: MemoryPath
    content: str
    """The lines with their line ends, exactly as they are kept."""
    version: BlobId
    commit: CommitId
    updated_at: datetime | None
    start_line: int
    end_line: int
    """Inclusive; ``start_line - 1`` when there is no line to give."""
    total_lines: int
    truncated: bool
    """Whether lines that were asked for are missing because the answer would grow too large."""

    def to_json(self) -> JsonObject:
        """The result of ``memory_read``."""
        return {
            "path": str(self.path),
            "content": self.content,
            "version": self.version,
            "commit": self.commit,
            "updatedAt": _time(self.updated_at),
            "startLine": self.start_line,
            "endLine": self.end_line,
            "totalLines": self.total_lines,
            "truncated": self.truncated,
        }

    def outcome(self) -> Outcome:
        """What became of the call; the session has seen the file."""
        return Outcome(result=self.to_json(), summary=f"Read {self.path}", seen={str(self.path): self.version})


def why_nothing(found: Hits) -> str | None:
    """Why nothing was found, where the query itself is why."""
    if not found.terms:
        return "no searchable terms"
    return None if found.missing_phrase is None else f'no file holds the phrase "{found.missing_phrase}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """The best hits, each with its snippet, at one commit."""

    hits: tuple[tuple[Hit, Snippet], ...]
    total: int
    """How many files answer, on this page or not."""
    commit: CommitId
    corrections: tuple[Correction, ...] = ()
    reason: str | None = None
    """Why nothing could be found, where the query itself is why."""
    next_cursor: str | None = None
    needs_tokens: int | None = None
    """How much the answer would have to hold for the first hit; None where one was answered or there is none."""

    def to_json(self) -> JsonObject:
        """The result of ``memory_search``; all that follows ``commit`` is left out where there is none of it."""
        corrections = [{"term": correction.term, "used": correction.used} for correction in self.corrections]
        return {
            "hits": [
                {
                    "path": str(hit.path),
                    "score": hit.score,
                    "title": hit.title,
                    "heading": hit.heading,
                    "startLine": hit.start_line,
                    "endLine": hit.end_line,
                    "snippet": snippet.text,
                    "highlights": [list(span) for span in snippet.highlights],
                    "matchedTerms": list(hit.matched),
                    "version": hit.blob,
                    "updatedAt": _time(hit.updated_at),
                }
                for hit, snippet in self.hits
            ],
            "total": self.total,
            "commit": self.commit,
            **({"corrections": corrections} if corrections else {}),
            **({"reason": self.reason} if self.reason else {}),
            **({} if self.next_cursor is None else {"nextCursor": self.next_cursor}),
            **({} if self.needs_tokens is None else {"needsTokens": self.needs_tokens}),
        }

    def outcome(self) -> Outcome:
        """What became of the call."""
        fits = None if self.needs_tokens is None else f"the first takes maxTokens of {self.needs_tokens}"
        summary = ": ".join(filter(None, [f"{len(self.hits)} hits", self.reason, fits]))
        return Outcome(result=self.to_json(), summary=summary)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of a write."""

    path: MemoryPath
    version: BlobId
    commit: CommitId
    """The commit it made; the head where nothing had to change."""
    created: bool
    changed: bool
    previous: BlobId | None
    """The version that was replaced."""

    def to_json(self) -> JsonObject:
        """The result of ``memory_write``; ``previousVersion`` is left out where no version was replaced."""
        return {
            "path": str(self.path),
            "version": self.version,
            "commit": self.commit,
            "created": self.created,
            "changed": self.changed,
            **({} if self.previous is None else {"previousVersion": self.previous}),
        }

    def outcome(self) -> Outcome:
        """What became of the call; the session knows the file."""
        return Outcome(
            result=self.to_json(),
            summary=f"Wrote {self.path}" if self.changed else f"{self.path} has this content already",
            commit=self.commit if self.changed else None,
            seen={str(self.path): self.version},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """What became of an append."""

    path: MemoryPath
    version: BlobId
    commit: CommitId
    created: bool
    start_line: int
    """First line of the appended text in the file."""
    end_line: int
    known: bool
    """Whether the session counts as having seen the file as it is now: it has not overlooked anybody's change."""

    def to_json(self) -> JsonObject:
        """The result of ``memory_append``."""
        return {
            "path": str(self.path),
            "version": self.version,
            "commit": self.commit,
            "created": self.created,
            "startLine": self.start_line,
            "endLine": self.end_line,
        }

    def outcome(self) -> Outcome:
        """What became of the call. An append does not show what was there: who had seen the file, but not what it was
        by then, has not seen it now either."""
        return Outcome(
            result=self.to_json(),
            summary=f"Appended to {self.path}",
            commit=self.commit,
            seen={str(self.path): self.version} if self.known else {},
        )


def _time(at: datetime | None) -> str | None:
    """UTC with milliseconds and ``Z``, as all times of the contract."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None
