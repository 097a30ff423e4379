"""Words of a query that stand nowhere, read as words that differ from them by one letter."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from memory_service.domain.search import Correction
from memory_service.search.analysis import term_of
from memory_service.search.queries import Reading, Word

MIN_LENGTH = 4
"""Letters of a term that is corrected: shorter ones differ by one letter from too many."""
SURE = 2
"""Letters at the beginning of a term that are taken as right."""
MAX_CORRECTIONS = 4
"""Of one query: each costs a look through all terms that begin alike."""

_ENDINGS = (
    *("", "e", "s", "es", "ed", "ing", "er", "ers", "ion", "ions", "ation", "ations", "ity", "ities", "ment", "ments"),
    *("ence", "ences", "ance", "ances", "ent", "ant", "al", "able", "ible", "ive", "ous", "ism", "ize", "ness", "ly"),
)
"""Endings that the English stemmer takes off, those first that are rather meant where several would do."""

Corrected = tuple[Reading, tuple[Correction, ...]]


def corrected(
    reading: Reading, missing: Iterable[Word], terms: Callable[[str], Iterable[str]], files: Callable[[str], int]
) -> Corrected:
    """A reading whose missing words are replaced by those that most files hold of the words one letter away.

    A letter may be left out, added, changed, or exchanged with its neighbour. What stands in quotes, holds anything but
    letters or has nothing near stays as it is.

    Args:
        reading: what is asked for.
        missing: its words that no file holds.
        terms: all terms that begin in some way.
        files: how many files hold a term.
    """
    quoted = {term for phrase in reading.phrases for term in phrase.terms}
    doubtful = (word for word in missing if word.term not in quoted and _correctable(word.term))
    mended: dict[str, Word] = {}
    for word in islice(doubtful, MAX_CORRECTIONS):
        near = ((_nearest(word, term), term) for term in terms(word.term[:SURE]) if _correctable(term))
        found = ((form.distance, -files(term), term, form.written) for form, term in near if form and files(term))
        for _, _, term, written in islice(sorted(found), 1):
            mended[word.term] = Word(term, written, word.times)
    used: dict[str, Word] = {}
    for word in (mended.get(word.term, word) for word in reading.words):
        used.setdefault(word.term, word)
    corrections = (
        Correction(term=word.written, used=mended[word.term].written) for word in reading.words if word.term in mended
    )
    return replace(reading, words=tuple(used.values())), tuple(corrections)


def _correctable(term: str) -> bool:
    return len(term) >= MIN_LENGTH and term.isalpha()


def _may_begin(written: str, term: str) -> bool:
    """Whether what was written can begin, but for a letter, with a term: a quick look, which spares most terms more."""
    same = _same_letters(written, term)
    return len(term) <= len(written) + 1 and term[same + 2 : -1] in written[same + 1 :]


def _one_apart(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    begin = _same_letters(one, other)
    left, right = one[begin:], other[begin:]
    if len(left) != len(right):
        return left[1:] == right or left == right[1:]
    return left[1:] == right[1:] or (left[:2] == right[1::-1] and left[2:] == right[2:])


def _same_letters(one: str, other: str) -> int:
    """How many letters two words begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


class _Form(NamedTuple):
    """A word of some term that is near to one that was written."""

    distance: int
    """0 where it is one letter away, 1 where only their stems are."""
    written: str


def _nearest(missing: Word, term: str) -> _Form | None:
    """The nearest word of a term; None where none is near.

    Of the words in files only the stems are known. What was written is compared with what they may be stems of, for a
    wrong letter in an ending can make another stem: *securty* is one of its own, *security* one of *secur*.
    """
    if not _may_begin(missing.written, term):
        return None
    stems = (term, term[:-1] + "y") if term.endswith("i") else (term,)
    for whole in (stem + ending for stem in stems for ending in _ENDINGS):
        if _one_apart(missing.written, whole) and term_of(whole) == term:
            return _Form(0, whole)
    return _Form(1, term) if _one_apart(missing.term, term) else None
