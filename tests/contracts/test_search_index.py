"""What every search index does: the one on disk, and the one that looks at every file for every query."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest

from memory_service.domain.ids import BlobId, CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import Correction, File, Hit, Hits, Query
from memory_service.memory.ports import SearchIndex
from memory_service.search import SearchIndexes
from tests.fakes.search_index import ScanIndex
from tests.unit.search.builders import changes

ACME, OTHER = OrgId("acme"), OrgId("other")
ONE, TWO, THREE = CommitId("1" * 40), CommitId("2" * 40), CommitId("3" * 40)
LONG = "Nobody reads this sentence, but it takes its place. " * 8

FILES = {
    "/MEMORY.md": "# Acme\n\nWe sell software to clinics and banks.\n",
    "/daily/2026-04-15.md": "- Talked to a fintech about pricing.\n- The red fox jumped over the compliance team.\n",
    "/topics/icp.md": (
        "---\ntitle: Ideal customer profile\n---\n\n"
        f"# ICP\n\n{LONG}\n\n"
        f"## Fintech\n\nEnterprise fintech with a compliance team of five or more. {LONG}\n\n"
        f"## Health\n\n### Clinics\n\nThey keep paper records. {LONG}\n"
    ),
    "/topics/pricing.md": "# Pricing\n\nEnterprise plans start at 40,000 a year. Discounts need approval.\n",
}


def in_memory(folder: Path) -> SearchIndex:
    return ScanIndex()


def on_disk(folder: Path) -> SearchIndex:
    return SearchIndexes(folder)


@pytest.fixture(params=[in_memory, on_disk])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> SearchIndex:
    make: Callable[[Path], SearchIndex] = request.param
    return make(tmp_path)


@pytest.fixture
def library(index: SearchIndex) -> SearchIndex:
    """An index that holds the files."""
    index.rebuild(ACME, ONE, files(FILES))
    return index


def file(path: str, content: str, updated_at: datetime | None = None) -> File:
    return File(
        path=MemoryPath(path),
        blob=BlobId(sha1(content.encode(), usedforsecurity=False).hexdigest()),
        content=content.encode(),
        updated_at=updated_at or datetime(2026, 4, len(content) % 28 + 1, 10, 30, tzinfo=UTC),
    )


def files(contents: dict[str, str]) -> Iterator[File]:
    return (file(path, contents[path]) for path in sorted(contents))


def found(
    index: SearchIndex, text: str, limit: int = 10, folder: str | None = None, org: OrgId = ACME, **filters: Any
) -> Hits:
    reader = index.reader(org)
    assert reader
    hits = reader.search(Query(text=text, limit=limit, folder=MemoryPath(folder) if folder else None, **filters))
    reader.close()
    return hits


def paths(hits: Hits) -> list[str]:
    return [hit.path.text for hit in hits.hits]


def test_an_index_that_was_never_built_is_not_usable(index: SearchIndex) -> None:
    assert index.commit(ACME) is None
    assert index.reader(ACME) is None
    assert not index.stale(ACME)
    assert not index.apply(ACME, ONE, TWO, [], [])
    assert index.commit(ACME) is None


def test_an_index_of_nothing_is_usable(index: SearchIndex) -> None:
    index.rebuild(ACME, ONE, [])
    assert index.commit(ACME) == ONE
    assert found(index, "anything") == Hits(hits=(), total=0, terms=("anyth",))


def test_a_reader_tells_the_commit_and_every_file(library: SearchIndex) -> None:
    reader = library.reader(ACME)
    assert reader
    assert reader.commit == library.commit(ACME) == ONE
    assert set(reader.files()) == {(given.path, given.blob) for given in files(FILES)}


def test_organisations_know_nothing_of_one_another(library: SearchIndex) -> None:
    library.rebuild(OTHER, TWO, [file("/a.md", "fintech")])
    assert paths(found(library, "fintech", org=OTHER)) == ["/a.md"]
    assert "/a.md" not in paths(found(library, "fintech"))
    assert library.commit(ACME) == ONE


def test_a_change_is_taken_in_as_one_step(library: SearchIndex) -> None:
    changed = [file("/MEMORY.md", "Walrus"), file("/new.md", "Walrus")]
    assert library.apply(ACME, ONE, TWO, changed, [MemoryPath("/topics/icp.md")])
    assert library.commit(ACME) == TWO
    assert paths(found(library, "walrus")) == ["/MEMORY.md", "/new.md"]
    assert paths(found(library, "software")) == []
    assert paths(found(library, "ideal customer profile")) == []
    assert paths(found(library, "fox")) == ["/daily/2026-04-15.md"]


def test_a_change_from_another_commit_is_not_taken_in(library: SearchIndex) -> None:
    assert not library.apply(ACME, TWO, THREE, [file("/new.md", "Walrus")], [])
    assert library.commit(ACME) == ONE
    assert paths(found(library, "walrus")) == []


def test_a_file_comes_back_after_it_was_gone(library: SearchIndex) -> None:
    path = MemoryPath("/MEMORY.md")
    assert library.apply(ACME, ONE, TWO, [], [path])
    assert paths(found(library, "clinics banks")) == ["/topics/icp.md"]
    assert library.apply(ACME, TWO, THREE, [file(path.text, FILES[path.text])], [])
    assert paths(found(library, "banks")) == [path.text]


def test_what_never_was_can_be_gone(library: SearchIndex) -> None:
    assert library.apply(ACME, ONE, TWO, [], [MemoryPath("/absent.md")])
    reader = library.reader(ACME)
    assert reader
    assert len(list(reader.files())) == len(FILES)


def test_a_reader_stays_at_its_commit(library: SearchIndex) -> None:
    reader = library.reader(ACME)
    assert reader
    before = reader.search(Query(text="fintech pricing", limit=10))
    library.apply(ACME, ONE, TWO, [file("/topics/pricing.md", "fintech")], [MemoryPath("/topics/icp.md")])
    library.rebuild(ACME, THREE, [file("/a.md", "fintech")])
    assert reader.commit == ONE
    assert reader.search(Query(text="fintech pricing", limit=10)) == before
    assert paths(found(library, "fintech")) == ["/a.md"]


def test_the_index_of_any_commit_is_made_from_what_it_was_built_of(library: SearchIndex) -> None:
    now = {**FILES, "/MEMORY.md": "Walrus", "/z.md": "fintech", "/new.md": "Pricing of fintech"}
    del now["/topics/icp.md"]
    library.apply(ACME, ONE, TWO, files({**now, "/later.md": "fintech"}), [MemoryPath("/topics/icp.md")])
    head = library.reader(ACME)
    assert head
    asked: list[BlobId] = []
    contents = {given.blob: given.content for given in files(now)}

    def read(blob: BlobId) -> bytes:
        asked.append(blob)
        return contents[blob]

    made = head.at(THREE, changes(files(FILES), files(now)), read)
    library.rebuild(OTHER, THREE, files(now))
    built = library.reader(OTHER)
    assert built
    assert (made.commit, made.built_of, head.built_of) == (THREE, ONE, ONE)
    for text in ("fintech", "enterprise pricing clinics", '"compliance team"', "walruss", "pricing acme"):
        assert made.search(Query(text=text, limit=10)) == built.search(Query(text=text, limit=10))
    assert set(made.files()) == set(built.files())
    assert not asked, "the head has all of them"
    assert library.commit(ACME) == TWO


def test_only_contents_that_are_not_known_are_read(library: SearchIndex) -> None:
    library.apply(ACME, ONE, TWO, [file("/a.md", "walrus"), file("/b.md", "walrus")], [])
    head = library.reader(ACME)
    assert head
    old = [file("/a.md", "walrus", DAYS[3]), file("/b.md", "fox"), file("/c.md", "fox")]

    def read(blob: BlobId) -> bytes:
        assert blob == file("/b.md", "fox").blob
        return b"fox"

    made = head.at(THREE, changes([], old), read)
    assert [hit.updated_at for hit in made.search(Query(text="walrus", limit=9)).hits] == [DAYS[3]]
    assert [str(hit.path) for hit in made.search(Query(text="fox", folder=MemoryPath("/b.md"), limit=9)).hits]
    assert [hit.updated_at for hit in found(library, "walrus").hits] == [file("/a.md", "walrus").updated_at] * 2


def test_what_fails_to_be_read_ends_the_making(library: SearchIndex) -> None:
    head = library.reader(ACME)
    assert head
    with pytest.raises(KeyError):
        head.at(TWO, changes([], [file("/a.md", "walrus")]), dict[BlobId, bytes]().__getitem__)
    assert library.commit(ACME) == ONE


def test_a_state_that_is_kept_is_found_by_its_commit(library: SearchIndex) -> None:
    library.rebuild(OTHER, ONE, [file("/a.md", "walrus")])
    reader = library.reader(ACME)
    assert reader
    before = reader.search(Query(text="fintech", limit=10))
    assert library.reader(ACME, ONE) is None
    reader.keep()
    library.apply(ACME, ONE, TWO, [file("/new.md", "fintech")], [])
    library.rebuild(ACME, THREE, [file("/new.md", "fintech")])
    kept = library.reader(ACME, ONE)
    assert kept
    assert (kept.commit, kept.search(Query(text="fintech", limit=10))) == (ONE, before)
    assert library.reader(ACME, TWO) is None
    assert library.reader(OTHER, ONE) is None


def test_a_build_replaces_everything(library: SearchIndex) -> None:
    library.apply(ACME, ONE, TWO, [file("/new.md", "Walrus")], [])
    library.rebuild(ACME, THREE, [file("/only.md", "Ostrich")])
    assert library.commit(ACME) == THREE
    assert paths(found(library, "ostrich walrus fintech")) == ["/only.md"]


def test_a_build_that_fails_leaves_what_there_was(library: SearchIndex) -> None:
    def broken() -> Iterator[File]:
        yield file("/a.md", "Walrus")
        raise KeyError("the source is gone")

    with pytest.raises(KeyError):
        library.rebuild(ACME, TWO, broken())
    assert library.commit(ACME) == ONE
    assert paths(found(library, "fox walrus")) == ["/daily/2026-04-15.md"]


def test_the_way_to_a_commit_changes_no_answer(index: SearchIndex) -> None:
    index.rebuild(ACME, ONE, files({**FILES, "/gone.md": "fintech fintech", "/MEMORY.md": "Old words of fintech."}))
    index.apply(ACME, ONE, TWO, [file("/z.md", "fintech"), file("/MEMORY.md", FILES["/MEMORY.md"])], [])
    index.apply(ACME, TWO, THREE, [], [MemoryPath("/gone.md"), MemoryPath("/z.md")])
    index.rebuild(OTHER, THREE, files(FILES))
    for query in ("fintech", "enterprise pricing clinics", '"compliance team"', "the", "acme paper records"):
        assert found(index, query) == found(index, query, org=OTHER)


def test_a_hit_tells_the_best_section(library: SearchIndex) -> None:
    hit = found(library, "enterprise fintech compliance").hits[0]
    given = file("/topics/icp.md", FILES["/topics/icp.md"])
    assert (hit.path, hit.blob, hit.updated_at) == (given.path, given.blob, given.updated_at)
    assert (hit.title, hit.heading) == ("Ideal customer profile", "ICP > Fintech")
    assert (hit.start_line, hit.end_line) == (9, 12)


def test_headings_are_told_from_the_outermost_in(library: SearchIndex) -> None:
    assert found(library, "paper records").hits[0].heading == "ICP > Health > Clinics"


def test_a_file_without_headings_tells_none(library: SearchIndex) -> None:
    hit = found(library, "fox").hits[0]
    assert (hit.title, hit.heading, hit.start_line, hit.end_line) == (None, None, 1, 2)


def test_a_file_is_found_by_its_title_and_by_its_name(library: SearchIndex) -> None:
    assert paths(found(library, "ideal customer"))[0] == "/topics/icp.md"
    assert paths(found(library, "icp"))[0] == "/topics/icp.md"
    assert paths(found(library, "2026-04-15"))[0] == "/daily/2026-04-15.md"


def test_scores_are_shares_in_descending_order(library: SearchIndex) -> None:
    scores = [hit.score for hit in found(library, "enterprise fintech compliance pricing").hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)


def test_equal_scores_are_told_by_path(index: SearchIndex) -> None:
    names = [f"/{name}.md" for name in ("a", "b", "b-c", "b/c", "c")]
    index.rebuild(ACME, ONE, files(dict.fromkeys(names[1:], "walrus")))
    index.apply(ACME, ONE, TWO, [file("/a.md", "walrus"), file("/b/c.md", "walrus")], [])
    hits = found(index, "walrus")
    assert len({hit.score for hit in hits.hits}) == 1
    assert paths(hits) == sorted(names)


def test_limit_cuts_the_hits_and_not_the_total(index: SearchIndex) -> None:
    index.rebuild(ACME, ONE, files({f"/{number:02}.md": "walrus " * number for number in range(30)}))
    whole = found(index, "walrus", limit=50)
    assert (len(whole.hits), whole.total) == (29, 29)
    for limit in (1, 7, 20):
        assert found(index, "walrus", limit=limit).hits == whole.hits[:limit]
        assert found(index, "walrus", limit=limit).total == 29


def test_a_file_is_one_hit_however_many_sections_answer(index: SearchIndex) -> None:
    sections = "".join(f"# Walrus {number}\n\nThe walrus. {LONG}\n\n" for number in range(80))
    index.rebuild(ACME, ONE, files({"/long.md": sections, "/short.md": f"One walrus. {LONG}\n"}))
    hits = found(index, "walrus", limit=2)
    assert (paths(hits), hits.total) == (["/long.md", "/short.md"], 2)


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/", ["/MEMORY.md", "/daily/2026-04-15.md", "/topics/icp.md", "/topics/pricing.md"]),
        ("/topics", ["/topics/icp.md", "/topics/pricing.md"]),
        ("/topics/icp.md", ["/topics/icp.md"]),
        ("/top", []),
        ("/topics/icp", []),
        ("/absent", []),
    ],
)
def test_a_folder_keeps_what_lies_below_it(library: SearchIndex, folder: str, expected: list[str]) -> None:
    hits = found(library, "software fintech pricing", folder=folder)
    assert (sorted(paths(hits)), hits.total) == (expected, len(expected))


def test_a_folder_changes_no_score(library: SearchIndex) -> None:
    library.apply(ACME, ONE, TWO, [file("/topics/z.md", "fintech"), file("/z.md", "fintech")], [])
    whole = {hit.path: hit for hit in found(library, "fintech pricing").hits}
    hits = found(library, "fintech pricing", folder="/topics").hits
    assert len(hits) == 3
    assert all(hit == whole[hit.path] for hit in hits)


DAYS = {day: datetime(2026, 4, day, tzinfo=UTC) for day in range(1, 31)}


@pytest.fixture
def diary(index: SearchIndex) -> SearchIndex:
    """Thirty files, one of each day, some with tags; those of every third day have changed since the index was made."""

    def note(day: int, text: str = "") -> File:
        tags = [name for name, nth in (("even", 2), ("third", 3), ("Fifth of", 5)) if day % nth == 0]
        return file(f"/{day:02}.md", f"---\ntags: {tags}\n---\n{'walrus ' * day}{text}", DAYS[day])

    old = [note(day) for day in range(1, 28)] + [file("/28.md", "walrus", DAYS[1])]
    index.rebuild(ACME, ONE, [*old, file("/29.md", "---\ntags: [third, even]\n---\nwalrus", DAYS[1]), note(30)])
    index.apply(ACME, ONE, TWO, [note(day, "again") for day in (*range(3, 31, 3), 28, 29)], [MemoryPath("/01.md")])
    return index


def days(hits: Hits) -> list[int]:
    return sorted(int(path[1:3]) for path in paths(hits))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"updated_after": DAYS[27]}, [27, 28, 29, 30]),
        ({"updated_before": DAYS[5]}, [2, 3, 4]),
        ({"updated_after": DAYS[9], "updated_before": DAYS[12]}, [9, 10, 11]),
        ({"updated_after": DAYS[9] + timedelta(seconds=1), "updated_before": DAYS[12]}, [10, 11]),
        ({"updated_after": DAYS[12], "updated_before": DAYS[9]}, []),
        ({"updated_after": datetime.max.replace(tzinfo=UTC)}, []),
        ({"updated_before": datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))}, []),
        ({"updated_after": datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))}, list(range(2, 31))),
        ({"tags": ("fifth OF",)}, [5, 10, 15, 20, 25, 30]),
        ({"tags": ("#third", "even")}, [6, 12, 18, 24, 30]),
        ({"tags": ("third", "third")}, list(range(3, 31, 3))),
        ({"tags": ("third", "absent")}, []),
        ({"tags": ("",)}, []),
        ({"tags": ("even",), "updated_after": DAYS[25], "folder": "/28.md"}, [28]),
        ({"tags": ("even",), "updated_after": DAYS[25], "folder": "/27.md"}, []),
    ],
)
def test_a_filter_keeps_what_passes_it(diary: SearchIndex, filters: dict[str, Any], expected: list[int]) -> None:
    hits = found(diary, "walrus", limit=50, **filters)
    assert (days(hits), hits.total) == (expected, len(expected))
    few = found(diary, "walrus", limit=2, **filters)
    assert (few.hits, few.total) == (hits.hits[:2], hits.total)


def test_a_filter_changes_no_score(diary: SearchIndex) -> None:
    whole = {hit.path: hit for hit in found(diary, "walrus again", limit=50).hits}
    for filters in ({"tags": ("even",)}, {"updated_after": DAYS[20]}, {"updated_before": DAYS[3]}):
        hits = found(diary, "walrus again", limit=50, **filters).hits
        assert hits
        assert all(hit == whole[hit.path] for hit in hits)


def test_a_filter_and_a_phrase_both_hold(diary: SearchIndex) -> None:
    assert days(found(diary, '"walrus again"', limit=50, tags=("even",))) == [6, 12, 18, 24, 28, 30]


def test_hits_go_on_where_a_page_ended(diary: SearchIndex) -> None:
    for filters in ({}, {"tags": ("even",)}, {"updated_after": DAYS[10], "folder": "/"}):
        whole = found(diary, "walrus again", limit=50, **filters)
        for limit in (1, 4, 50):
            pages = [found(diary, "walrus again", limit, skip=skip, **filters) for skip in range(0, 40, limit)]
            assert [hit for page in pages for hit in page.hits] == list(whole.hits)
            assert {page.total for page in pages} == {whole.total}


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


def test_a_snippet_stands_in_the_section_of_its_hit(library: SearchIndex) -> None:
    reader = library.reader(ACME)
    assert reader
    for query in ("enterprise", "fintech compliance team", "clinics", "acme", '"red fox"', "icp"):
        hits = reader.search(Query(text=query, limit=10))
        assert hits.hits
        for hit in hits.hits:
            content = FILES[hit.path.text]
            assert reader.snippet(hit, content, hits.terms).text in section(content, hit)


def test_a_snippet_holds_what_was_asked_for(library: SearchIndex) -> None:
    reader = library.reader(ACME)
    assert reader
    hits = reader.search(Query(text="enterprise fintech compliance", limit=1))
    snippet = reader.snippet(hits.hits[0], FILES["/topics/icp.md"], hits.terms).text
    assert "Enterprise fintech with a compliance team" in snippet
    assert len(snippet) <= 240


def section(content: str, hit: Hit) -> str:
    return "\n".join(content.split("\n")[hit.start_line - 1 : hit.end_line])
