"""memory_search: what is found, in which order, and how fresh it is."""

import pytest

from tests.real_git import hash_object
from tests.runtime_client import TIME, Json, RuntimeClient, refused
from tests.service_fixtures import Organisation

HIT = {"path", "score", "title", "heading", "startLine", "endLine", "snippet", "version", "updatedAt"} | {
    "highlights",
    "matchedTerms",
}

ICP = """\
# Ideal customer profile

Who we sell to, and who we leave to others. The profile is looked at every quarter, with the figures of the last one.

## Fintech

Enterprise fintech with a compliance team of five or more.
They come to us when an audit has gone wrong, and they stay because the next one goes well. The buyer is the head of
operations; the head of engineering can stop it. Ask for the date of the last audit in the first call, and for the name
of the auditor in the second. Never promise a date before both of them have said yes in writing.

## Health

Clinics that keep paper records.
They have no time and no budget, but they have a deadline: the law changes at the end of the year, and every clinic has
to show by then where its records are. The buyer is the manager of the practice; the doctors can stop it. Bring the
printed checklist to the first visit, and leave it there. Never say that paper is bad: it has served them for decades.
"""

FILES = {
    "/topics/icp.md": ICP,
    "/topics/pricing.md": "# Pricing\n\nEnterprise plans start at 40,000 a year. Discounts need approval.\n",
    "/daily/2026-04-15.md": "- Talked to a fintech about pricing.\n- The red fox jumped over the compliance team.\n",
    "/MEMORY.md": "# Acme\n\nWe sell software to clinics and banks.\n",
}


@pytest.fixture(scope="module")
def library(shared_org: Organisation) -> RuntimeClient:
    """A client of an organisation that holds the files."""
    client = shared_org.client()
    for path, content in FILES.items():
        client.result("memory_write", path=path, content=content)
    return client


def _paths(found: Json) -> list[str]:
    return [hit["path"] for hit in found["hits"]]


@pytest.mark.requirement("search.shape", "search.hits", "search.words", "version.blob_id", "times.format")
def test_a_hit_tells_where_the_answer_stands(library: RuntimeClient, shared_org: Organisation) -> None:
    found = library.result("memory_search", query="enterprise fintech ICP")
    assert set(found) == {"hits", "total", "commit"}, "there is one page"
    assert found["commit"] == shared_org.commits()[0]
    hit = found["hits"][0]
    assert set(hit) == HIT
    assert hit["path"] == "/topics/icp.md"
    assert hit["title"] == "Ideal customer profile"
    assert "Fintech" in hit["heading"]
    assert isinstance(hit["score"], int | float)
    assert hit["version"] == hash_object(ICP)
    assert TIME.fullmatch(hit["updatedAt"])
    assert 1 <= hit["startLine"] <= 7 <= hit["endLine"] <= 14
    assert "Enterprise fintech" in hit["snippet"]


@pytest.mark.requirement("search.order")
@pytest.mark.parametrize("query", ["fintech", "enterprise pricing", "clinics team compliance", "software a the"])
def test_hits_come_in_descending_score(library: RuntimeClient, query: str) -> None:
    scores = [hit["score"] for hit in library.result("memory_search", query=query)["hits"]]
    assert scores
    assert scores == sorted(scores, reverse=True)


@pytest.mark.requirement("search.words")
@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("discount", "/topics/pricing.md"),
        ("DISCOUNTS", "/topics/pricing.md"),
        ("approvals for discounting", "/topics/pricing.md"),
        ("banks", "/MEMORY.md"),
        ("pricing", "/topics/pricing.md"),
        ("paper record", "/topics/icp.md"),
        ("wobbleframp banks", "/MEMORY.md"),
    ],
)
def test_plain_words_match_by_relevance(library: RuntimeClient, query: str, path: str) -> None:
    assert _paths(library.result("memory_search", query=query))[0] == path


@pytest.mark.requirement("search.words", "search.shape")
@pytest.mark.parametrize("query", ["wobbleframp", "zzzzzzzz qqqqqqqq", '"fox red"'])
def test_what_is_not_there_is_not_found(library: RuntimeClient, query: str) -> None:
    found = library.result("memory_search", query=query)
    assert (found["hits"], found["total"]) == ([], 0)


