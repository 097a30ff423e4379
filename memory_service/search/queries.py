"""How the text of a query is read: words, and phrases in balanced quotes. Nothing is ever a syntax error."""

import re
from dataclasses import dataclass

from memory_service.search.analysis import words
from memory_service.search.stop_words import STOP_WORDS

MAX_TERMS = 128
"""Distinct terms of one query; further ones are not looked at."""

_QUOTED = re.compile(r'"([^"]*)"|“([^“”]*)”|„([^„“]*)“|«([^«»]*)»')

Phrase = tuple[tuple[str, int], ...]
"""Terms and the positions, relative to one another, at which they have to stand."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A query as it was understood."""

    terms: tuple[str, ...]
    """Any of these may match; distinct, in the order of the query."""
    phrases: tuple[Phrase, ...]
    """Each of these has to stand in the file."""


def read_query(text: str) -> Reading:
    """Read the text of a query: plain words match by relevance, ``"a phrase"`` has to match as a phrase.

    Words that say nothing (*what*, *the*, *of*) are left out unless nothing else is asked for.
    """
    found = [(word, term) for word, term, _ in words(text)]
    telling = [term for word, term in found if word not in STOP_WORDS] or [term for _, term in found]
    quoted = (next(filter(None, groups), "") for groups in _QUOTED.findall(text))
    phrases = (tuple((term, position) for _, term, position in words(inside)) for inside in quoted)
    return Reading(
        terms=tuple(dict.fromkeys(telling))[:MAX_TERMS],
        phrases=tuple(dict.fromkeys(phrase[:MAX_TERMS] for phrase in phrases if phrase)),
    )
