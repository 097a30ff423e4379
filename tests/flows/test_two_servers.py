"""Two servers on one data folder answer as one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from memory_service.domain.ids import OrgId
from tests.flows.test_events import SUCCESS
from tests.runtime_client import RuntimeClient, refused, succeeded
from tests.service_fixtures import Organisation, RunningService, running_service


@dataclass(frozen=True)
class Pair:
    """The servers, and a client of each with the same key."""

    first: RunningService
    second: RunningService
    org: Organisation
    here: RuntimeClient
    there: RuntimeClient


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Two servers that work on the same data, and an organisation of theirs."""
    public = {"public_url": "http://memory.example"}
    with running_service(tmp_path, **public) as first, running_service(tmp_path, **public) as second:
        org = first.organisation()
        key = org.key("agent")
        with RuntimeClient(first.address, key) as here, RuntimeClient(second.address, key) as there:
            yield Pair(first, second, org, here, there)


@pytest.mark.requirement("search.fresh", "search.commit", "commit.full_id", "ls.entries")
def test_what_one_writes_the_other_reads_lists_and_finds_at_once(pair: Pair) -> None:
    for number in range(6):
        writer, reader = (pair.here, pair.there) if number % 2 else (pair.there, pair.here)
        written = writer.result("memory_append", path=f"/{number % 3}.md", content=f"The walrus{number}x sleeps.")
        found = reader.result("memory_search", query=f"walrus{number}x")
        assert [hit["path"] for hit in found["hits"]] == [written["path"]]
        assert found["commit"] == written["commit"]
        assert reader.result("memory_read", path=written["path"])["version"] == written["version"]
        listed = {entry["path"]: entry["version"] for entry in reader.result("memory_ls")["entries"]}
        assert listed[written["path"]] == written["version"]


@pytest.mark.requirement("search.pages")
def test_pages_may_be_asked_of_either(pair: Pair) -> None:
    for number in range(20):
        pair.here.result("memory_write", path=f"/{number:02}.md", content="walrus " * (number + 1))
    whole = pair.here.result("memory_search", query="walrus", limit=50)
    found = [pair.here.result("memory_search", query="walrus", limit=3)]
    while "nextCursor" in found[-1]:
        number = len(found)
        pair.here.result("memory_write", path=f"/{number:02}.md", content="The ostrich runs.")
        if number == 3:
            pair.second.service.memory.reindex(OrgId(pair.org.name))
        there = pair.there if number % 2 else pair.here
        found.append(there.result("memory_search", query="walrus", limit=3, cursor=found[-1]["nextCursor"]))
    assert [hit for page in found for hit in page["hits"]] == whole["hits"]
    assert {(page["commit"], page["total"]) for page in found} == {(whole["commit"], 20)}


@pytest.mark.requirement("history.one_commit", "append.twice")
def test_appends_to_both_are_all_kept(pair: Pair) -> None:
    before = len(pair.org.commits())
    notes = [f"- Note {number}" for number in range(20)]

    def append(note: str) -> None:
        client = pair.here if notes.index(note) % 2 else pair.there
        client.result("memory_append", path="/a.md", content=note)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(append, notes, timeout=60))
    lines = pair.here.result("memory_read", path="/a.md")["content"].splitlines()
    assert sorted(lines) == sorted(notes)
    assert len(pair.org.commits()) == before + len(notes)
    pair.org.git("fsck", "--full", "--strict")


@pytest.mark.requirement("events.open.during", "events.seamless")
def test_one_streams_what_runs_on_the_other(pair: Pair) -> None:
    gate = pair.first.tools.gate("held")
    answer = pair.here.call("board_hold", {"gate": "held"}, headers={"Prefer": "respond-async"})
    gate.wait_entered()
    with pair.there.stream(answer.json()["executionId"]) as events:
        received = [next(events) for _ in range(3)]
        gate.checkpoint("Half way")
        received.append(next(events))
        gate.release()
        received += events
    assert [event.type for event in received] == [*SUCCESS[:3], "checkpoint", *SUCCESS[3:]]
    assert [event.id for event in received] == list(range(1, len(received) + 1))


@pytest.mark.requirement("idempotency.replay", "idempotency.in_progress")
def test_an_idempotency_key_holds_on_both(pair: Pair) -> None:
    gate = pair.first.tools.gate("held")
    headers = {"Idempotency-Key": "held-1"}
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(pair.here.call, "board_hold", {"gate": "held"}, headers=headers)
        gate.wait_entered()
        refused(pair.there.call("board_hold", {"gate": "held"}, headers=headers), 409, "idempotency_in_progress")
        gate.release()
        first = succeeded(running.result(timeout=20))
    again = pair.there.call("board_hold", {"gate": "held"}, headers=headers)
    assert again.headers["idempotency-replayed"] == "true"
    assert succeeded(again) == first
    assert not pair.second.tools.gate("held").entered.is_set()


@pytest.mark.requirement("auth.revoked", "auth.rotation")
def test_a_key_that_is_revoked_on_one_is_refused_by_the_other(pair: Pair) -> None:
    succeeded(pair.there.get("/capabilities"))
    pair.org.revoke("agent")
    refused(pair.there.get("/capabilities"), 401, "token_invalid")


@pytest.mark.requirement("guard.read", "session.archived")
def test_a_session_is_the_same_on_both(pair: Pair) -> None:
    session = pair.here.session()
    pair.here.result("memory_write", session=session, path="/a.md", content="Old.")
    pair.there.result("memory_write", path="/a.md", content="New.")
    answer = pair.there.call("memory_write", {"path": "/a.md", "content": "Mine."}, sessionId=session)
    refused(answer, 412, "version_mismatch")
    succeeded(pair.there.post(f"/sessions/{session}/archive"))
    refused(pair.here.call("memory_ls", sessionId=session), 409, "session_archived")
