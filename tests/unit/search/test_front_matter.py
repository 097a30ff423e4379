"""The tags of a file, as a strict small subset of YAML."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from memory_service.search.front_matter import MAX_TAG, MAX_TAGS, tag, tags_of

HARDLY = [
    "yes",
    "010",
    "1e3",
    "2026-04-15",
    "it's",
    'a "b"',
    "a, b",
    "a: b",
    "#c",
    "a #b",
    ":\u00a0",
    "a:\u00a0b",
    "a\u00a0#b",
    "\u00a0- a",
    "日本",
    "ﬁn",
    "Straße",
    "-",
    "c++",
]


def of(front: str) -> tuple[str, ...]:
    return tags_of(f"---\n{front}\n---\n# Title\n")


@pytest.mark.parametrize(
    ("front", "tags"),
    [
        ("tags: [customers, Q3 plans]", ("customers", "q3 plans")),
        ("title: x\ntags: [a, 'it''s', \"b, c\", d e]\nother: y", ("a", "it's", "b, c", "d e")),
        ("tags: [a,\n  b, # not this\n\n  c,\n]", ("a", "b", "c")),
        ("tags:\n- a\n- 'b: c'\nother:\n- d", ("a", "b: c")),
        ('tags:\n  # these\n  - a # this\n\n  -  b\n  - "\\u65e5\\u672c"', ("a", "b", "日本")),
        ("tags: # these\n- a", ("a",)),
        ("tags: customers", ("customers",)),
        ("tags: a, b c,d # e", ("a", "b c", "d")),
        ("tags: 'a, b'", ("a, b",)),
        ("tags: [a, A, '#a', ' a ', \"\"]", ("a",)),
        ("tags: [yes, 010, 1e3, 2026-04-15, c++, .net]", ("yes", "010", "1e3", "2026-04-15", "c++", ".net")),
        ("tags:\r\n- a\r\n- b\r", ("a", "b")),
        ("tags: []", ()),
        ("tags:", ()),
        ("tags: ~", ()),
        ("tags: null", ()),
        ("other: [a]", ()),
        ("nested:\n  tags: [a]", ()),
        ("Tags: [a]", ()),
    ],
)
def test_tags_are_read_from_the_front_matter(front: str, tags: tuple[str, ...]) -> None:
    assert of(front) == tags


@pytest.mark.parametrize(
    "front",
    [
        "tags: [a", "tags: [a, b\nother: c", "tags: [[a], b]", "tags: {a: b}", "tags: *a", "tags: &a b",
        "tags: |\n  a", "tags: >\n  a", "tags:a", "tags:\n-a", "tags: 'a", 'tags: "a', 'tags: ["\\q"]',
        "tags:\n- a: b", "tags:\n- - a", "tags: a: b", "tags: @a", "tags: `a", "tags: ]", "tags: \"\\ud800", "tags: [",
        "tags: !a b", "tags: [a b] c: [",
    ],
)  # fmt: skip
def test_what_is_no_list_of_words_has_no_tags(front: str) -> None:
    assert of(front) in {(), ("a b",)}


@pytest.mark.parametrize(
    "content", ["", "tags: [a]", "# A\n---\ntags: [a]\n---\n", "---\ntags: [a]\n", "----\ntags: [a]\n---\n"]
)
def test_a_file_without_front_matter_has_no_tags(content: str) -> None:
    assert tags_of(content) == ()


def test_what_is_too_much_is_left_out() -> None:
    assert of(f"tags: [{'x' * MAX_TAG}, {'y' * (MAX_TAG + 1)}, z]") == ("x" * MAX_TAG, "z")
    many = [f"t{number}" for number in range(MAX_TAGS + 5)]
    for front in (f"tags: [{', '.join(many)}]", f"tags: {', '.join(many)}", "tags:\n- " + "\n- ".join(many)):
        assert of(front) == tuple(many[:MAX_TAGS])


@pytest.mark.parametrize(
    "piece", [" ", "[", "a", "a,", "'", '"', "\\", "- a\n", "#", "\n", "a:", "[a,", "\n  - ", "\t", ": "]
)
@pytest.mark.parametrize("before", ["tags: ", "tags: [", "tags:\n"])
def test_a_megabyte_of_anything_is_read_in_no_time(before: str, piece: str) -> None:
    of(before + piece * (1_000_000 // len(piece)))  # a time that grows with the square of it would pass the time limit


SCALARS = st.one_of(
    st.sampled_from(HARDLY),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=20),
)


@given(st.lists(SCALARS, max_size=6), st.booleans(), st.booleans())
@settings(max_examples=300, deadline=None)
def test_what_yaml_writes_is_read(tags: list[str], flow: bool, unicode: bool) -> None:
    dumped = yaml.safe_dump(tags, default_flow_style=flow, allow_unicode=unicode, width=10_000)
    front = f"tags: {dumped}" if flow or not tags else f"tags:\n{dumped}"
    # In double quotes YAML has escapes that JSON lacks: a tag that is written with one is left out, never misread.
    read = of(front)
    folded = [tag(name) for name in tags if tag(name)]
    assert set(read) <= set(folded)
    assert "\\" in front or read == tuple(dict.fromkeys(folded))


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_front_matter_is_an_error(front: str) -> None:
    assert all(tag(name) == name for name in of(front))
    assert all(tag(name) == name for name in of("tags:" + front))
