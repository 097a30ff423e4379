"""How text becomes terms: one reading for documents and for queries.

A word is folded (NFKC, then case) and stemmed. A name that is written with dots, hyphens, underscores or capitals is a
term as a whole and in its parts, ``c++``, ``c#`` and ``.net`` keep what makes them names, and scripts that are written
without spaces are read as overlapping pairs of characters.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from threading import Lock

from snowballstemmer import stemmer

MAX_TERM = 64
"""Characters of a term; what is longer is known by its beginning, in documents and queries alike."""
MAX_STEMMED = 20
"""Letters of a word that is stemmed; longer ones are names, and stemming is what costs time."""
MAX_KNOWN = 100_000
"""Tokens, and pieces of tokens, whose terms are remembered: some 40 MB when full."""

# Marks that str.isalnum does not count but that belong to words: combining accents, Hebrew and Arabic vowel points,
# and the vowel signs of the Indic scripts. Written out, because ``re`` cannot ask for a Unicode category.
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0971-\u0df3\u0f71-\u0fbc"
)
# Thai, Lao, Burmese, Khmer, Kana, Bopomofo, Hangul and Han.
_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u1049\u1100-\u11ff\u1780-\u17d3\u3005-\u3007\u3041-\u312f\u3131-\u318e"
    "\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7fb\uf900-\ufaff\U00020000-\U0003ffff"
)
_LETTER = rf"(?:[^\W_]|[{_MARKS}{_UNSPACED}])"
# A dot before a name belongs to it (.net) where the name begins a word. Possessive: nothing here is worth a second try.
_PATTERN = r"(?:{0}|(?<![^\s(\[{{\"'`/*])\.{0}){0}*+(?:(?:_++|[.-]){0}++)*+(?:\+\+|\#(?![\w#]))?"
_TOKEN = re.compile(_PATTERN.format(_LETTER))
_ASCII_TOKEN = re.compile(_PATTERN.format("[A-Za-z0-9]"))
_JOINER = re.compile(r"[._-]+")
_CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UNSPACED_RUN = re.compile(rf"([{_UNSPACED}]+)")

_english = stemmer("english")
_english_lock = Lock()  # a stemmer keeps the word that it works on in itself


def read(text: str, first: int = 0) -> tuple[dict[str, list[int]], int]:
    """The terms of a text, each with the positions where it stands, in order; and the position after the last word.

    Positions count words, beginning at ``first``; a name as a whole shares the position of its first part.
    """
    places: dict[str, list[int]] = defaultdict(list)
    position = first
    for token in _tokens(text):
        found, width = _known[token]
        for term, offset in found:
            places[term].append(position + offset)
        position += width
    return places, position


def words(text: str) -> Iterator[tuple[str, str, int]]:
    """The words of a query as they were written but folded, each with its term and position.

    A query for one character of an unspaced script finds it anywhere; in a longer run the pairs alone say it better.
    """
    position = 0
    for token in _tokens(text):
        pieces, width = _pieces(token, singles=False)
        for piece, offset in pieces:
            yield piece, _term(piece), position + offset
        position += width


def _tokens(text: str) -> list[str]:
    if text.isascii():
        return _ASCII_TOKEN.findall(text)
    return _TOKEN.findall(unicodedata.normalize("NFKC", text))


class _Known(dict[str, tuple[tuple[tuple[str, int], ...], int]]):
    """What tokens were read as before: terms with offsets, and width. Faster than ``lru_cache``, and as bounded."""

    def __missing__(self, token: str) -> tuple[tuple[tuple[str, int], ...], int]:
        pieces, width = _pieces(token, singles=True)
        found = tuple(dict.fromkeys((_term(piece), offset) for piece, offset in pieces)), width
        if len(self) >= MAX_KNOWN:
            self.clear()
        if len(token) <= MAX_TERM:
            self[token] = found
        return found


_known = _Known()


def _pieces(token: str, *, singles: bool) -> tuple[list[tuple[str, int]], int]:
    """The folded pieces of a token, each at the offset where it begins, and how many positions the token takes."""
    if token.isascii() and token.isalnum() and not _CAPITALS.search(token):
        return [(_fold(token), 0)], 1  # nearly always; the rest comes to the same, more slowly
    pieces: list[tuple[str, int]] = []
    width = 0
    for name in _JOINER.split(token.rstrip("+#").lstrip(".")):
        start = width
        for part in _CAPITALS.split(name):
            for run in filter(None, _UNSPACED_RUN.split(part)):
                pieces += [(piece, width + offset) for piece, offset in _run(run, singles=singles)]
                width += len(run) if _UNSPACED_RUN.fullmatch(run) else 1
        if width > start + 1 and not _UNSPACED_RUN.search(name):
            pieces.append((name, start))
    if not token.isalnum() and (token, 0) not in pieces:
        pieces.append((token, 0))
    return [(_fold(piece), offset) for piece, offset in pieces], width


def _run(run: str, *, singles: bool) -> Iterator[tuple[str, int]]:
    if not _UNSPACED_RUN.fullmatch(run):
        yield run, 0
        return
    for offset in range(len(run)):
        if singles or len(run) == 1:
            yield run[offset], offset
        if offset + 1 < len(run):
            yield run[offset : offset + 2], offset


def _fold(piece: str) -> str:
    folded = piece.casefold()
    return (folded if folded.isascii() else unicodedata.normalize("NFKC", folded))[:MAX_TERM]


@lru_cache(maxsize=MAX_KNOWN)
def _term(piece: str) -> str:
    if not (piece.isascii() and piece.isalpha() and len(piece) <= MAX_STEMMED):
        return piece
    with _english_lock:
        return str(_english.stemWord(piece))
