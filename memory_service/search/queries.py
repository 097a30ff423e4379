"""How the text of a query is read: words, and phrases in balanced quotes. Nothing is ever a syntax error."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from memory_service.search.analysis import read, read_query
from memory_service.search.stop_words import STOP_WORDS

MAX_TERMS = 128
"""Distinct terms of one query; further ones are not looked at."""
MAX_PHRASES = 16
"""Distinct phrases of one query, each of which costs a look through files; further ones are words only."""
MAX_TIMES = 8
"""How many times a word can count that a query repeats."""
MAX_TOLD = 64
"""Characters of a phrase that is told of as it was written."""

_QUOTED = re.compile(r'"([^"]*)"|“([^“”]*)”|„([^„“]*)“|«([^«»]*)»')


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in quotes."""

    words: tuple[str, ...]
    """They have to stand one after another, anywhere in the file."""
    terms: tuple[str, ...]
    """All terms of the phrase, distinct: names that it writes as a whole have to stand so somewhere in the file."""
    written: str = field(compare=False)
    """As it was written, or how it begins."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A query as it was understood."""

    words: tuple["Word", ...]
    """Any of these may match; distinct terms, in the order of the query."""
    phrases: tuple[Phrase, ...]
    """Each of these has to match."""

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms of the words."""
        return tuple(word.term for word in self.words)

    @property
    def times(self) -> tuple[int, ...]:
        """How many times each of the words, and then each of the phrases, counts."""
        return (*(word.times for word in self.words), *(1 for _ in self.phrases))


@dataclass(frozen=True, slots=True)
class Word:
    """A word that a query asks for."""

    term: str
    written: str
    """As it was written, folded."""
    times: int = 1
    """How many times it was written, up to ``MAX_TIMES``."""


def understand(text: str) -> Reading:
    """Read the text of a query: plain words match by relevance, ``"a phrase"`` has to match as a phrase.

    Words that say nothing (*what*, *the*, *of*) are left out unless nothing else is asked for.
    """
    found = list(read_query(text))
    telling = [(word, term) for word, term in found if word not in STOP_WORDS] or found
    written = {term: word for word, term in reversed(telling)}
    times = Counter(term for _, term in telling)
    quoted = (next(filter(None, groups), "") for groups in _QUOTED.findall(text))
    phrases = (_phrase(inside) for inside in quoted)
    return Reading(
        words=tuple(Word(term, written[term], min(many, MAX_TIMES)) for term, many in times.items())[:MAX_TERMS],
        phrases=tuple(dict.fromkeys(phrase for phrase in phrases if phrase.words))[:MAX_PHRASES],
    )


def _phrase(text: str) -> Phrase:
    words, further = read(text)
    terms = tuple(dict.fromkeys(chain(words, further)))[:MAX_TERMS]
    return Phrase(tuple(words), terms, " ".join(text.split())[:MAX_TOLD])


def only_phrases(reading: Reading) -> bool:
    """Whether a query asks for nothing but its phrases."""
    return {word.term for word in reading.words} <= {term for phrase in reading.phrases for term in phrase.terms}


def missing_phrases(reading: Reading, files: Sequence[int]) -> list[Phrase]:
    """The phrases that stand nowhere; ``files`` hold each of the words, then each phrase."""
    held = zip(reading.phrases, files[len(reading.words) :], strict=True)
    return [phrase for phrase, count in held if not count]
