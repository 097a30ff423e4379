"""How every search index reads a query."""

import pytest

from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import Correction, Hits, Query
from memory_service.memory.ports import SearchIndex
from tests.contracts.search_index.indexes import ACME, LONG, ONE, THREE, TWO, file, files, found, paths


def test_a_word_that_stands_nowhere_is_read_as_one_that_differs_by_a_letter(library: SearchIndex) -> None:
    hits = found(library, "fintehc complience")
    assert hits.corrections == (
        Correction(term="fintehc", used="fintech"),
        Correction(term="complience", used="compliance"),
    )
    right = found(library, "fintech compliance")
    assert (hits.hits, hits.total, hits.terms, right.corrections) == (right.hits, right.total, right.terms, ())


def test_a_word_is_corrected_by_what_stands_in_files_as_they_are_now(library: SearchIndex) -> None:
    assert found(library, "softwere").corrections == (Correction(term="softwere", used="software"),)
    library.apply(ACME, ONE, TWO, [file("/MEMORY.md", "Softwares and hardware")], [])
    assert found(library, "softwere").corrections == (Correction(term="softwere", used="software"),)
    library.apply(ACME, TWO, THREE, [file("/MEMORY.md", "Softwore")], [])
    assert found(library, "softwere").corrections == (Correction(term="softwere", used="softwore"),)
    assert paths(found(library, "softwere")) == ["/MEMORY.md"]
    assert found(library, "clinica").corrections == (Correction(term="clinica", used="clinic"),)


def test_what_stands_in_quotes_is_not_corrected(library: SearchIndex) -> None:
    assert found(library, '"complience team"').corrections == ()


def test_a_query_without_anything_to_look_for_has_no_terms(library: SearchIndex) -> None:
    assert found(library, '-- "!?" *') == Hits(hits=(), total=0, terms=())


def test_a_section_that_holds_both_words_comes_before_one_that_holds_one_of_them_often(index: SearchIndex) -> None:
    contents = {
        "/a.md": f"Walrus walrus walrus. {LONG}",
        "/b.md": f"A walrus and a fox. {LONG}",
        "/c.md": "fox fox fox",
    }
    index.rebuild(ACME, ONE, files(contents))
    assert paths(found(index, "walrus fox"))[0] == "/b.md"


def test_a_word_that_a_query_repeats_counts_more(index: SearchIndex) -> None:
    index.rebuild(ACME, ONE, files({"/a.md": "walrus", "/b.md": "ostrich"}))
    assert paths(found(index, "walrus ostrich ostrich")) == ["/b.md", "/a.md"]
    assert paths(found(index, "walrus ostrich")) == ["/a.md", "/b.md"]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("Straße München", "Die Straße in München ist gesperrt."),
        ("réunions équipes", "Les réunions des équipes ont lieu le lundi."),
        ("cafés señor", "El señor toma dos cafés."),
        ("встреча команды", "Встреча команды в понедельник."),
        ("συνάντηση ομάδας", "Η συνάντηση της ομάδας."),
        ("会議 議事録", "月曜日の会議の議事録。"),
        ("팀 회의록", "월요일 팀 회의록."),
        ("ประชุมทีม", "บันทึกการประชุมทีม"),
        ("פגישת צוות", "פגישת צוות ביום שני."),
        ("اجتماع الفريق", "اجتماع الفريق يوم الاثنين."),
        ("बैठक टीम", "सोमवार को टीम की बैठक।"),
    ],
)
def test_other_languages_are_found_as_they_are_written(index: SearchIndex, query: str, text: str) -> None:
    index.rebuild(ACME, ONE, files({"/a.md": "Nothing of it.", "/b.md": text, "/c.md": "Something else."}))
    assert paths(found(index, query))[0] == "/b.md"
    assert not found(index, query).corrections


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('"compliance team"', ["/daily/2026-04-15.md", "/topics/icp.md"]),
        ('"team compliance"', []),
        ('"Red FOXES jump"', ["/daily/2026-04-15.md"]),
        ('"about pricing the red fox"', ["/daily/2026-04-15.md"]),
        ('"compliance team" clinics', ["/daily/2026-04-15.md", "/topics/icp.md"]),
        ('"compliance team" "red fox"', ["/daily/2026-04-15.md"]),
        ('"compliance team" "banks"', []),
        ('"the red"', ["/daily/2026-04-15.md"]),
        ('"fintech', ["/daily/2026-04-15.md", "/topics/icp.md"]),
        ('""', []),
    ],
)
def test_a_phrase_has_to_stand_in_the_file(library: SearchIndex, query: str, expected: list[str]) -> None:
    hits = found(library, query)
    assert (sorted(paths(hits)), hits.total) == (expected, len(expected))


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ('"Team  Compliance"', "Team Compliance"),
        ('"compliance team" "banks fly"', "banks fly"),
        ('"red fox" "fox red" "team compliance"', "fox red"),
        ('"compliance team"', None),
        ('"red fox" "health clinics"', None),
        ("nowhere", None),
    ],
)
def test_the_first_phrase_that_no_file_holds_is_told(library: SearchIndex, query: str, missing: str | None) -> None:
    assert found(library, query).missing_phrase == missing
    assert found(library, query, folder="/nowhere").missing_phrase == missing


