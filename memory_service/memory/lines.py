"""Text as bytes and lines: what a file may hold, a window of its lines, and one text put after another.

A line ends at ``\\n``; the one that ends the file does not begin another line. Everything here works on the bytes of a
file, so that what is not touched stays as it is, whatever it is.
"""

from dataclasses import dataclass
from io import BytesIO

from memory_service.domain.errors import ContentInvalid

TO_THE_END = 2**31
"""The line up to which is read where none is named."""

_BREAKS = b"\r\n"


def encoded(text: str) -> bytes:
    """The bytes of a text that a memory file can hold.

    Raises:
        ContentInvalid: it holds half a surrogate pair (rule ``utf8``) or NUL (rule ``nul``).
    """
    if "\0" in text:
        raise ContentInvalid("nul", "it holds the character NUL")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ContentInvalid("utf8", "it holds half a surrogate pair, which is no character") from error


def decoded(content: bytes) -> str:
    """The text of a file; what is no UTF-8, in files older than the service, reads as U+FFFD."""
    return content.decode("utf-8", "replace")


def count(content: bytes) -> int:
    """How many lines a file has; an empty one has none."""
    return content.count(b"\n") + (not content.endswith(b"\n") and content != b"")


@dataclass(frozen=True, slots=True)
class Window:
    """Lines ``start`` to ``end`` of a file, inclusive and counted from 1; ``end == start - 1`` when it is empty."""

    content: bytes
    start: int
    end: int
    total: int
    truncated: bool
    """Whether lines before the end that was asked for are missing, for the sake of the size."""


def window(content: bytes, start: int, end: int, max_bytes: int) -> Window | None:
    """The lines from ``start`` to ``end`` or the end of the file, as many as fit, but at least one of them.

    ``start`` may be one past the last line: there an agent that follows a growing file asks for what is new, and there
    stands an empty file. None where it is further out.
    """
    lines = BytesIO(content).readlines()
    total = len(lines)
    if start > total + 1:
        return None
    asked = lines[start - 1 : end]
    size, fitting = 0, 0
    for line in asked:
        size += len(line)
        if size > max_bytes and fitting:
            break
        fitting += 1
    return Window(
        content=b"".join(asked[:fitting]),
        start=start,
        end=start - 1 + fitting,
        total=total,
        truncated=fitting < len(asked),
    )


def joined(old: bytes, new: bytes) -> bytes:
    """Put a text after another, with exactly one line break between the two and one at the end.

    Line breaks at the end of the old text and around the new one give way to one, which is the file's own: ``\\r\\n``
    where its first line ends so (the new text's, where the old one has none). All else is kept as it is.
    """
    kept, added = old.rstrip(_BREAKS), new.strip(_BREAKS)
    line_break = _line_break(old) or _line_break(new) or b"\n"
    return (kept + line_break if kept else b"") + added + line_break


def added_lines(old: bytes, content: bytes) -> tuple[int, int]:
    """First and last line that the appended text takes in ``content``, which is ``joined(old, …)``."""
    kept = old.rstrip(_BREAKS)
    return count(kept) + 1, count(content)


def _line_break(content: bytes) -> bytes | None:
    first = content.find(b"\n")
    if first < 0:
        return None
    return b"\r\n" if content[:first].endswith(b"\r") else b"\n"
