"""The rules for names, each with the case it exists for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_service.domain.errors import PathInvalid
from memory_service.domain.paths import MAX_DEPTH, MemoryPath, fold

GOOD = [
    "/MEMORY.md",
    "/topics/icp.md",
    "/daily/2026-04-15.md",
    "/a b/c d.md",
    "/日本語/メモ.md",
    "/😀.md",
    "/.hidden/x.md",
    "/.github/x.md",
    "/git/x.md",
    "/gitignore.md",
    "/.gitmodules.md",
    "/..a.md",
    "/a..md",
    "/console.md",
    "/com.md",
    "/-dash.md",
    "/a&b;c'd.md",
]

BAD = [
    ("", "empty_text"),
    ("//a.md", "empty"),
    ("/a//b.md", "empty"),
    ("/a/", "empty"),
    ("/./a.md", "dots"),
    ("/../a.md", "dots"),
    ("/a/../b.md", "dots"),
    ("..", "dots"),
    ("/a\x00.md", "control"),
    ("/a\n.md", "control"),
    ("/a\x7f.md", "control"),
    ("/a\x85.md", "control"),
    ("/a\u2028.md", "control"),
    ("/a\u202e.md", "bidi"),
    ("/a\u2066.md", "bidi"),
    ("/a\u200f.md", "bidi"),
    ("/a\\b.md", "backslash"),
    ("/.git/a.md", "git"),
    ("/.GIT/config.md", "git"),
    ("/.git./a.md", "git"),
    ("/.git /a.md", "git"),
    ("/git~1/a.md", "git"),
    ("/GIT~2/a.md", "git"),
    ("/.g\u200cit/a.md", "git"),
    ("/.gi\ufefft/a.md", "git"),
    ("/.git::$INDEX_ALLOCATION/a.md", "git"),
    ("/.gitmodules/a.md", "git"),
    ("/a/.GitAttributes/b.md", "git"),
    ("/.gitignore/a.md", "git"),
    ("/.git\u200cmodules/a.md", "git"),
    ("/gitmod~1/a.md", "git"),
    ("/GI7EBA~1/a.md", "git"),
    ("/a:b.md", "portable"),
    ("/what?.md", "portable"),
    ("/a*.md", "portable"),
    ("/con/a.md", "portable"),
    ("/NUL.md", "portable"),
    ("/lpt1.txt.md", "portable"),
    ("/a./b.md", "portable"),
    ("/a /b.md", "portable"),
    ("/ a.md", "portable"),
    ("/cafe\u0301.md", "nfc"),
    ("/" + "a" * 256 + ".md", "name_length"),
    ("/" + "/".join(["abcdefgh"] * 20 + ["x" * 250] * 4) + ".md", "length"),
    ("/" + "/".join(["a"] * MAX_DEPTH) + "/b.md", "depth"),
    ("/\ud800.md", "utf8"),
]


@pytest.mark.parametrize("text", GOOD)
def test_a_name_that_every_client_can_hold_is_taken_as_it_is(text: str) -> None:
    assert MemoryPath.parse_file(text).text == text


@pytest.mark.parametrize(("text", "rule"), [case for case in BAD if case[0]])
def test_a_hostile_path_is_refused_by_the_rule_it_breaks(text: str, rule: str) -> None:
    with pytest.raises(PathInvalid) as refusal:
        MemoryPath.parse(text)
    assert refusal.value.rule == rule
    refusal.value.message.encode()


def test_a_missing_leading_slash_is_supplied() -> None:
    assert MemoryPath.parse("topics/icp.md") == MemoryPath("/topics/icp.md")


@pytest.mark.parametrize("text", ["", "/"])
def test_nothing_and_a_slash_both_name_the_root(text: str) -> None:
    root = MemoryPath.parse_folder(text)
    assert root.is_root
    assert root.parts == ()
    assert list(root.ancestors()) == []


def test_a_folder_may_be_written_with_one_closing_slash() -> None:
    assert MemoryPath.parse_folder("/topics/") == MemoryPath("/topics")
    with pytest.raises(PathInvalid):
        MemoryPath.parse_folder("/topics//")


@pytest.mark.parametrize("text", ["/topics/icp", "/a.txt", "/.md", "/a/.md", "/a.MD"])
def test_a_memory_file_ends_in_md(text: str) -> None:
    with pytest.raises(PathInvalid) as refusal:
        MemoryPath.parse_file(text)
    assert refusal.value.rule == "suffix"


def test_a_path_knows_its_place() -> None:
    path = MemoryPath.parse("/a/b/c.md")
    assert path.parts == ("a", "b", "c.md")
    assert path.name == "c.md"
    assert [folder.text for folder in path.ancestors()] == ["/a/b", "/a", "/"]
    assert path.is_within(MemoryPath("/a"))
    assert path.is_within(path)
    assert not path.is_within(MemoryPath("/a/b/c"))
    assert not MemoryPath("/ab.md").is_within(MemoryPath("/a"))
    assert MemoryPath("/a").child("b") == MemoryPath("/a/b")
    assert MemoryPath("/").child("b") == MemoryPath("/b")


@pytest.mark.parametrize(("one", "other"), [("Plan.md", "plan.md"), ("straße", "STRASSE"), ("É", "é"), ("K", "k")])
def test_names_that_a_file_system_confuses_are_twins(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text(max_size=80))
def test_what_is_accepted_reads_back_as_itself(text: str) -> None:
    try:
        path = MemoryPath.parse(text)
    except PathInvalid as refusal:
        refusal.message.encode()
        return
    assert MemoryPath.parse(path.text) == path
    assert path.is_root or MemoryPath.parse("/".join(path.parts)) == path
    assert not {".", "..", ""} & set(path.parts)
