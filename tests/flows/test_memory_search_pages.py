"""``memory_search`` by pages: how many hits an answer holds, and where the next one goes on."""

import json
from dataclasses import replace

import pytest

from memory_service.domain.ids import CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import Query
from memory_service.memory.pages import SearchCursor
from tests.runtime_client import refused, succeeded
from tests.service_fixtures import Organisation


@pytest.mark.requirement("search.limit")
def test_limit_defaults_to_ten_and_is_at_most_fifty(running_source: Organisation) -> None:
    client = running_source.client()
    found = client.result("memory_search", query="walrus")
    assert (len(found["hits"]), found["total"]) == (10, 60)
    assert len(client.result("memory_search", query="walrus", limit=50)["hits"]) == 50
    assert len(client.result("memory_search", query="walrus", limit=1)["hits"]) == 1
    for limit in (0, 51, -1, 10**9):
        refused(client.call("memory_search", {"query": "walrus", "limit": limit}), 400, "input_invalid")


@pytest.mark.requirement("search.limit", "search.order")
def test_a_lower_limit_gives_the_same_hits_from_the_top(running_source: Organisation) -> None:
    client = running_source.client()
    whole = client.result("memory_search", query="walrus herd", limit=50)["hits"]
    for limit in (1, 7, 20):
        assert client.result("memory_search", query="walrus herd", limit=limit)["hits"] == whole[:limit]


@pytest.mark.requirement("search.pages", "search.shape")
def test_pages_hold_every_hit_once_while_others_write(shared_org: Organisation) -> None:
    org = shared_org.running.organisation()
    client, other = org.client(), org.client()
    for number in range(7):
        client.result("memory_write", path=f"/{number}.md", content="walrus " * (number + 1))
    whole = client.result("memory_search", query="walrus", limit=50)
    assert "nextCursor" not in whole
    found = [client.result("memory_search", query="walrus", limit=3)]
    while "nextCursor" in found[-1]:
        other.result("memory_write", path=f"/{len(found)}.md", content="The ostrich runs.")
        cursor = found[-1]["nextCursor"]
        found.append(client.result("memory_search", query="walrus", limit=3, cursor=cursor))
    assert [hit for page in found for hit in page["hits"]] == whole["hits"]
    assert {(page["commit"], page["total"]) for page in found} == {(whole["commit"], 7)}
    assert client.result("memory_search", query="walrus")["total"] == 5


@pytest.mark.requirement("search.cursor")
def test_a_cursor_that_is_made_up_reaches_no_commit_beside_the_history(shared_org: Organisation) -> None:
    org, other = shared_org.running.organisation(), shared_org.running.organisation()
    client = org.client()
    for path in ("/a.md", "/b.md"):
        client.result("memory_write", path=path, content="The walrus sleeps.")
    other.client().result("memory_write", path="/a.md", content="The walrus wakes.")
    tree = org.git("rev-parse", "main^{tree}").strip()
    beside = org.git("-c", "user.name=E", "-c", "user.email=e@f", "commit-tree", "-m", "x", tree).strip()
    query = Query(text="walrus", limit=10, folder=MemoryPath("/"))
    given = client.result("memory_search", query="walrus", limit=1)["nextCursor"]
    real = SearchCursor.parse(given, OrgId(org.name), query)
    assert real
    first = org.git("rev-list", "main").split()[-1]
    for commit, rule in ((first, None), (beside, "cursor_passed"), (other.commits()[0], "cursor_passed")):
        cursor = replace(real, commit=CommitId(commit), skip=0).text(OrgId(org.name), query)
        answer = client.call("memory_search", {"query": "walrus", "cursor": cursor})
        if rule:
            (error,) = refused(answer, 400, "input_invalid")["fieldErrors"]
            assert (error["field"], error["rule"]) == ("cursor", rule)
        else:
            assert succeeded(answer)["result"]["commit"] == commit


@pytest.mark.requirement("search.cursor")
def test_a_cursor_is_good_for_its_own_search_and_organisation_only(
    running_source: Organisation, org: Organisation
) -> None:
    client, other = running_source.client(), org.client()
    other.result("memory_write", path="/walrus.md", content="The walrus.\n")
    cursor = client.result("memory_search", query="walrus", limit=3)["nextCursor"]
    stranger = running_source.running.organisation().client()
    for asking, given in (
        (client, {"query": "herd", "cursor": cursor}),
        (client, {"query": "walrus", "cursor": cursor[:-1] + ("A" if cursor[-1] != "A" else "B")}),
        (client, {"query": "walrus", "cursor": "x"}),
        (stranger, {"query": "walrus", "cursor": cursor}),
        (other, {"query": "walrus", "cursor": cursor}),
    ):
        details = refused(asking.call("memory_search", given), 400, "input_invalid")
        assert details["fieldErrors"][0] == {
            "field": "cursor",
            "message": "is not one that a search with this query and these filters has given",
            "rule": "cursor",
        }


@pytest.mark.requirement("search.tokens")
def test_an_answer_holds_no_more_than_it_may(running_source: Organisation) -> None:
    client = running_source.client()
    found = client.result("memory_search", query="walrus herd", limit=50, maxTokens=1000)
    assert 0 < len(found["hits"]) < 50
    assert len(json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()) <= 3000
    rest = client.result("memory_search", query="walrus herd", limit=50, cursor=found["nextCursor"])
    whole = client.result("memory_search", query="walrus herd", limit=50)
    assert (found["hits"] + rest["hits"])[:50] == whole["hits"]
    least = client.result("memory_search", query="walrus", maxTokens=200)
    if not least["hits"]:
        enough = client.result("memory_search", query="walrus", maxTokens=least["needsTokens"])
        assert len(enough["hits"]) == 1


@pytest.fixture(scope="module")
def running_source(shared_org: Organisation, tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    """An organisation made from a folder of sixty files."""
    source = tmp_path_factory.mktemp("walruses")
    for number in range(60):
        (source / f"walrus-{number:02}.md").write_text(f"# Walrus {number}\n\n{'walrus ' * (number % 7)}herd\n")
    return shared_org.running.organisation(source)
