"""The few words of a section that tell best why it was found."""

import re
from collections import Counter, deque
from collections.abc import Collection

from memory_service.domain.search import Snippet
from memory_service.search.front_matter import FRONT_MATTER
from memory_service.search.places import Place, joined, places_of, possible

MAX_SNIPPET = 240
"""Characters."""
MAX_LOOK = 100_000
"""Characters of a section that are looked at; only one long line makes a section larger than a few thousand."""

_OPENING = re.compile(r"(?:[ \t]*(?:\#.*|-{3,}|={3,})?\r?\n)+")


def snippet(content: str, lines: tuple[int, int], wanted: Collection[str]) -> Snippet:
    """The window of at most ``MAX_SNIPPET`` characters with the most distinct wanted terms, as it stands in the file.

    Args:
        content: the whole file.
        lines: the first and the last line to look at, counting from 1.
        wanted: terms, as ``analysis.read`` gives them.
    """
    text = section(content, lines)
    terms = possible(text, wanted)
    front = FRONT_MATTER.match(text) if lines[0] == 1 else None
    body = front.end() if front else 0
    window = _best_window(text, terms, body)
    start, end = _grown(text, *(window or _opening(text, body)))
    told = text[start:end]
    return Snippet(text=told, highlights=tuple(joined(places_of(told, terms))))


def section(content: str, lines: tuple[int, int]) -> str:
    """The text of some lines of a file, from the first to the last, counting from 1: what is looked at of it."""
    return "\n".join(content.split("\n", lines[1])[lines[0] - 1 : lines[1]])[:MAX_LOOK]


def _opening(text: str, body: int) -> tuple[int, int]:
    """Where the text under front matter and headings begins, if there is one."""
    opening = _OPENING.match(text, body)
    start = opening.end() if opening else body
    if text[start:].lstrip().startswith("#") or not text[start:].strip():
        start = 0  # there are headings only
    return start, start


def _best_window(text: str, wanted: frozenset[str], body: int) -> tuple[int, int] | None:
    """The window with the most distinct terms; of equal ones that below the front matter, which says in names what the
    text says in sentences, of those that on the fewest lines, and of those the first."""
    best, best_worth = None, (0, False, 0)
    window: deque[Place] = deque()
    held: Counter[str] = Counter()
    for place in places_of(text, wanted):
        window.append(place)
        held.update(place.terms)
        while place.end - window[0].start > MAX_SNIPPET and len(window) > 1:
            held.subtract(window.popleft().terms)
            held = +held
        if (len(held), place.start >= body, 0) <= best_worth:
            continue
        found: set[str] = set()
        for start, _, terms in reversed(window):
            found |= terms
            worth = len(found), start >= body, -text.count("\n", start, place.end)
            if worth > best_worth:
                best, best_worth = (start, place.end), worth
        if best_worth == (len(wanted), True, 0):
            break
    return best


def _grown(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a window to whole lines where these fill half of the room, else to whole words; without white space around
    it. So a heading is not all that is told where the text below is one long line."""
    room = MAX_SNIPPET - (end - start)
    line_start = text.rfind("\n", 0, start) + 1
    start = line_start if start - line_start <= room else _word_start(text, start - room // 2, start)
    limit = start + MAX_SNIPPET
    if limit < len(text):
        line_end = text.rfind("\n", end, limit + 1)
        if line_end < start + MAX_SNIPPET // 2:
            line_end = _word_end(text, max(end, line_end), limit, line_end)
        end = line_end if line_end >= 0 else limit
    else:
        end = len(text)
    told = text[start:end]
    start += len(told) - len(told.lstrip())
    return start, start + len(told.strip())


def _word_start(text: str, earliest: int, latest: int) -> int:
    space = re.compile(r"\s").search(text, earliest, latest)
    return space.end() if space else latest


def _word_end(text: str, earliest: int, latest: int, otherwise: int) -> int:
    end = text.rfind(" ", earliest, latest + 1)
    return end if end > earliest else otherwise
