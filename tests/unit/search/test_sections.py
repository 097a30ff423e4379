"""How a markdown file is cut."""

import pytest

from memory_service.search.sections import LARGE, MAX_HEADING, SMALL, sections_of, title_of

TEXT = "A sentence of some length that says nothing at all. " * 8
assert SMALL < len(TEXT) < LARGE


def outline(content: str) -> list[tuple[int, int, str]]:
    return [(section.start_line, section.end_line, " > ".join(section.path)) for section in sections_of(content)]


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("", None),
        ("text only", None),
        ("# Title", "Title"),
        ("\n\n  #  Spaced   title  ##  \n", "Spaced   title"),
        ("#No title\n# Title", "Title"),
        ("## Second\n# First", "First"),
        ("## Second only", None),
        ("#\n# Title", "Title"),
        ("Underlined\n==========\n", "Underlined"),
        ("---\ntitle: From the front\n---\n# Heading", "From the front"),
        ("---\ntags: [a]\ntitle: 'Quoted: so'\n...\n", "Quoted: so"),
        ('---\r\ntitle: "Windows"\r\n---\r\n# Heading\r\n', "Windows"),
        ("---\ntitle:\n---\n# Heading", "Heading"),
        ("---\nnever: closed\n# Heading", "Heading"),
        ("text\n---\ntitle: no\n---\n", None),
        ("```\n# code\n```\n# Title", "Title"),
        ("~~~~ python\n# code\n~~~\n# code\n~~~~\n# Title", "Title"),
        ("```one line``` \n# Title", "Title"),
        ("    # code\n# Title", "Title"),
        ("# [Link](http://x/) and **bold** `code` of *us*", "Link and bold code of us"),
        ("# Escaped \\*star\\* and operator *", "Escaped *star* and operator *"),
        ('# <a name="x"></a>Anchor and vector<int>', "Anchor and vector<int>"),
        ("\ufeff# After a byte order mark", "After a byte order mark"),
        ("# snake_case_name and __dunder__", "snake_case_name and dunder"),
    ],
)
def test_the_title_of_a_file(content: str, title: str | None) -> None:
    assert title_of(content) == title


@pytest.mark.parametrize("form", ["# {}\n", "{}\n===\n", "---\ntitle: {}\n---\n"])
@pytest.mark.parametrize("part", ["word ", "[", "[a](", "`a ", "*a ", "<a ", "a" + " " * 5000 + "b"])
def test_a_heading_is_read_to_a_length_and_no_further(form: str, part: str) -> None:
    text = "a " + part * (20_000 // len(part))
    title = title_of(form.format(text))
    assert title == title_of(form.format(text[:300]))
    assert title
    assert len(title) <= MAX_HEADING


def test_a_heading_begins_a_section() -> None:
    content = f"{TEXT}\n\n# One\n\n{TEXT}\n\n## Two\n\n{TEXT}\n# Three\n{TEXT}"
    assert outline(content) == [(1, 2, ""), (3, 6, "One"), (7, 9, "One > Two"), (10, 11, "Three")]


def test_levels_may_be_skipped() -> None:
    content = f"### Deep\n{TEXT}\n# Top\n{TEXT}\n#### Deeper\n{TEXT}\n## Two\n{TEXT}\n"
    assert [path for _, _, path in outline(content)] == ["Deep", "Top", "Top > Deeper", "Top > Two"]


def test_a_heading_inside_code_begins_none() -> None:
    content = f"# One\n{TEXT}\n```\n# not one\n{TEXT}\n```\n## Two\n{TEXT}\n"
    assert outline(content) == [(1, 6, "One"), (7, 8, "One > Two")]


def test_a_code_block_that_is_never_closed_goes_to_the_end() -> None:
    assert outline(f"# One\n{TEXT}\n```\n# not one\n{TEXT}\n") == [(1, 5, "One")]


def test_a_title_alone_is_joined_with_what_follows_and_gives_way_to_its_heading() -> None:
    assert outline(f"# Title\n\n## Part\n\n{TEXT}\n") == [(1, 5, "Title > Part")]


def test_small_sections_are_joined_under_what_they_have_in_common() -> None:
    content = "# Day\n\n## Morning\n- tea\n\n## Evening\n- soup\n"
    assert outline(content) == [(1, 7, "Day")]


def test_a_small_section_at_the_end_joins_the_one_before() -> None:
    assert outline(f"# Title\n## Part\n{TEXT}\n## See also\n- a\n") == [(1, 5, "Title > Part")]


def test_a_large_section_is_cut_between_paragraphs() -> None:
    paragraphs = "\n\n".join([TEXT * 2] * 6)
    sections = sections_of(f"# Title\n\n{paragraphs}\n")
    assert len(sections) > 1
    assert all(section.size <= LARGE for section in sections)
    assert all(section.path == ("Title",) for section in sections)
    assert all(section.start_line % 2 == 1 for section in sections)


def test_a_large_paragraph_is_cut_between_lines() -> None:
    sections = sections_of("\n".join([TEXT] * 12))
    assert [section.start_line for section in sections] == [1, 5, 9]
    assert sections[-1].end_line == 12


def test_a_line_is_never_cut() -> None:
    assert outline(f"# Title\n{TEXT * 20}\n{TEXT}\nend") == [(1, 2, "Title"), (3, 4, "Title")]


def test_nothing_small_is_cut_off() -> None:
    assert outline(f"# Title\n{TEXT * 20}\nend") == [(1, 3, "Title")]
    assert outline(f"{TEXT * 4}\n\n{TEXT * 4}\n\nend") == [(1, 2, ""), (3, 5, "")]


@pytest.mark.parametrize("content", ["", "\n", "a", "a\n", "\r\n\r\n", "#", "---", "===\n===", "\ufeff# a", "x\n\n\n"])
def test_every_file_has_a_section(content: str) -> None:
    sections = sections_of(content)
    assert "".join(content[section.start : section.end] for section in sections) == content
    assert sections[0].start_line == 1
