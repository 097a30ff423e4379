"""Corrected words, told as files write them."""

import pytest

from memory_service.domain.ids import CommitId, OrgId
from memory_service.domain.search import Correction, Hit, Hits, Query
from memory_service.search.respelling import respelled
from tests.fakes.search_index import ScanIndex
from tests.unit.search.builders import file

ACME, ONE = OrgId("acme"), CommitId("1" * 40)


def told(query: str, content: str, path: str = "/a.md") -> Hits:
    """What a search finds in one file."""
    index = ScanIndex()
    index.rebuild(ACME, ONE, [file(path, content)])
    reader = index.reader(ACME)
    assert reader
    return respelled(reader.search(Query(text=query, limit=10)), lambda _: content)


@pytest.mark.parametrize(
    ("query", "content", "used"),
    [
        ("hamds", "She handed it over.", "handed"),
        ("hamds", "A hand; many HANDS.", "hands"),
        ("handde", "By hand, then handed over", "handed"),
        ("handde", "Left-handed", "handed"),
        ("renewl", "# Renewals\n\ntext", "renewals"),
        ("renewl", "---\ntitle: Our renewal\n---\ntext", "renewal"),
        ("organisaton", "Organizations", "organizations"),
        ("bougth", "It was bought.", "bought"),
        ("bougth", "We buy it.", "buy"),
        ("stra\u00dfen", "Die Stra\u00dfe", "strasse"),
        ("caf\u00e8", "cafe\u0301", "caf\u00e9"),
        ("walrs", "text", "walrus"),
    ],
)
def test_a_correction_tells_a_word_as_a_file_writes_it(query: str, content: str, used: str) -> None:
    found = told(query, content, "/Walrus/a.md")
    assert [correction.used for correction in found.corrections] == [used]
    assert found.hits[0].matched == (used,)


def test_a_word_far_from_its_section_is_told_from_the_headings_above_it() -> None:
    found = told("renewl fox", "# Renewals\n\n" + "text " * 100 + "\n\n## Animals\n\n" + "the fox " * 50)
    assert [correction.used for correction in found.corrections] == ["renewals"]
    assert found.hits[0].matched == ("renewals", "fox")


def test_where_no_word_is_found_the_stem_is_told() -> None:
    found = told("complience", "compliance")
    assert respelled(found, lambda _: "") == found  # no example any more: it was told
    index = ScanIndex()
    index.rebuild(ACME, ONE, [file("/a.md", "compliance")])
    reader = index.reader(ACME)
    assert reader
    unread = respelled(reader.search(Query(text="complience", limit=10)), lambda _: "something else")
    assert unread.corrections == (Correction(term="complience", used="complianc"),)


def test_files_are_read_only_where_something_was_corrected() -> None:
    def unread(_: Hit) -> str:
        raise AssertionError

    index = ScanIndex()
    index.rebuild(ACME, ONE, [file("/a.md", "compliance")])
    reader = index.reader(ACME)
    assert reader
    found = reader.search(Query(text='compliance "at sea" wobbleframp', limit=10))
    assert respelled(found, unread) == found