@pytest.mark.parametrize(
    ("query", "same", "unquoted"),
    [
        ('clinics "banks fly"', "clinics banks fly", ["banks fly"]),
        ('clinics "Banks  fly" "compliance team"', 'clinics banks fly "compliance team"', ["Banks fly"]),
        ('clinics "fox red" "team compliance"', "clinics fox red team compliance", ["fox red", "team compliance"]),
        ('clinics "red fox" "health clinics"', 'clinics "red fox" "health clinics"', []),
    ],
)
def test_beside_other_words_a_phrase_that_stands_nowhere_is_read_as_its_words(
    library: SearchIndex, query: str, same: str, unquoted: list[str]
) -> None:
    hits, right = found(library, query), found(library, same)
    assert (hits.hits, hits.total, hits.terms, hits.missing_phrase) == (right.hits, right.total, right.terms, None)
    assert hits.corrections == tuple(Correction(term=f'"{phrase}"', used=phrase) for phrase in unquoted)


def test_the_words_of_a_phrase_that_is_read_as_its_words_are_corrected(library: SearchIndex) -> None:
    hits = found(library, 'clinics "complience team"')
    assert hits.hits == found(library, "clinics compliance team").hits
    assert hits.corrections == (
        Correction(term='"complience team"', used="complience team"),
        Correction(term="complience", used="compliance"),
    )


def test_a_corrected_word_is_told_as_the_best_file_for_it_writes_it(library: SearchIndex) -> None:
    contents = {"/a.md": "softwares and other things", "/b.md": "# Software\n\nsoftware", "/c.md": "other"}
    library.rebuild(ACME, ONE, files(contents))
    library.apply(ACME, ONE, TWO, [file("/c.md", "# Softwares\n\nsoftwares of SOFTWARES")], [])
    contents["/c.md"] = "# Softwares\n\nsoftwares of SOFTWARES"
    reader = library.reader(ACME)
    assert reader
    for query in (Query(text="softwere", limit=10), Query(text="softwere", limit=1, folder=MemoryPath("/b.md"))):
        hits = reader.respelled(reader.search(query), lambda hit: contents[hit.path.text])
        assert hits.corrections == (Correction(term="softwere", used="softwares"),)
        assert {hit.matched for hit in hits.hits} == {("softwares",)}
    reader.close()


def test_a_hit_for_a_phrase_is_the_section_where_it_begins(library: SearchIndex) -> None:
    hit = found(library, '"compliance team" fintech health clinics paper records', folder="/topics").hits[0]
    assert hit.heading == "ICP > Fintech"


def test_a_phrase_may_cross_from_one_section_into_the_next(library: SearchIndex) -> None:
    hits = found(library, '"takes its place Fintech Enterprise"')
    assert paths(hits) == ["/topics/icp.md"]
    assert hits.hits[0].heading == "ICP"


def test_a_phrase_never_crosses_from_one_file_into_the_next(index: SearchIndex) -> None:
    index.rebuild(ACME, ONE, files({"/a.md": "red", "/b.md": "fox", "/c.md": ""}))
    index.apply(ACME, ONE, TWO, files({"/d.md": "red", "/e.md": "fox"}), [])
    assert found(index, '"red fox"').total == 0
