"""How text becomes terms: one reading for documents and for queries.

A word is folded (NFKC, then case) and stemmed, an irregular form (*went*) as its base (*go*), a British spelling as the
American one. Latin letters are read without accents; a word that has some is a further term as it is written, and a
query that writes them asks for that. A name that is written with dots, hyphens, underscores or capitals is a term as a
whole and in its parts, ``c++``, ``c#`` and ``.net`` keep what makes them names, and scripts that are written without
spaces are read as overlapping pairs of characters.
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

from memory_service.search.letters import ACCENTS, folded_word, plain_word
from memory_service.search.normal_form import normal
from memory_service.search.word_forms import AMERICAN, IRREGULAR

MAX_TERM = 64
"""Characters of a term; what is longer is known by its beginning, in documents and queries alike."""
MAX_STEMMED = 20
"""Letters of a word that is stemmed; longer ones are names, and stemming is what costs time."""
MAX_KNOWN = 200_000
"""Tokens, and pieces of tokens, whose terms are remembered: some 80 MB when full."""

# Marks that str.isalnum does not count but that belong to words: accents and vowel points, and the vowel signs of the
# Indic scripts. Written out, because ``re`` cannot ask for a Unicode category.
_MARKS = ACCENTS + "\u0900-\u0963\u0971-\u0df3\u0f71-\u0fbc"
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

_LANGUAGES = {
    "ARABIC": "arabic", "ARMENIAN": "armenian", "CYRILLIC": "russian", "DEVANAGARI": "hindi", "GREEK": "greek",
    "TAMIL": "tamil",
}  # fmt: skip
"""Script, as the names of its letters begin, → the language that words in it are stemmed as. One language each: of a
word of a query nobody knows more than its letters."""
_english = Stemmer("english", 0)  # 0: what it has stemmed is remembered here
_stemmers = {script: Stemmer(language, 0) for script, language in _LANGUAGES.items()}
_stemming = Lock()  # a stemmer keeps the word that it works on in itself


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
    return TOKEN.findall(normal(text))


class _Known(dict[str, tuple[tuple[str, ...], tuple[str, ...]]]):
    """What tokens were read as before: words and further terms. Faster than ``lru_cache``, and as bounded."""

    def __missing__(self, token: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        pieces = _pieces(token)
        if token.isascii():
            words, written = pieces.words, pieces.wholes
        else:
            words, written = list(map(plain_word, pieces.words)), [*chain(*pieces)]
        terms = tuple(map(term_of, words))
        found = terms, tuple(sorted(set(map(term_of, written)).difference(terms)))
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
    return folded_word(piece)[:MAX_TERM]


@lru_cache(maxsize=MAX_KNOWN)
def term_of(piece: str) -> str:
    """The term of a folded word."""
    if len(piece) > MAX_STEMMED:
        return piece
    if not piece.isascii():
        return (in_stemmed_script(piece) and _stem(piece, _stemmers[_script(piece)])) or piece
    if not piece.isalpha():
        return piece
    stem = _stem(IRREGULAR.get(piece, piece))
    stem = _AMERICAN.get(stem, stem)
    return stem[:-1] + "z" if _ISE.search(stem) else stem


def in_stemmed_script(term: str) -> bool:
    """Whether a term is the stem of words in another script than the Latin; these may begin in any way."""
    return not term.isascii() and _script(term) in _stemmers


def _script(word: str) -> str:
    return unicodedata.name(word[0], "").partition(" ")[0]


def _stem(word: str, stemmer: Stemmer = _english) -> str:
    with _stemming:
        return str(stemmer.stemWord(word))


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
