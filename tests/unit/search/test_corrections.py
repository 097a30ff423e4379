"""Words that stand nowhere, and what is looked for in their place."""

from collections import Counter

import pytest

from memory_service.domain.search import Correction
from memory_service.search.corrections import MAX_CORRECTIONS, corrected
from memory_service.search.queries import Word, understand

FILES = Counter({
    "walrus": 3, "complianc": 5, "complain": 9, "pricing-plan": 1, "price": 2, "fintech": 4, "café": 1, "memo": 1,
    "2026": 7, "disco": 2, "disc": 1, "gone": 0, "secur": 3, "handl": 2, "refer": 2, "referenc": 3, "plenti": 1,
    "gon": 0,
})  # fmt: skip


def mended(text: str) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
    reading = understand(text)
    looked: list[str] = []

    def terms(prefix: str) -> list[str]:
        looked.append(prefix)
        return [term for term in FILES if term.startswith(prefix)]

    missing = [word for word in reading.words if not FILES[word.term]]
    after, corrections = corrected(reading, missing, terms, FILES.__getitem__)
    assert len(looked) <= MAX_CORRECTIONS
    return after.terms, [(correction.term, correction.used) for correction in corrections]


@pytest.mark.parametrize(
    ("text", "term", "correction"),
    [
        ("walrs", "walrus", ("walrs", "walrus")),
        ("wallrus", "walrus", ("wallrus", "walrus")),
        ("walrux", "walrus", ("walrux", "walrus")),
        ("walrsu", "walrus", ("walrsu", "walrus")),
        ("FINTEHC", "fintech", ("fintehc", "fintech")),
        ("complience", "complianc", ("complience", "compliance")),
        ("cafè", "café", ("cafè", "café")),
        ("diso", "disco", ("diso", "disco")),
        ("securty", "secur", ("securty", "security")),
        ("handlng", "handl", ("handlng", "handling")),
        ("refrence", "refer", ("refrence", "reference")),
        ("refrences", "refer", ("refrences", "references")),
        ("plentty", "plenti", ("plentty", "plenty")),
    ],
)
def test_a_word_is_corrected_by_one_letter(text: str, term: str, correction: tuple[str, str]) -> None:
    assert mended(text) == ((term,), [correction])


@pytest.mark.parametrize(
    "text",
    ["awlrus", "xalrus", "wlrs", "waalruss", "mem", "2027", "pricing-plam", '"walrs"', "gond", "walrus", "zebra"],
)
def test_what_is_far_short_no_word_or_quoted_stays_as_it_is(text: str) -> None:
    assert mended(text) == (understand(text).terms, [])


def test_a_correction_meets_a_word_that_was_asked_for_anyway() -> None:
    assert mended("walrus walrs fintech") == (("walrus", "fintech"), [("walrs", "walrus")])


def test_only_so_many_words_are_looked_at() -> None:
    text = " ".join(f"zebra{letter}x" for letter in "abcdefgh") + " walrs"
    assert mended(text) == (understand(text).terms, [])


def test_a_corrected_word_keeps_how_often_it_was_asked_for() -> None:
    reading = understand("walrs walrs")
    after, corrections = corrected(reading, reading.words, lambda _: FILES, FILES.__getitem__)
    assert after.words == (Word("walrus", "walrus", 2),)
    assert corrections == (Correction(term="walrs", used="walrus"),)
