"""The pages of a search, and how much they hold."""

import itertools
import json
from typing import Any

import pytest

from memory_service.domain.errors import InputInvalid
from memory_service.domain.ids import CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import Query
from memory_service.memory.limits import MIN_TOKENS
from memory_service.memory.pages import SearchCursor
from memory_service.memory.service import Memory
from tests.fakes.store import MemoryStore
from tests.unit.memory.agents import ACME, Agent

QUERY = Query(text="zebra", limit=10, folder=MemoryPath("/"), tags=("a",))


@pytest.fixture
def herd(agent: Agent, store: MemoryStore) -> Agent:
    """An agent that finds twenty-five files."""
    store.push(ACME, {f"/{number:02}.md": b"zebra " * (number + 1) for number in range(25)})
    return agent


def pages(agent: Agent, query: str = "zebra", **given: Any) -> list[Any]:
    found = [agent.search(query, **given)]
    while "nextCursor" in found[-1]:
        found.append(agent.search(query, cursor=found[-1]["nextCursor"], **given))
        assert len(found) < 100
    return found


def paths(*found: Any) -> list[str]:
    return [hit["path"] for page in found for hit in page["hits"]]


def refused(agent: Agent, cursor: str, query: str = "zebra", **given: Any) -> str:
    with pytest.raises(InputInvalid) as caught:
        agent.search(query, cursor=cursor, **given)
    (error,) = caught.value.details["fieldErrors"]
    assert error["field"] == "cursor"
    return str(error["rule"])


