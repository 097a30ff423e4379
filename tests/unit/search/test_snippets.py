"""The few words that tell why a section was found."""

import pytest

from memory_service.search import snippets
from memory_service.search.analysis import read
from memory_service.search.snippets import MAX_SNIPPET


def snippet(content: str, lines: tuple[int, int], terms: list[str]) -> str:
    return snippets.snippet(content, lines, terms).text


def wanted(text: str) -> list[str]:
    return [*read(text)[0], *read(text)[1]]


def test_the_lines_with_most_distinct_terms_are_told() -> None:
    filler = "\n".join(["walrus walrus walrus " * 4] * 5)
    content = f"{filler}\nA red fox met a walrus.\n{filler}"
    assert "A red fox met a walrus." in snippet(content, (1, 11), wanted("red foxes walrus"))


def test_of_equal_places_the_first_is_told() -> None:
    lines = [f"The walrus number {number} sleeps. {'z' * 200}" for number in range(4)]
    assert snippet("\n".join(lines), (1, 4), wanted("walrus")).startswith("The walrus number 0")


def test_neighbouring_lines_come_along_while_there_is_room() -> None:
    content = "# Fox\n\nThe red fox.\nIt sleeps.\n" + "x" * 300
    assert snippet(content, (1, 5), wanted("red fox")) == "The red fox.\nIt sleeps."


def test_a_heading_is_told_with_the_beginning_of_a_long_line_below_it() -> None:
    content = "# Fox\n\n## The red fox\n\n" + "It sleeps all day long. " * 20
    found = snippet(content, (3, 5), wanted("red fox"))
    assert found.startswith("## The red fox\n\nIt sleeps all day")
    assert MAX_SNIPPET - len("sleeps ") < len(found) <= MAX_SNIPPET


def test_of_equal_places_that_in_the_text_is_told_before_front_matter() -> None:
    front = "---\ntitle: The red fox\ntags: [red, fox, den]\n---\n"
    text = "Far from here. " * 30 + "There the red dog meets a fox."
    assert "the red dog meets a fox" in snippet(front + text, (1, 5), wanted("red fox"))
    assert snippet(front + text, (1, 5), wanted("red fox den")).startswith("tags: [red, fox, den]")
    assert snippet(front + text, (1, 5), wanted("absent")).startswith("Far from here.")
    assert snippet(front, (1, 4), wanted("absent")) == front.strip()


def test_only_the_lines_of_the_section_are_told() -> None:
    assert snippet("fox one\nfox two\nfox three\n", (2, 2), wanted("fox")) == "fox two"


@pytest.mark.parametrize("place", [0, 100, 2_000, 5_000])
def test_a_long_line_is_cut_around_what_was_found(place: int) -> None:
    line = "filler " * 1_000
    content = line[: place * 7 // 7] + " needle " + line[place:]
    found = snippet(content, (1, 1), wanted("needle"))
    assert "needle" in found
    assert found in content
    assert len(found) <= MAX_SNIPPET


def test_a_line_without_spaces_is_cut_too() -> None:
    content = "漢字" * 2_000 + "日本語" + "仮名" * 2_000
    found = snippet(content, (1, 1), wanted("日本語"))
    assert found in content
    assert len(found) <= MAX_SNIPPET


def test_a_name_longer_than_a_snippet_is_cut() -> None:
    content = "text " + "a." * 1_000 + " more"
    found = snippet(content, (1, 1), wanted("a"))
    assert found == content[5 : 5 + MAX_SNIPPET]


def test_without_any_term_the_text_under_the_headings_is_told() -> None:
    content = "---\n\n# Title\n\n## Part\n\nThe text.\nMore of it.\n"
    assert snippet(content, (1, 8), wanted("absent")) == "The text.\nMore of it."


@pytest.mark.parametrize("content", ["", "\n\n", "# Title", "# Title\n\n## Part\n", "   "])
def test_a_section_without_text_tells_what_there_is(content: str) -> None:
    assert snippet(content, (1, 3), wanted("absent")) == content.strip()


def test_lines_that_the_file_does_not_have_tell_nothing() -> None:
    assert snippet("one line", (5, 9), wanted("line")) == ""


def test_line_breaks_stay_as_they_are() -> None:
    assert snippet("The red\r\nfox\r\n", (1, 2), wanted("red fox")) == "The red\r\nfox"
