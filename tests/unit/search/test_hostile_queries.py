"""Queries that break other engines: never a failure, and the same answer as a scan gives."""

import pytest

from memory_service.domain.search import Query
from memory_service.memory.ports import SearchIndex
from memory_service.search import SearchIndexes
from tests.fakes.search_index import ScanIndex
from tests.unit.search.builders import ACME, ONE, TWO, file, files

CONTENTS = {
    "/code.md": "# Code\n\nC++ and C# and .NET, v2.1, memory_search(getUserName), a/b.md, 100% of $x.\n",
    "/path.md": "A path, a title, a body, a term and or not null true NaN.\n",
    "/scripts.md": "日本語 한국어 שלום مرحبا ไทย हिन्दी ß ﬁ é İ 🚀 👩‍👩‍👧 𝒳 \ufffd\n",
    "/walrus.md": "# Walrus\n\nThe walrus sleeps (in the [sun]).\n",
}

HOSTILE = [
    '"', '""', '"""', '"open', 'closed"', '"a" "b', "'", "''", "`", "“", "“walrus", "walrus”", "«»", "(", ")", "()",
    "((walrus))", "[", "]", "[a TO b]", "[a TO", "{", "}", "{a TO}", "AND", "OR", "NOT", "walrus AND", "AND walrus",
    "NOT walrus", "walrus OR OR", "a AND (b OR", "+walrus", "-walrus", "--", "!walrus", "&& ||", "walrus^2", "walrus^",
    "walrus~", "walrus~0.5", '"walrus sleeps"~3', "~", "^", "*", "?", "w*", "*rus", "w?lrus", "**", "path:walrus",
    "body:", ":", "title:*", "_all:x", "heading:walrus", "anc:/", "/walrus/", "/.*/", "/[/", "(?P<x>walrus)", "(a+)+$",
    "\\", "\\\\", '\\"', "walrus\\", "%", "%00", "%s%n", "${x}", "#{x}", "{{x}}", "<b>", "</script>", "&amp;",
    "; DROP TABLE hits; --", "1' OR '1'='1", "../../etc/passwd", "\x00", "walrus\x00sleeps", "\t", "\r\n", "\x7f",
    "\u200b", "\u202e", "\ufeff", "\ufffd", "\ud800", "walrus\udfff", '"\ud83d"', "🚀", "👩‍👩‍👧", "𝒳", "é e\u0301", "ﬁ",
    "日本語", '"日本"', "語", "한국어", "שלום", "مرحبا", "ไทย", "हिन्दी", "ß SS", "İ i̇", "c++ c# .net", "C++ \"x\" ^",
    "http://x:80/", "b.md", "a/b.md", "a" * 15_000, "aB" * 7_500, "a.b" * 5_000, "日" * 15_000, "walrus " * 3_000,
    '"walrus ' * 1_000, '"' * 999, "(" * 900, "-" * 1_000, "+" * 1_000, "_" * 1_000, "." * 1_000, "#" * 1_000,
    "c" + "+" * 1_000, '"' + "walrus " * 500 + '"', "0", "-1", "1e999", "NaN", "null", "true", "", " ",
]  # fmt: skip


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> tuple[SearchIndex, SearchIndex]:
    made: tuple[SearchIndex, SearchIndex] = (SearchIndexes(tmp_path_factory.mktemp("index")), ScanIndex())
    for index in made:
        index.rebuild(ACME, ONE, files(CONTENTS))
        index.apply(ACME, ONE, TWO, [file("/code.md", CONTENTS["/code.md"])], [])
    return made


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_a_hostile_query_is_answered_as_a_scan_answers_it(indexes: tuple[SearchIndex, SearchIndex], text: str) -> None:
    answers = []
    for index in indexes:
        reader = index.reader(ACME)
        assert reader
        hits = reader.search(Query(text=text, limit=10))
        answers.append((hits, [reader.snippet(hit, CONTENTS[hit.path.text], hits.terms) for hit in hits.hits]))
    assert answers[0] == answers[1]


def test_there_are_enough_of_them() -> None:
    assert len(set(HOSTILE)) > 100


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("C++", "/code.md"),
        ("c#", "/code.md"),
        (".net", "/code.md"),
        ("V2.1", "/code.md"),
        ("get user name", "/code.md"),
        ("memory search", "/code.md"),
        ("MEMORY_SEARCH", "/code.md"),
        ("b.md", "/code.md"),
        ("日本", "/scripts.md"),
        ("語", "/scripts.md"),
        ("국어", "/scripts.md"),
        ("שלום", "/scripts.md"),
        ("हिन्दी", "/scripts.md"),
        ("SS", "/scripts.md"),
        ("FI", "/scripts.md"),
        ("+walrus", "/walrus.md"),
        ("-walrus", "/walrus.md"),
        ("walrus*", "/walrus.md"),
        ("NOT walrus", "/walrus.md"),
        ("body:walrus", "/walrus.md"),
        ("walrus^2", "/walrus.md"),
        ("walrus\x00", "/walrus.md"),
    ],
)
def test_what_is_written_is_found(indexes: tuple[SearchIndex, SearchIndex], text: str, first: str) -> None:
    reader = indexes[0].reader(ACME)
    assert reader
    assert reader.search(Query(text=text, limit=10)).hits[0].path.text == first