def size(found: Any) -> int:
    """Tokens as the documentation counts them."""
    return -(-len(json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()) // 3)


@pytest.mark.parametrize("limit", [1, 7, 10, 25, 50])
def test_pages_hold_every_hit_once_in_its_order(herd: Agent, limit: int) -> None:
    whole = herd.search("zebra", limit=50)
    found = pages(herd, limit=limit)
    assert [hit for page in found for hit in page["hits"]] == whole["hits"]
    assert {(page["total"], page["commit"]) for page in found} == {(25, whole["commit"])}
    assert len(found) == -(-25 // limit)
    assert "nextCursor" not in whole


def test_pages_stay_at_the_commit_of_the_first_while_others_write(herd: Agent, store: MemoryStore) -> None:
    whole = herd.search("zebra", limit=50)
    found = [herd.search("zebra", limit=5)]
    for number in range(4):
        store.push(ACME, {f"/new-{number}.md": b"zebra", f"/{24 - number:02}.md": None, "/00.md": b"horse"})
        found.append(herd.search("zebra", limit=5, cursor=found[-1]["nextCursor"]))
    assert [hit for page in found for hit in page["hits"]] == whole["hits"]
    assert {page["commit"] for page in found} == {whole["commit"]}
    assert herd.search("zebra", limit=50)["commit"] == store.head(ACME)


def test_a_page_may_be_asked_for_again_and_with_another_limit(herd: Agent) -> None:
    first = herd.search("zebra", limit=5)
    rest = herd.search("zebra", limit=50, cursor=first["nextCursor"])
    assert rest == herd.search("zebra", limit=50, cursor=first["nextCursor"])
    assert (len(rest["hits"]), rest["total"]) == (20, 25)


def test_a_filter_holds_on_every_page(herd: Agent, store: MemoryStore) -> None:
    store.push(ACME, {f"/{number:02}.md": b"---\ntags: [odd]\n---\nzebra" for number in range(1, 25, 2)})
    assert sorted(paths(*pages(herd, limit=5, tags=["odd"]))) == [f"/{number:02}.md" for number in range(1, 25, 2)]


def test_a_cursor_is_good_for_its_own_search_only(herd: Agent) -> None:
    cursor = herd.search("zebra", limit=5)["nextCursor"]
    for given in ({"tags": ["a"]}, {"path": "/a"}, {"updatedAfter": "2026-01-01"}, {"updatedBefore": "2030-01-01"}):
        assert refused(herd, cursor, **given) == "cursor"
    assert refused(herd, cursor, query="zebras") == "cursor"


def test_a_cursor_is_good_in_its_own_organisation_only(herd: Agent, memory: Memory, store: MemoryStore) -> None:
    rival = OrgId("rival")
    store.create(rival, {f"/{number:02}.md": b"zebra" for number in range(25)})
    cursor = herd.search("zebra", limit=5)["nextCursor"]
    assert refused(Agent(memory, "Rival", rival), cursor) == "cursor"


def test_a_cursor_that_was_changed_anywhere_is_refused(herd: Agent) -> None:
    cursor = herd.search("zebra", limit=5)["nextCursor"]
    changed = {cursor[:place] + char + cursor[place + 1 :] for place in range(len(cursor)) for char in "Az_"} - {cursor}
    for text in (
        *changed,
        cursor[:-1],
        cursor + "A",
        cursor + "=",
        cursor + "!",
        " " + cursor,
        "x",
        "ä",
        "\ud800",
        "🚀" * 900,
    ):
        assert refused(herd, text) == "cursor"


def test_a_cursor_reads_back_as_it_was_written() -> None:
    for skip in (0, 1, 2**32 - 1):
        cursor = SearchCursor(commit=CommitId("ab" * 20), skip=skip, ranking=255)
        text = cursor.text(ACME, QUERY)
        assert SearchCursor.parse(text, ACME, QUERY) == cursor
        assert len(text) < 50


@pytest.mark.parametrize("tokens", [300, 450, 1000, 5000])
def test_an_answer_holds_no_more_than_it_may_and_as_much_as_fits(herd: Agent, tokens: int) -> None:
    whole = herd.search("zebra", limit=25)
    found = pages(herd, limit=25, maxTokens=tokens)
    assert [hit for page in found for hit in page["hits"]] == whole["hits"]
    assert all(size(page) <= tokens for page in found)
    for page, following in itertools.pairwise(found):
        assert size({**page, "hits": [*page["hits"], following["hits"][0]]}) > tokens


def test_where_nothing_fits_the_answer_says_how_much_would(agent: Agent, store: MemoryStore) -> None:
    store.push(ACME, {"/a.md": ("# " + "T" * 190 + "\n\n" + "斑馬 " * 100).encode(), "/b.md": "斑馬".encode()})
    found = agent.search("斑馬", maxTokens=MIN_TOKENS, path="/a.md")
    assert (found["hits"], found["total"]) == ([], 1)
    assert size(found) <= MIN_TOKENS < found["needsTokens"]
    assert "nextCursor" not in found
    assert len(agent.search("斑馬", maxTokens=found["needsTokens"], path="/a.md")["hits"]) == 1
    assert agent.search("斑馬", maxTokens=found["needsTokens"] - 1, path="/a.md")["hits"] == []
    outcome = agent.outcome("memory_search", {"query": "斑馬", "maxTokens": MIN_TOKENS, "path": "/a.md"})
    assert outcome.summary == f"0 hits: the first takes maxTokens of {found['needsTokens']}"


def test_what_finds_nothing_needs_nothing(agent: Agent) -> None:
    assert set(agent.search("wobbleframp", maxTokens=MIN_TOKENS)) == {"hits", "total", "commit"}


def test_all_pages_tell_the_same_corrections_and_hits_the_words_that_were_used(herd: Agent, store: MemoryStore) -> None:
    first = herd.search("zebraa", limit=10)
    store.push(ACME, {"/later.md": b"zebraa"})  # now it stands somewhere, but not at the commit of the first page
    found = [first, herd.search("zebraa", limit=10, cursor=first["nextCursor"])]
    whole = herd.search("zebra", limit=20, path="/")
    for page in found:
        assert page["corrections"] == [{"term": "zebraa", "used": "zebra"}]
        for hit in page["hits"]:
            assert hit["matchedTerms"] == ["zebra"]
            assert hit["highlights"]
            assert {hit["snippet"][start:end] for start, end in hit["highlights"]} == {"zebra"}
    assert paths(*found) == paths(whole)


def test_all_pages_tell_a_corrected_word_as_the_same_file_writes_it(agent: Agent, store: MemoryStore) -> None:
    store.push(ACME, {f"/{number}.md": b"wobble " * 9 + b"wobbles" * (number % 2) for number in range(4)})
    store.push(ACME, {"/9.md": b"# Wobbled\n\nwobbled"})
    first = agent.search("wobblad", limit=2)
    for page in (first, agent.search("wobblad", limit=2, cursor=first["nextCursor"])):
        assert page["corrections"] == [{"term": "wobblad", "used": "wobbled"}]
        assert [hit["matchedTerms"] for hit in page["hits"]] == [["wobbled"]] * 2


@pytest.mark.parametrize("letter", ["q", "Ж", "𐐨"])
def test_long_corrections_cannot_make_an_answer_larger_than_it_may_be(
    agent: Agent, store: MemoryStore, letter: str
) -> None:
    words = [f"{start}{letter * 60}x" for start in ("aa", "bb", "cc", "dd")]
    store.push(ACME, {"/long.md": " ".join(words).encode()})
    query = " ".join(word[:-1] + "y" for word in words)
    whole = agent.search(query)
    assert [told["used"] for told in whole["corrections"]] == [word.lower() for word in words]
    told = [agent.search(query, maxTokens=tokens, path=path) for tokens in (200, 400, 2000) for path in ("/", "/daily")]
    for answer, most in zip(told, (200, 200, 400, 400, 2000, 2000), strict=True):
        assert size(answer) <= most
    assert told[-1]["corrections"] == whole["corrections"]
    assert 0 <= len(told[0].get("corrections", ())) < 4
    assert told[0]["needsTokens"] > 200
