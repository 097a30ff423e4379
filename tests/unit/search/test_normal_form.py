"""Text in a normal form: as the standard has it, and in a time that grows with its length."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from memory_service.search.analysis import read
from memory_service.search.normal_form import MAX_JOINED, normal

MARKS = "\u0301\u0323"
"""Two marks that are not in the order of the normal form."""
CHARACTERS = st.sampled_from(
    ["a", " ", "e\u0301", MARKS, "\u1112\u1161\u11ab", "ｶ", "\uff9e", "ﷺ", "日", "\n", "\u0344"]
)


@given(st.lists(st.tuples(CHARACTERS, st.integers(1, 400)), max_size=12))
@example([("\u1112\u1161\u11ab", MAX_JOINED), ("e\u0301", MAX_JOINED)])
@settings(max_examples=200, deadline=None)
def test_a_text_of_any_length_is_normalised_as_a_whole(runs: list[tuple[str, int]]) -> None:
    text = "a".join(piece * times for piece, times in runs)
    assert normal(text) == unicodedata.normalize("NFKC", text)
    assert normal(text, "NFD") == unicodedata.normalize("NFD", text)
    assert normal(text, "NFC") == unicodedata.normalize("NFC", text)


def test_of_characters_that_join_too_many_are_another_text() -> None:
    text = "a" + MARKS * MAX_JOINED + " walrus"
    assert len(normal(text)) == len(unicodedata.normalize("NFKC", text))
    assert read(text)[0][-1] == "walrus"


@pytest.mark.parametrize("before", ["", "a", "日", "A "])
@pytest.mark.parametrize("marks", [MARKS, "\u20d0\u20d3"], ids=ascii)
def test_a_megabyte_of_marks_is_read_in_no_time(before: str, marks: str) -> None:
    read(before + marks * 250_000)  # a time that grows with the square of it would pass the time limit
