"""Files that somebody brings, taken into a memory one by one or left out with a reason."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from memory_service.domain.errors import PathInvalid
from memory_service.domain.paths import MemoryPath
from memory_service.domain.progress import Progress
from memory_service.storage.drafts import Add, Draft
from memory_service.storage.limits import StorageLimits
from memory_service.storage.objects import Kind


class Candidate(NamedTuple):
    """A file that may become part of a memory."""

    path: str
    """Relative; what is no UTF-8 in it is escaped as lone surrogates (PEP 383)."""
    read: Callable[[int], bytes]
    """Gives the content, or at least as many bytes of it as asked for."""
    fault: str | None = None
    """Why it can be no memory file whatever its name and content are."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left out."""

    path: str
    reason: str


def take_in(
    candidates: Sequence[Candidate], draft: Draft, add: Add, limits: StorageLimits, progress: Progress
) -> list[Skipped]:
    """Put the candidates that are valid memory files into a draft, in the order given; answers the others."""
    skipped: list[Skipped] = []
    for done, candidate in enumerate(candidates, 1):
        reason = candidate.fault or _take(candidate, draft, add, limits)
        if reason:
            shown = candidate.path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            skipped.append(Skipped(shown, reason))
        progress(done, len(candidates))
    return skipped


def _take(candidate: Candidate, draft: Draft, add: Add, limits: StorageLimits) -> str | None:
    try:
        path = MemoryPath.parse_file(candidate.path)
    except PathInvalid as error:
        return error.sentence
    fault = draft.fault(path)
    if fault:
        return fault
    try:
        content = candidate.read(limits.file_bytes + 1)
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    fault = _content_fault(content, limits)
    if not fault:
        draft.put(path, add(Kind.BLOB, content))
    return fault


def _content_fault(content: bytes, limits: StorageLimits) -> str | None:
    if len(content) > limits.file_bytes:
        return f"it is larger than {limits.file_bytes} bytes"
    return text_fault(content)


def text_fault(content: bytes) -> str | None:
    """Why some content is no text of a memory, or None."""
    if b"\0" in content:
        return "it holds a NUL byte"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "it is no UTF-8 text"
    return None
