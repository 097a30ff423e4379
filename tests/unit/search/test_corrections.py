"""What stands nowhere, and what is looked for in its place."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from memory_service.domain.ids import BlobId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import Correction, Hit
from memory_service.search import corrections
from memory_service.search.corrections import MAX_CORRECTIONS
from memory_service.search.queries import Reading, Word, understand

FILES = Counter({
    "walrus": 3, "complianc": 5, "complain": 9, "pricing-plan": 1, "price": 2, "fintech": 4, "café": 1, "memo": 1,
    "2026": 7, "disco": 2, "disc": 1, "gone": 0, "secur": 3, "handl": 2, "refer": 2, "referenc": 3, "plenti": 1,
    "gon": 0, "buy": 2, "bough": 1, "teach": 1, "organiz": 4, "color": 2, "catalog": 1, "analyz": 1,
})  # fmt: skip


class Terms:
    """The terms of ``FILES``."""

    def __init__(self) -> None:
        self.looked: list[str] = []

    def terms(self, prefix: str) -> list[str]:
        self.looked.append(prefix)
        return [term for term in FILES if term.startswith(prefix)]

    def files_with(self, term: str) -> int:
        return FILES[term]

    def example(self, term: str) -> Hit:
        assert FILES[term]
        return Hit(
            path=MemoryPath("/a.md"),
            blob=BlobId("0" * 40),
            updated_at=datetime(2026, 1, 1, tzinfo=UTC),
            score=1,
            title=None,
            heading=None,
            start_line=1,
            end_line=1,
            matched=(term,),
        )


def read(text: str, *phrases: str) -> tuple[Reading, tuple[Correction, ...]]:
    """A text as it is read after all, where files hold some phrases and some words."""
    reading, vocabulary = understand(text), Terms()
    held = [FILES[word.term] for word in reading.words] + [phrase.written in phrases for phrase in reading.phrases]
    after = corrections.mended(reading, held, vocabulary)
    assert len(vocabulary.looked) <= MAX_CORRECTIONS
    return after


def mended(text: str) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
    after, found = read(text)
    return after.terms, [(correction.term, correction.used) for correction in found]


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
        ("pricng", "price", ("pricng", "pricing")),
        ("refrence", "refer", ("refrence", "reference")),
        ("refrences", "refer", ("refrences", "references")),
        ("plentty", "plenti", ("plentty", "plenty")),
        ("bougth", "buy", ("bougth", "bought")),
        ("taugth", "teach", ("taugth", "taught")),
        ("organisaton", "organiz", ("organisaton", "organisation")),
        ("organizaton", "organiz", ("organizaton", "organization")),
        ("analised", "analyz", ("analised", "analysed")),
        ("colurs", "color", ("colurs", "colors")),
        ("cataloguez", "catalog", ("cataloguez", "catalogue")),
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
    after, found = read("walrs walrs")
    assert after.words == (Word("walrus", "walrus", 2),)
    assert found == (Correction(term="walrs", used="walrus"),)


def test_a_correction_names_a_section_in_which_its_word_stands() -> None:
    ((_, (correction,)), (_, (phrase,))) = read("complience"), read('"walrus fintech" complain')
    assert correction.example
    assert correction.example.matched == ("complianc",)
    assert phrase.example is None


@pytest.mark.parametrize(
    ("text", "phrases", "told"),
    [
        ('walrus "fintech complain"', ["fintech complain"], []),
        ('walrus "fintech complain"', [], [('"fintech complain"', "fintech complain")]),
        ('fintech "walrus" complain', [], [('"walrus"', "walrus")]),
        ('the "fintech complain"', ["fintech complain"], []),
        ('"fintech complain" "walrus"', ["fintech complain", "walrus"], []),
        ('memo "walrus" «Fintech  complain»', ["walrus"], [('"Fintech complain"', "Fintech complain")]),
        ('memo "walrs price"', [], [('"walrs price"', "walrs price"), ("walrs", "walrus")]),
    ],
)
def test_a_phrase_that_stands_nowhere_is_read_as_its_words_where_there_are_others(
    text: str, phrases: list[str], told: list[tuple[str, str]]
) -> None:
    after, found = read(text, *phrases)
    assert [(correction.term, correction.used) for correction in found] == told
    assert [phrase.written for phrase in after.phrases] == phrases
    assert len(after.words) == len(understand(text).words)


@pytest.mark.parametrize(
    "text", ['"walrus fintech"', 'what is "walrus fintech"', '"walrus" "memo"', 'memo "walrus memo"']
)
def test_a_query_for_nothing_but_phrases_is_taken_at_its_word(text: str) -> None:
    assert read(text) == (understand(text), ())


def test_where_very_many_words_begin_alike_more_letters_are_taken_as_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corrections, "MAX_ALIKE", 2)
    assert len(Terms().terms("co")) > 2 >= len(Terms().terms("com"))
    assert mended("complyance")[1] == [("complyance", "compliance")]
    assert mended("copmliance")[1] == []  # the third letter is taken as right
    monkeypatch.setattr(corrections, "MAX_ALIKE", 0)
    assert mended("walrs")[1] == []
