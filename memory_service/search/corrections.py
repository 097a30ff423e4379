"""What of a query stands nowhere, and what is looked for in its place.

A word is read as one that differs from it by a letter, and a phrase as its words where the query says more than it.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple, Protocol

from memory_service.domain.search import Correction, Hit
from memory_service.search.analysis import BRITISH, term_of
from memory_service.search.letters import plain
from memory_service.search.queries import Reading, Word, missing_phrases, only_phrases
from memory_service.search.word_forms import IRREGULAR

MIN_LENGTH = 4
"""Letters of a term that is corrected: shorter ones differ by one letter from too many."""
SURE = 2
"""Letters at the beginning of a term that are taken as right."""
MAX_CORRECTIONS = 4
"""Of one query: each costs a look through all terms that begin alike."""
MAX_ALIKE = 20_000
"""Terms that are looked at for one word, a tenth of a second. Where more begin alike, further letters are taken as
right, so that nobody can keep a server busy with words that are made to begin so."""

_ENDINGS = (
    *("", "e", "s", "es", "ed", "ing", "er", "ers", "ion", "ions", "ation", "ations", "ity", "ities", "ment", "ments"),
    *("ence", "ences", "ance", "ances", "ent", "ant", "al", "able", "ible", "ive", "ous", "ism", "ize", "ness", "ly"),
)
"""Endings that the English stemmer takes off, those first that are rather meant where several would do."""

Mended = tuple[Reading, tuple[Correction, ...]]


class Vocabulary(Protocol):
    """The terms of an index."""

    def terms(self, prefix: str) -> Iterable[str]:
        """All terms that begin in some way."""

    def files_with(self, term: str) -> int:
        """How many files hold a term."""

    def example(self, term: str) -> Hit:
        """The best hit for a term that some file holds, in all files: matched by the term."""


def mended(reading: Reading, held: Sequence[int], vocabulary: Vocabulary) -> Mended:
    """A reading in which something else is asked for in the place of what stands nowhere, and what that is.

    A phrase is read as its words, where there are others besides. A word is replaced by that which most files hold of
    the words one letter away: a letter may be left out, added, changed, or exchanged with its neighbour. A word with
    accents is rather read without them. What stands in quotes, holds anything but letters or has nothing near stays as
    it is.

    ``held`` is how many files hold each of the words, then each phrase.
    """
    if all(held):
        return reading, ()
    reading, unquoted = _unquoted(reading, held)
    missing = (word for word, files in zip(reading.words, held, strict=False) if not files)
    reading, corrections = _corrected(reading, missing, vocabulary)
    return reading, unquoted + corrections


def _unquoted(reading: Reading, held: Sequence[int]) -> Mended:
    missing = [] if only_phrases(reading) else missing_phrases(reading, held)
    kept = tuple(phrase for phrase in reading.phrases if phrase not in missing)
    corrections = (Correction(term=f'"{phrase.written}"', used=phrase.written) for phrase in missing)
    return replace(reading, phrases=kept), tuple(corrections)


def _corrected(reading: Reading, missing: Iterable[Word], vocabulary: Vocabulary) -> Mended:
    quoted = {term for phrase in reading.phrases for term in phrase.terms}
    doubtful = (word for word in missing if word.term not in quoted and (_correctable(word.term) or _accented(word)))
    meant = {
        word.term: near
        for word in islice(doubtful, MAX_CORRECTIONS)
        if (near := _bare(word, vocabulary) or _near(word, vocabulary))
    }
    used: dict[str, Word] = {}
    for word in (meant.get(word.term, word) for word in reading.words):
        used.setdefault(word.term, word)
    corrections = (
        Correction(term=word.written, used=near.written, example=vocabulary.example(near.term))
        for word in reading.words
        if (near := meant.get(word.term))
    )
    return replace(reading, words=tuple(used.values())), tuple(corrections)


def _accented(word: Word) -> bool:
    return plain(word.written) != word.written


def _bare(missing: Word, vocabulary: Vocabulary) -> Word | None:
    """A word without its accents, if some file has it."""
    written = plain(missing.written)
    term = term_of(written)
    return Word(term, written, missing.times) if vocabulary.files_with(term) else None


def _near(missing: Word, vocabulary: Vocabulary) -> Word | None:
    """The word that is meant, if one is near."""
    if not _correctable(missing.term):
        return None
    begin = missing.term[:SURE]
    forms = ((_nearest(missing, term), term) for term in _alike(missing.term, vocabulary) if _correctable(term))
    near = [(form.distance, form.written, term) for form, term in forms if form]
    near += [
        (0, form, term_of(base))
        for form, base in IRREGULAR.items()
        if form.startswith(begin) and one_apart(missing.written, form)
    ]
    found = ((distance, -vocabulary.files_with(term), term, written) for distance, written, term in near)
    return next((Word(term, written, missing.times) for _, files, term, written in sorted(found) if files), None)


def _alike(term: str, vocabulary: Vocabulary) -> Collection[str]:
    """The terms that begin like one, in no more letters than leave few enough to look at."""
    beginnings = (term[:letters] for letters in range(SURE, len(term)))
    found = (tuple(islice(vocabulary.terms(beginning), MAX_ALIKE + 1)) for beginning in beginnings)
    return next((terms for terms in found if len(terms) <= MAX_ALIKE), ())


def _correctable(term: str) -> bool:
    return len(term) >= MIN_LENGTH and term.isalpha()


def _may_begin(written: str, term: str) -> bool:
    """Whether what was written can begin, but for a letter, with a term: a quick look, which spares most terms more."""
    same = _same_letters(written, term)
    return len(term) <= len(written) + 1 and term[same + 2 : -1] in written[same + 1 :]


def one_apart(one: str, other: str) -> bool:
    """Whether two words differ by one letter: left out, added, changed, or exchanged with its neighbour."""
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
    for whole in (stem + ending for stem in _stems(term) for ending in _ENDINGS):
        if one_apart(missing.written, whole) and term_of(whole) == term:
            return _Form(0, whole)
    return _Form(1, term) if one_apart(missing.term, term) else None


def _stems(term: str) -> Iterator[str]:
    """What words of a term may begin with that go on with an ending."""
    yield term
    yield from BRITISH.get(term, ())
    if term.endswith("i"):
        yield term[:-1] + "y"
    if term.endswith("e"):
        yield term[:-1]
    if term.endswith("z"):
        yield term[:-1] + "s"
