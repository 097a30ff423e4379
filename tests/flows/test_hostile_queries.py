"""A query is text: whatever it holds, it is answered."""

import pytest

from tests.flows.test_memory_search import HIT
from tests.runtime_client import RuntimeClient, refused
from tests.service_fixtures import Organisation

HOSTILE = [
    '"', '""', '"""', '"open', 'closed"', '"a" "b', "'", "''", "`", "(", ")", "()", "((walrus))", "[", "]", "[a TO b]",
    "{", "}", "{a TO}", "AND", "OR", "NOT", "walrus AND", "AND walrus", "NOT walrus", "walrus OR OR", "+walrus",
    "-walrus", "--", "!walrus", "&& ||", "walrus^2", "walrus^", "walrus~", "walrus~0.5", "~", "^", "*", "?", "w*",
    "*rus", "w?lrus", "**", "path:walrus", "body:", ":", "title:*", "_all:x", "path:/topics/*", "/walrus/", "/.*/",
    "/[/", "\\", "\\\\", '\\"', "walrus\\", "%", "%00", "${x}", "#{x}", "{{x}}", "<b>", "</script>",
    "; DROP TABLE hits; --", "1' OR '1'='1", "\x7f", "\u200b", "\u202e", "\ufeff", "\ufffd", "🚀",
    "👩‍👩‍👧", "é e\u0301", "ﬁ", "日本語", "한국어", "שלום", "مرحبا", "ไทย", "ß SS", "İ i̇", "c++ c# .net",
    "a" * 1_900, "a " * 900, '"' * 999, "(" * 900, "-" * 1_000, "0", "-1", "1e999", "NaN", "null", "true",
    "walrus " * 100,
]  # fmt: skip


@pytest.fixture(scope="module")
def library(shared_org: Organisation) -> RuntimeClient:
    """A client of an organisation that holds a few files."""
    client = shared_org.client()
    client.result(
        "memory_write", path="/walrus.md", content="# Walrus\n\nThe walrus sleeps. C++ and .NET. 日本語 100%\n"
    )
    client.result("memory_write", path="/path.md", content="A path, a title, a body, and or not.\n")
    return client


@pytest.mark.requirement("search.text")
@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: ascii(query[:20]))
def test_a_hostile_query_is_answered(library: RuntimeClient, query: str) -> None:
    found = library.result("memory_search", query=query)
    assert found["total"] == len(found["hits"])
    assert {"/walrus.md", "/path.md"} >= {hit["path"] for hit in found["hits"]}
    assert all(set(hit) == HIT for hit in found["hits"])
    assert {"hits", "total", "commit"} <= set(found) <= {"hits", "total", "commit", "corrections", "reason"}


@pytest.mark.requirement("search.text")
def test_there_are_enough_of_them() -> None:
    assert len(set(HOSTILE)) >= 60


@pytest.mark.requirement("search.text")
@pytest.mark.parametrize(
    "query",
    ["+walrus", "-walrus", "walrus AND", "walrus^2", "walrus~", "(walrus", "NOT walrus", "body:walrus", "walrus*"],
)
def test_what_other_engines_read_as_an_operator_is_text(library: RuntimeClient, query: str) -> None:
    assert "/walrus.md" in [hit["path"] for hit in library.result("memory_search", query=query)["hits"]]


@pytest.mark.requirement("search.text", "errors.input_invalid")
@pytest.mark.parametrize("query", ["a" * 20_000, "x " * 100_000])
def test_a_query_of_absurd_length_is_refused(library: RuntimeClient, query: str) -> None:
    refused(library.call("memory_search", {"query": query}), 400, "input_invalid")


@pytest.mark.requirement("search.text")
@pytest.mark.parametrize("query", ["", " ", "\t", "\r\n", "\u2003"])
def test_an_empty_query_finds_nothing_or_is_refused_as_input(library: RuntimeClient, query: str) -> None:
    answer = library.call("memory_search", {"query": query})
    if answer.status_code == 200:
        assert answer.json()["result"]["hits"] == []
    else:
        refused(answer, 400, "input_invalid")