@pytest.mark.requirement("search.words")
def test_a_word_that_stands_nowhere_is_corrected_and_the_answer_says_so(library: RuntimeClient) -> None:
    found = library.result("memory_search", query="complience of a fintehc in 2027")
    assert found["corrections"] == [
        {"term": "complience", "used": "compliance"},
        {"term": "fintehc", "used": "fintech"},
    ]
    plain = library.result("memory_search", query="compliance of a fintech in 2027")
    assert "corrections" not in plain
    assert found["hits"] == plain["hits"] != []


@pytest.mark.requirement("search.words")
def test_a_correction_and_the_matched_terms_tell_a_word_as_it_is_written(client: RuntimeClient) -> None:
    client.result("memory_write", path="/a.md", content="# Hands\n\nShe handed it over, by hand.\n")
    for query, used in (("handedd", "handed"), ("hansd", "hands"), ("hadn", "hand")):
        found = client.result("memory_search", query=query)
        assert found["corrections"] == [{"term": query, "used": used}]
        assert [hit["matchedTerms"] for hit in found["hits"]] == [[used]]


@pytest.mark.requirement("search.words")
@pytest.mark.parametrize("query", ["!?", '""', "🚀", "-- * ~"])
def test_a_query_without_anything_to_look_for_is_told_so(library: RuntimeClient, query: str) -> None:
    found = library.result("memory_search", query=query)
    assert (found["hits"], found["total"], found["reason"]) == ([], 0, "no searchable terms")
    assert "reason" not in library.result("memory_search", query="the")


@pytest.mark.requirement("search.phrase")
@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ('"compliance team"', ["/daily/2026-04-15.md", "/topics/icp.md"]),
        ('"red fox"', ["/daily/2026-04-15.md"]),
        ('"team compliance"', []),
        ('"fintech about pricing"', ["/daily/2026-04-15.md"]),
    ],
)
def test_a_quoted_phrase_matches_as_a_phrase(library: RuntimeClient, query: str, paths: list[str]) -> None:
    found = library.result("memory_search", query=query)
    assert sorted(_paths(found)) == paths
    assert found["total"] == len(paths)


def test_a_phrase_that_no_file_holds_is_told(library: RuntimeClient) -> None:
    assert library.result("memory_search", query='what of "Team compliance"?')["reason"] == (
        'no file holds the phrase "Team compliance"'
    )
    assert "reason" not in library.result("memory_search", query='"compliance team"')


@pytest.mark.requirement("search.phrase", "search.words")
def test_beside_other_words_a_phrase_that_no_file_holds_is_read_as_its_words_and_the_answer_says_so(
    library: RuntimeClient,
) -> None:
    found = library.result("memory_search", query='pricing "Team compliance"')
    assert found["corrections"] == [{"term": '"Team compliance"', "used": "Team compliance"}]
    plain = library.result("memory_search", query="pricing Team compliance")
    assert found["hits"] == plain["hits"] != []
    assert {"corrections", "reason"}.isdisjoint(plain)
    assert "corrections" not in library.result("memory_search", query='pricing "compliance team"')


@pytest.mark.requirement("search.path")
@pytest.mark.parametrize(
    ("path", "paths"),
    [
        ("/topics", ["/topics/icp.md", "/topics/pricing.md"]),
        ("topics/", ["/topics/icp.md", "/topics/pricing.md"]),
        ("/topics/icp.md", ["/topics/icp.md"]),
        ("/", ["/daily/2026-04-15.md", "/topics/icp.md", "/topics/pricing.md"]),
        ("/daily", ["/daily/2026-04-15.md"]),
        ("/absent", []),
        ("/top", []),
    ],
)
def test_a_path_keeps_hits_below_it(library: RuntimeClient, path: str, paths: list[str]) -> None:
    found = library.result("memory_search", query="enterprise fintech pricing", path=path)
    assert sorted(_paths(found)) == paths
    assert found["total"] == len(paths)


TAGGED = {
    "/a.md": "---\ntags: [Walrus, north]\n---\nThe walrus sleeps.\n",
    "/b.md": "---\ntags:\n- walrus\n---\nThe walrus dives.\n",
    "/c.md": "The walrus has no tags: [walrus].\n",
    "/d.md": "---\ntags: [walrus, north\n---\nThe walrus of broken front matter.\n",
}


@pytest.fixture(scope="module")
def tagged(shared_org: Organisation) -> RuntimeClient:
    client = shared_org.running.organisation().client()
    for path, content in TAGGED.items():
        client.result("memory_write", path=path, content=content)
    return client


