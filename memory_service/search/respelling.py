"""Corrected words as they are written in files: an index knows only stems."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from memory_service.domain.search import Correction, Hit, Hits
from memory_service.search.analysis import read_query, term_of
from memory_service.search.corrections import one_apart
from memory_service.search.letters import plain
from memory_service.search.places import places_of
from memory_service.search.snippets import section


def respelled(found: Hits, content: Callable[[Hit], str]) -> Hits:
    """What was found, with each corrected word as the file of its example writes it, or else as its stem.

    ``content`` gives the whole file of a hit.
    """
    corrections = tuple(_respelled(correction, content) for correction in found.corrections)
    used = {before.used: after.used for before, after in zip(found.corrections, corrections, strict=True)}
    hits = (replace(hit, matched=tuple(used.get(word, word) for word in hit.matched)) for hit in found.hits)
    return replace(found, hits=tuple(hits), corrections=corrections)


def _respelled(correction: Correction, content: Callable[[Hit], str]) -> Correction:
    hit = correction.example
    if hit is None:
        return correction
    (term,) = hit.matched
    texts = (section(content(hit), (hit.start_line, hit.end_line)), hit.heading or "", hit.title or "", hit.path.text)
    forms = (form for text in texts for form in _forms(term, text))
    nearest = min(forms, key=lambda form: not one_apart(correction.term, form), default=term)
    return replace(correction, used=nearest, example=None)


def _forms(term: str, text: str) -> Iterator[str]:
    """The words of a term that stand in a text, folded."""
    for place in places_of(text, frozenset({term})):
        yield from (
            word for word, found in read_query(text[place.start : place.end]) if term in (found, term_of(plain(word)))
        )
