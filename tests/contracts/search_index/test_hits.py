"""What every search index tells of a hit."""

from memory_service.domain.search import Hit, Query
from memory_service.memory.ports import SearchIndex
from tests.contracts.search_index.indexes import ACME, FILES, LONG, ONE, TWO, file, files, found, paths


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