@pytest.mark.requirement("search.tags")
@pytest.mark.parametrize(
    ("tags", "paths"),
    [
        ([], ["/a.md", "/b.md", "/c.md", "/d.md"]),
        (["walrus"], ["/a.md", "/b.md"]),
        (["NORTH", "#walrus"], ["/a.md"]),
        (["north", "absent"], []),
    ],
)
def test_tags_keep_hits_to_files_with_all_of_them(tagged: RuntimeClient, tags: list[str], paths: list[str]) -> None:
    found = tagged.result("memory_search", query="walrus", tags=tags)
    assert (sorted(_paths(found)), found["total"]) == (paths, len(paths))


@pytest.mark.requirement("search.updated")
def test_moments_keep_hits_to_what_was_changed_since_and_before(org: Organisation) -> None:
    client = org.client()
    for number in range(3):
        client.result("memory_write", path=f"/{number}.md", content=f"Walrus {number}.\n")
        org.running.clock.advance(days=1)
    first, second, third = (entry["updatedAt"] for entry in client.result("memory_ls")["entries"])

    def found(**filters: str) -> list[str]:
        return sorted(_paths(client.result("memory_search", query="walrus", **filters)))

    assert found(updatedAfter=first) == ["/0.md", "/1.md", "/2.md"]
    assert found(updatedAfter=second) == found(updatedAfter=second[:10]) == ["/1.md", "/2.md"]
    assert found(updatedBefore=second) == found(updatedBefore=second[:10]) == ["/0.md"]
    assert found(updatedAfter=second, updatedBefore=third.replace("Z", "+00:00")) == ["/1.md"]
    assert found(updatedAfter=second.replace("Z", "+01:00"), path="/0.md") == []
    client.result("memory_append", path="/0.md", content="Again.")
    assert found(updatedBefore=third) == ["/1.md"]
    refused(client.call("memory_search", {"query": "walrus", "updatedAfter": "yesterday"}), 400, "input_invalid")


@pytest.mark.requirement("search.fresh", "search.commit")
def test_every_write_is_found_by_the_next_search(org: Organisation) -> None:
    client = org.client()
    for number in range(12):
        word = f"walrus{number}x"
        tool = "memory_append" if number % 3 else "memory_write"
        written = client.result(tool, path=f"/{number % 4}.md", content=f"The {word} sleeps.")
        found = client.result("memory_search", query=word)
        assert _paths(found) == [written["path"]]
        assert found["commit"] == written["commit"] == org.commits()[0]
        assert found["hits"][0]["version"] == written["version"]


@pytest.mark.requirement("search.fresh")
def test_what_was_overwritten_is_not_found_any_more(client: RuntimeClient) -> None:
    client.result("memory_write", path="/a.md", content="The walrus sleeps.")
    client.result("memory_write", path="/a.md", content="The ostrich runs.")
    assert client.result("memory_search", query="walrus")["hits"] == []
    assert _paths(client.result("memory_search", query="ostrich")) == ["/a.md"]


@pytest.mark.requirement("search.snippet")
@pytest.mark.parametrize("query", ["enterprise", "fintech compliance", "clinics", '"red fox"', "pricing", "acme"])
def test_the_snippet_stands_between_the_lines_of_the_hit(library: RuntimeClient, query: str) -> None:
    found = library.result("memory_search", query=query)
    assert found["hits"]
    for hit in found["hits"]:
        lines = {"startLine": hit["startLine"], "endLine": hit["endLine"]}
        read = library.result("memory_read", path=hit["path"], **lines)
        assert read["version"] == hit["version"]
        assert read["endLine"] == hit["endLine"]
        assert hit["snippet"].strip()
        assert len(hit["snippet"]) <= 240
        assert hit["snippet"] in read["content"]


@pytest.mark.requirement("search.highlights", "search.matched")
def test_a_hit_tells_which_words_it_was_found_by_and_where_they_stand(library: RuntimeClient) -> None:
    content = "# Seals\n\n🦭🦭 Le cafe\u0301 des walruses, in der Straße: 日本語の文 a ﬁsh…\n"
    library.result("memory_write", path="/animals/seals.md", content=content)
    query = "Seal walrus CAFÉ strasse 日本語 fish zebra"
    (hit,) = library.result("memory_search", query=query, path="/animals")["hits"]
    marked = [hit["snippet"][start:end] for start, end in hit["highlights"]]
    assert marked == ["Seals", "cafe\u0301", "walruses", "Straße", "日本語", "ﬁsh"]
    assert hit["matchedTerms"] == ["seal", "walrus", "café", "strasse", "日本", "本語", "fish"]
