"""How text becomes terms: one reading for documents and for queries.

A word is folded (NFKC, then case) and stemmed. A name that is written with dots, hyphens, underscores or capitals is a
term as a whole and in its parts, ``c++``, ``c#`` and ``.net`` keep what makes them names, and scripts that are written
without spaces are read as overlapping pairs of characters.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from threading import Lock

from snowballstemmer import stemmer

MAX_TERM = 64
"""Characters of a term; what is longer is known by its beginning, in documents and queries alike."""

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
_PATTERN = r"(?:(?<![\w.])\.)?{0}+(?:(?:_+|[.-]){0}+)*(?:\+\+|\#(?![\w#]))?"
_TOKEN = re.compile(_PATTERN.format(_LETTER))
_ASCII_TOKEN = re.compile(_PATTERN.format("[A-Za-z0-9]"))
_JOINER = re.compile(r"[._-]+")
_CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UNSPACED_RUN = re.compile(rf"([{_UNSPACED}]+)")

_english = stemmer("english")
_english_lock = Lock()  # a stemmer keeps the word that it works on in itself


def terms(text: str) -> Iterator[tuple[str, int]]:
    """The terms of a document with their positions, which count words from 0; terms of one word share positions."""
    position = 0
    for token in _tokens(text):
        found, width = _read(token) if len(token) <= MAX_TERM else _read.__wrapped__(token)
        for term, offset in found:
            yield term, position + offset
        position += width


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


@lru_cache(maxsize=100_000)
def _read(token: str) -> tuple[tuple[tuple[str, int], ...], int]:
    pieces, width = _pieces(token, singles=True)
    return tuple(dict.fromkeys((_term(piece), offset) for piece, offset in pieces)), width


def _pieces(token: str, *, singles: bool) -> tuple[list[tuple[str, int]], int]:
    """The folded pieces of a token, each at the offset where it begins, and how many positions the token takes."""
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


def _term(piece: str) -> str:
    if not (piece.isascii() and piece.isalpha()):
        return piece
    with _english_lock:
        return str(_english.stemWord(piece))
