"""Text in a Unicode normal form, in a time that grows with its length.

Python sorts the marks that stand on one letter in a time that grows with the square of their number, and lets no other
thread run meanwhile: a file of marks would stop the whole server for minutes. So of characters that join, those after
the first ``MAX_JOINED`` are read as if another text began (UAX 15, section 13, allows 30 of them in any text).
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, TypeAlias

MAX_JOINED = 1000

Form: TypeAlias = Literal["NFC", "NFD", "NFKC"]


def normal(text: str, form: Form = "NFKC") -> str:
    """A text in a normal form."""
    if len(text) <= MAX_JOINED or unicodedata.is_normalized(form, text):
        return unicodedata.normalize(form, text)
    return "".join(unicodedata.normalize(form, text[begin:end]) for begin, end in _stretches(text))


def clusters(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Stretches of characters each of which is normalised by itself, as short as can be."""
    begin = start
    for place in range(start + 1, end):
        if place - begin == MAX_JOINED or not _joins(text[place]):
            yield begin, place
            begin = place
    yield begin, end


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """Stretches of characters each of which is normalised by itself, as long as may be."""
    begin = 0
    while begin < len(text):
        end = farthest = begin + MAX_JOINED
        while begin < end < len(text) and _joins(text[end]):
            end -= 1
        end = end if end > begin else farthest
        yield begin, end
        begin = end


@lru_cache(maxsize=10_000)
def _joins(char: str) -> bool:
    """Whether a character can become one with what stands before it: a mark, or a later part of a Hangul syllable."""
    first = unicodedata.normalize("NFKD", char)[0]
    return unicodedata.category(first)[0] == "M" or "\u1160" <= first <= "\u11ff"
