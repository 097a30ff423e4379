"""How the text of a query is read: words, and phrases in balanced quotes. Nothing is ever a syntax error."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from memory_service.search.analysis import read, read_query
from memory_service.search.stop_words import STOP_WORDS

MAX_TERMS = 128
"""Distinct terms of one query; further ones are not looked at."""
MAX_PHRASES = 16
"""Distinct phrases of one query, each of which costs a look through files; further ones are words only."""

_QUOTED = re.compile(r'"([^"]*)"|“([^“”]*)”|„([^„“]*)“|«([^«»]*)»')


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in quotes."""

    words: tuple[str, ...]
    """They have to stand one after another, anywhere in the file."""
    terms: tuple[str, ...]
    """All terms of the phrase, distinct: names that it writes as a whole have to stand so somewhere in the file."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A query as it was understood."""

    terms: tuple[str, ...]
    """Any of these may match; distinct, in the order of the query."""
    phrases: tuple[Phrase, ...]
    """Each of these has to match."""
    written: Mapping[str, str]
    """Term → the word that it was read from, folded."""


def understand(text: str) -> Reading:
    """Read the text of a query: plain words match by relevance, ``"a phrase"`` has to match as a phrase.

    Words that say nothing (*what*, *the*, *of*) are left out unless nothing else is asked for.
    """
    found = list(read_query(text))
    telling = [(word, term) for word, term in found if word not in STOP_WORDS] or found
    written = {term: word for word, term in reversed(telling)}
    terms = tuple(dict.fromkeys(term for _, term in telling))[:MAX_TERMS]
    quoted = (next(filter(None, groups), "") for groups in _QUOTED.findall(text))
    phrases = (_phrase(inside) for inside in quoted)
    return Reading(
        terms=terms,
        phrases=tuple(dict.fromkeys(phrase for phrase in phrases if phrase.words))[:MAX_PHRASES],
        written={term: written[term] for term in terms},
    )


def _phrase(text: str) -> Phrase:
    words, further = read(text)
    return Phrase(tuple(words), tuple(dict.fromkeys((*words, *further)))[:MAX_TERMS])
