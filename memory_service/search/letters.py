"""Which letters are one: upper and lower case, ligatures and what they join, letters with accents and without."""

import re

from memory_service.search.normal_form import normal

ACCENTS = "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
"""Accents, and the vowel points of Hebrew and Arabic, as a class of ``re``. (Vowel signs of Indic scripts are none: no
word is written without them.)"""

_ACCENT = re.compile(rf"[{ACCENTS}](?<!и\u0306)")  # й is a letter of its own
_STROKED = re.compile("[łøđðıħŧ]")
_STROKES = str.maketrans("łøđðıħŧ", "loddiht")
"""Letters that nobody takes the accent off by decomposition, but everybody by typing."""
_LATIN = re.compile("[a-zß-ɏḀ-ỿ]")


def folded(text: str) -> str:
    """A text without upper case and ligatures: of each character one or more."""
    return text.casefold().replace("æ", "ae").replace("œ", "oe")


def plain(text: str) -> str:
    """A folded text without accents and vowel points: of each character one or none, of a text in normal form KC."""
    if text.isascii():
        return text
    apart = normal(text, "NFD")
    bare = _ACCENT.sub("", apart)
    found = text if bare == apart else normal(bare, "NFC")
    return found.translate(_STROKES) if _STROKED.search(found) else found


def folded_word(word: str) -> str:
    """A word without what no reader takes for another word.

    Latin letters keep their accents: *résumé* and *resume* are two words, which a search may tell apart or not. The dot
    of a Turkish capital is none.
    """
    if word.isascii():
        return word.lower()
    found = normal(folded(word)).replace("i\u0307", "i")
    return found if _LATIN.search(found) else plain_word(found)


def plain_word(word: str) -> str:
    """A folded word without accents and vowel points, unless it is made of nothing else."""
    return plain(word) or word
