"""How text becomes terms: one reading for documents and for queries.

A word is folded (NFKC, then case) and stemmed, an irregular form (*went*) as its base (*go*), a British spelling as the
American one. A name that is written with dots, hyphens, underscores or capitals is a term as a whole and in its parts,
``c++``, ``c#`` and ``.net`` keep what makes them names, and scripts that are written without spaces are read as
overlapping pairs of characters.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import add, itemgetter
from threading import Lock
from typing import NamedTuple

from Stemmer import Stemmer

from memory_service.search.word_forms import AMERICAN, IRREGULAR

MAX_TERM = 64
"""Characters of a term; what is longer is known by its beginning, in documents and queries alike."""
MAX_STEMMED = 20
"""Letters of a word that is stemmed; longer ones are names, and stemming is what costs time."""
MAX_KNOWN = 200_000
"""Tokens, and pieces of tokens, whose terms are remembered: some 80 MB when full."""

# Marks that str.isalnum does not count but that belong to words: combining accents, Hebrew and Arabic vowel points,
# and the vowel signs of the Indic scripts. Written out, because ``re`` cannot ask for a Unicode category.
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0971-\u0df3\u0f71-\u0fbc"
)
# Thai, Lao, Burmese, Khmer, Kana, Bopomofo, Hangul and Han.
_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u1049\u1100-\u11ff\u1780-\u17d3\u3005-\u3007\u3041-\u312f\u3131-\u318e"
    "\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7fb\uf900-\ufaff\U00020000-\U0003ffff"
)
_LETTER = rf"(?:[^\W_]|[{_MARKS}{_UNSPACED}])"
# A dot before a name belongs to it (.net) where the name begins a word. Possessive: nothing here is worth a second try.
_PATTERN = r"(?:{0}|(?<![^\s(\[{{\"'`/*])\.{0}){0}*+(?:(?:_++|[.-]){0}++)*+(?:\+\+|\#(?![\w#]))?"
TOKEN = re.compile(_PATTERN.format(_LETTER))
ASCII_TOKEN = re.compile(_PATTERN.format("[A-Za-z0-9]"))
_JOINER = re.compile(r"[._-]+")
_CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
UNSPACED_RUN = re.compile(rf"([{_UNSPACED}]+)")

_english = Stemmer("english", 0)  # 0: what it has stemmed is remembered here
_english_lock = Lock()  # a stemmer keeps the word that it works on in itself


def read(text: str) -> tuple[list[str], list[str]]:
    """The words of a text, in order, and its further terms: names as a whole, and pairs of characters."""
    found = list(map(_known.__getitem__, _tokens(text)))
    return list(chain.from_iterable(map(_first, found))), list(chain.from_iterable(map(_second, found)))


def terms_of(token: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of one token and its further terms, as ``read`` gives them for a text."""
    return _known[token]


def read_query(text: str) -> Iterator[tuple[str, str]]:
    """The terms that a text asks for, each with the word that it was written as.

    A single character of an unspaced script is asked for only where no pair of characters says it better.
    """
    for token in _tokens(text):
        pieces = _pieces(token)
        paired = "".join(pieces.pairs)
        for piece in chain(pieces.words, pieces.pairs, pieces.wholes):
            if not (len(piece) == 1 and piece in paired):
                yield piece, term_of(piece)


def _tokens(text: str) -> list[str]:
    if text.isascii():
        return ASCII_TOKEN.findall(text)
    return TOKEN.findall(unicodedata.normalize("NFKC", text))


class _Known(dict[str, tuple[tuple[str, ...], tuple[str, ...]]]):
    """What tokens were read as before: words and further terms. Faster than ``lru_cache``, and as bounded."""

    def __missing__(self, token: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        pieces = _pieces(token)
        words = tuple(map(term_of, pieces.words))
        further = {term_of(piece) for piece in (*pieces.pairs, *pieces.wholes)}.difference(words)
        found = words, tuple(sorted(further))
        if len(self) >= MAX_KNOWN:
            self.clear()
        if len(token) <= MAX_TERM:
            self[token] = found
        return found


_known = _Known()
_first, _second = itemgetter(0), itemgetter(1)


class _Pieces(NamedTuple):
    """What a token is made of, folded."""

    words: Sequence[str]
    """Its parts in order; of an unspaced script, each character."""
    pairs: Sequence[str] = ()
    wholes: Sequence[str] = ()


def _pieces(token: str) -> _Pieces:
    if token.isascii() and token.isalnum() and (token.islower() or not _CAPITALS.search(token)):
        return _Pieces([_fold(token)])  # nearly always; what follows comes to the same, more slowly
    words: list[str] = []
    pairs: list[str] = []
    wholes = [] if token.isalnum() else [token]
    for name in _JOINER.split(token.rstrip("+#").lstrip(".")):
        parts = _CAPITALS.split(name)
        wholes += [name] if len(parts) > 1 else []
        runs = parts if name.isascii() else chain.from_iterable(map(UNSPACED_RUN.split, parts))
        for run in runs:
            if not run.isascii() and UNSPACED_RUN.fullmatch(run):
                words += run
                pairs += map(add, run, run[1:])
            elif run:
                words.append(run)
    return _Pieces(*(list(map(_fold, pieces)) for pieces in (words, pairs, wholes)))


def _fold(piece: str) -> str:
    folded = piece.casefold()
    return (folded if folded.isascii() else unicodedata.normalize("NFKC", folded))[:MAX_TERM]


@lru_cache(maxsize=MAX_KNOWN)
def term_of(piece: str) -> str:
    """The term of a folded word."""
    if not (piece.isascii() and piece.isalpha() and len(piece) <= MAX_STEMMED):
        return piece
    stem = _stem(IRREGULAR.get(piece, piece))
    stem = _AMERICAN.get(stem, stem)
    return stem[:-1] + "z" if _ISE.search(stem) else stem


def _stem(word: str) -> str:
    with _english_lock:
        return str(_english.stemWord(word))


_AMERICAN = {_stem(british): _stem(american) for british, american in AMERICAN.items()}
_ISE = re.compile(r"...[iy]s$")
"""Stems of *organise* and *analyse* end like this; off *this*, *basis* or *analysis* the stemmer takes the last *s*."""


def _by_term(words: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for word, base in words.items():
        found[term_of(base)] = (*found.get(term_of(base), ()), word)
    return found


BRITISH = _by_term(_AMERICAN)
"""Term → stems of British spellings that are read as it."""
FORMS = _by_term(IRREGULAR)
"""Term → irregular forms that are read as it."""
