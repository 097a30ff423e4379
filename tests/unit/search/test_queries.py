"""How the text of a query is understood."""

import pytest

from memory_service.search.queries import MAX_PHRASES, MAX_TERMS, MAX_TIMES, MAX_TOLD, understand
from memory_service.search.stop_words import STOP_WORDS


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("What is the ideal customer?", ("ideal", "custom")),
        ("foxes fox FOX", ("fox",)),
        ("the", ("the",)),
        ("How many kinds of walrus did Max mention?", ("walrus", "max")),
        ("how many kinds", ("how", "mani", "kind")),
        ("what is it", ("what", "is", "it")),
        ("who's don't", ("don",)),
        ("C++ or c#", ("c", "c++", "c#")),
        ("a AND b NOT c", ("b", "c")),
        ("-beta +gamma path:x *", ("beta", "gamma", "path", "x")),
        ("日本語", ("日本", "本語")),
        ("", ()),
        ("!? \x00 🚀", ()),
    ],
)
def test_plain_words(text: str, terms: tuple[str, ...]) -> None:
    reading = understand(text)
    assert (reading.terms, reading.phrases) == (terms, ())


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ('"red foxes"', [("red", "fox")]),
        ('say "red fox" or "the end" now', [("red", "fox"), ("the", "end")]),
        ('"one"', [("one",)]),
        ('"a "b" c"', [("a",), ("c",)]),
        ("“red fox” and «the end» and „so“", [("red", "fox"), ("the", "end"), ("so",)]),
        ('"red fox', []),
        ("'red fox'", []),
        ('""', []),
        ('"!?"', []),
        ('"x" "x"', [("x",)]),
        ('"日本語"', [("日", "本", "語")]),
    ],
)
def test_phrases_in_balanced_quotes(text: str, phrases: list[tuple[str, ...]]) -> None:
    assert [phrase.words for phrase in understand(text).phrases] == phrases


def test_a_phrase_asks_for_the_names_that_it_writes_whole() -> None:
    (phrase,) = understand('"the memory_search tool"').phrases
    assert phrase.words == ("the", "memori", "search", "tool")
    assert phrase.terms == ("the", "memori", "search", "tool", "memory_search")


def test_words_in_quotes_are_searched_too() -> None:
    assert understand('"the red" fox').terms == ("red", "fox")


def test_a_word_that_is_said_twice_counts_twice() -> None:
    reading = understand("red foxes and a fox " + "walrus " * 1000)
    assert [(word.term, word.written, word.times) for word in reading.words] == [
        ("red", "red", 1), ("fox", "foxes", 2), ("walrus", "walrus", MAX_TIMES),
    ]  # fmt: skip
    assert understand('fox fox "red fox"').times == (3, 1, 1)


def test_so_many_terms_and_no_more_are_looked_at() -> None:
    reading = understand(" ".join(f"word{number}" for number in range(1000)))
    assert reading.terms == tuple(f"word{number}" for number in range(MAX_TERMS))


def test_a_phrase_is_told_as_it_was_written_up_to_a_length() -> None:
    assert [phrase.written for phrase in understand('"The  Red\nFOX" „Füchse“').phrases] == ["The Red FOX", "Füchse"]
    assert [phrase.written for phrase in understand('"red fox" "Red Foxes"').phrases] == ["red fox"]
    assert len(understand(f'"{"fox " * 100}"').phrases[0].written) == MAX_TOLD


def test_so_many_phrases_have_to_match_and_further_ones_are_words_only() -> None:
    reading = understand(" ".join(f'"word{number}"' for number in range(MAX_PHRASES + 10)))
    assert [phrase.words for phrase in reading.phrases] == [(f"word{number}",) for number in range(MAX_PHRASES)]
    assert len(reading.terms) == MAX_PHRASES + 10


def test_stop_words_are_folded_words() -> None:
    assert len(STOP_WORDS) > 100
    assert all(word == word.casefold() and word.isalpha() for word in STOP_WORDS)
