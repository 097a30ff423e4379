"""Words of a query that stand nowhere, read as words that differ from them by one letter."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice

from memory_service.domain.search import Correction
from memory_service.search.analysis import term_of
from memory_service.search.queries import Reading, Word

MIN_LENGTH = 4
"""Letters of a term that is corrected: shorter ones differ by one letter from too many."""
SURE = 2
"""Letters at the beginning of a term that are taken as right."""
MAX_CORRECTIONS = 4
"""Of one query: each costs a look through all terms that begin alike."""

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
        forms = {word.term, word.written}  # the stem of a word with a wrong ending may be wrong by more than a letter
        near = (
            term
            for term in terms(word.term[:SURE])
            if _correctable(term) and any(_one_apart(form, term) for form in forms)
        )
        count, term = min(((-files(term), term) for term in near), default=(0, ""))
        if count:
            mended[word.term] = Word(term, _written(word, term), word.times)
    used: dict[str, Word] = {}
    for word in (mended.get(word.term, word) for word in reading.words):
        used.setdefault(word.term, word)
    corrections = (
        Correction(term=word.written, used=mended[word.term].written) for word in reading.words if word.term in mended
    )
    return replace(reading, words=tuple(used.values())), tuple(corrections)


def _correctable(term: str) -> bool:
    return len(term) >= MIN_LENGTH and term.isalpha()


def _one_apart(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    begin = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(min(one, other)))
    left, right = one[begin:], other[begin:]
    if len(left) != len(right):
        return left[1:] == right or left == right[1:]
    return left[1:] == right[1:] or (left[:2] == right[1::-1] and left[2:] == right[2:])


def _written(missing: Word, term: str) -> str:
    """A term with the ending that the missing word was written with, where it is the term of such a word."""
    whole = term + missing.written.removeprefix(missing.term)
    return whole if term_of(whole) == term else term
