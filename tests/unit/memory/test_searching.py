import pytest

from memory_service.domain.errors import InputInvalid
from tests.clocks import ManualClock
from tests.fakes.store import MemoryStore, blob_id
from tests.unit.memory.agents import ACME, Agent
from tests.unit.memory.conftest import FILES


def test_a_hit_names_its_file_its_section_and_what_it_says(agent: Agent, store: MemoryStore) -> None:
    found = agent.search("enterprise fintech")

    (hit,) = found["hits"]
    assert hit.pop("score") > 0
    assert 1 <= hit.pop("startLine") <= 3 <= hit.pop("endLine") <= 7
    assert "Enterprise fintech." in hit.pop("snippet")
    assert hit == {
        "path": "/topics/icp.md",
        "title": "Ideal customer",
        "heading": "Ideal customer",
        "highlights": [[0, 10], [11, 18]],
        "matchedTerms": ["enterprise", "fintech"],
        "version": blob_id(FILES["/topics/icp.md"]),
        "updatedAt": "2026-04-15T10:00:00.000Z",
    }
    assert (found["total"], found["commit"]) == (1, store.head(ACME))


def test_a_hit_without_title_or_heading_says_so(agent: Agent) -> None:
    (hit,) = agent.search("Dana")["hits"]

    assert (hit["title"], hit["heading"]) == (None, None)


def test_hits_are_kept_to_a_folder_or_file(agent: Agent, store: MemoryStore) -> None:
    store.push(ACME, {"/topics-old/icp.md": b"Enterprise fintech, once.\n"})

    assert {hit["path"] for hit in agent.search("fintech")["hits"]} == {"/topics/icp.md", "/topics-old/icp.md"}
    assert [hit["path"] for hit in agent.search("fintech", path="topics/")["hits"]] == ["/topics/icp.md"]
    assert [hit["path"] for hit in agent.search("fintech", path="/topics-old/icp.md")["hits"]] == ["/topics-old/icp.md"]
    assert agent.search("fintech", path="/nowhere")["hits"] == []


def test_there_are_no_more_hits_than_asked_for_but_all_are_counted(agent: Agent, store: MemoryStore) -> None:
    store.push(ACME, {f"/many/{number}.md": b"zebra\n" for number in range(12)})

    assert len(agent.search("zebra")["hits"]) == 10
    assert len(agent.search("zebra", limit=3)["hits"]) == 3
    assert agent.search("zebra", limit=3)["total"] == 12


def test_hits_come_in_descending_score(agent: Agent, store: MemoryStore) -> None:
    store.push(ACME, {f"/many/{number}.md": b"zebra " * number + b"horse " * 9 + b"\n" for number in range(1, 9)})

    scores = [hit["score"] for hit in agent.search("zebra horse")["hits"]]

    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) > 1


def test_a_search_sees_what_tools_and_pushes_changed_before_it(agent: Agent, store: MemoryStore) -> None:
    assert agent.search("zebra")["hits"] == []

    written = agent.write("/a.md", "A zebra.\n")
    assert agent.search("zebra")["commit"] == written["commit"]
    agent.append("/b.md", "Another zebra.")
    pushed = store.push(ACME, {"/a.md": None, "/c.md": b"A pushed zebra.\n"})

    found = agent.search("zebra")
    assert {hit["path"] for hit in found["hits"]} == {"/b.md", "/c.md"}
    assert found["commit"] == pushed


@pytest.mark.parametrize("query", ['"', "AND OR NOT (", "path:*", "~/.ssh \\ [a TO", "日本語", "🦓" * 500, "the of"])
def test_no_text_is_a_syntax_error(agent: Agent, query: str) -> None:
    assert agent.search(query)["total"] >= 0


@pytest.mark.parametrize("query", ["", "  \n", "x" * 2001])
def test_a_query_has_one_to_two_thousand_characters(agent: Agent, query: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        agent.search(query)

    assert caught.value.details["fieldErrors"][0]["field"] == "query"


def test_a_file_that_is_again_as_it_was_has_the_same_time_in_a_listing_a_read_and_a_hit(
    agent: Agent, store: MemoryStore, clock: ManualClock
) -> None:
    path = "/topics/icp.md"
    content = agent.read(path)["content"]
    (before,) = agent.search("fintech")["hits"]
    for text in (b"Gone for a moment.\n", content.encode()):
        clock.advance(60)
        store.push(ACME, {path: text})
        agent.ls()  # follows each step, where the index sees both at once
    (hit,) = agent.search("fintech")["hits"]
    (listed,) = agent.ls(path=path)["entries"]
    assert hit["version"] == before["version"]
    assert before["updatedAt"] < hit["updatedAt"] == listed["updatedAt"] == agent.read(path)["updatedAt"]
    assert agent.search("fintech", updatedAfter=hit["updatedAt"])["total"] == 1
