"""Agents that write at the same moment: of those that must not both win, exactly one does."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.runtime_client import Json, RuntimeClient, succeeded
from tests.service_fixtures import Organisation

WRITERS = 8


def _at_once(clients: Sequence[RuntimeClient], ask: Callable[[RuntimeClient, int], httpx.Response]) -> list[Json]:
    """Let every client ask at the same moment; the bodies of the answers."""
    ready = threading.Barrier(len(clients), timeout=20)

    def call(client: RuntimeClient, number: int) -> Json:
        ready.wait()
        body: Json = ask(client, number).json()
        return body

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(call, clients, range(len(clients)), timeout=60))


@pytest.fixture
def clients(org: Organisation) -> list[RuntimeClient]:
    """Clients with a connection each."""
    key = org.key()
    return [org.client_of(key) for _ in range(WRITERS)]


@pytest.mark.requirement("write.expected_version", "errors.version_mismatch")
def test_of_writers_that_expect_the_same_version_one_wins(org: Organisation, clients: list[RuntimeClient]) -> None:
    version = clients[0].result("memory_write", path="/a.md", content="Start.")["version"]
    commits = len(org.commits())
    call = {"path": "/a.md", "expectedVersion": version}
    answers = _at_once(clients, lambda client, n: client.call("memory_write", {**call, "content": f"By {n}."}))
    winners = [answer["result"] for answer in answers if "result" in answer]
    assert len(winners) == 1
    assert {answer["code"] for answer in answers if "code" in answer} == {"version_mismatch"}
    current = {answer["details"]["currentVersion"] for answer in answers if "code" in answer}
    assert current == {winners[0]["version"]}
    assert len(org.commits()) == commits + 1


@pytest.mark.requirement("write.expected_null", "errors.memory_exists")
def test_of_writers_that_create_the_same_file_one_does(clients: list[RuntimeClient]) -> None:
    call = {"path": "/a.md", "expectedVersion": None}
    answers = _at_once(clients, lambda client, n: client.call("memory_write", {**call, "content": f"By {n}."}))
    assert [answer["result"]["created"] for answer in answers if "result" in answer] == [True]
    assert {answer["code"] for answer in answers if "code" in answer} == {"memory_exists"}


@pytest.mark.requirement("path.twins", "errors.path_invalid")
def test_of_writers_that_create_twins_one_does(clients: list[RuntimeClient]) -> None:
    names = ["plan", "Plan", "PLAN", "pLan", "plAn", "plaN", "PLan", "plAN"]
    answers = _at_once(
        clients, lambda client, n: client.call("memory_append", {"path": f"/{names[n]}.md", "content": "A."})
    )
    assert [answer["result"]["created"] for answer in answers if "result" in answer] == [True]
    assert {answer["code"] for answer in answers if "code" in answer} == {"path_invalid"}
    assert len(clients[0].result("memory_ls")["entries"]) == 1


@pytest.mark.requirement("guard.read", "errors.version_mismatch")
def test_of_sessions_that_read_the_same_text_one_overwrites_it(clients: list[RuntimeClient]) -> None:
    clients[0].result("memory_write", path="/a.md", content="Start.")
    sessions = [client.session() for client in clients]
    for client, session in zip(clients, sessions, strict=True):
        client.result("memory_read", session=session, path="/a.md")
    answers = _at_once(
        clients,
        lambda client, n: client.call("memory_write", {"path": "/a.md", "content": f"By {n}."}, sessionId=sessions[n]),
    )
    assert len([answer for answer in answers if "result" in answer]) == 1
    assert {answer["code"] for answer in answers if "code" in answer} == {"version_mismatch"}


@pytest.mark.requirement("search.fresh", "search.commit")
def test_everybody_finds_what_they_have_just_written(org: Organisation, clients: list[RuntimeClient]) -> None:
    def write_and_search(client: RuntimeClient, number: int) -> httpx.Response:
        for step in range(3):
            word = f"walrus{number}x{step}"
            succeeded(client.call("memory_append", {"path": f"/{number % 3}.md", "content": f"The {word} sleeps."}))
            found = client.result("memory_search", query=word)
            assert [hit["path"] for hit in found["hits"]] == [f"/{number % 3}.md"]
            (hit,) = found["hits"]
            assert org.git("rev-parse", f"{found['commit']}:{number % 3}.md").strip() == hit["version"]
        return client.get("/capabilities")

    _at_once(clients, write_and_search)


@pytest.mark.requirement("ls.shape", "commit.full_id", "reads.unblocked")
def test_what_is_read_during_writes_is_the_state_of_one_commit(org: Organisation, clients: list[RuntimeClient]) -> None:
    """Every write changes the one file; a listing and a reading must fit the commit that they name."""
    writers, readers = clients[:4], clients[4:]
    writers[0].result("memory_write", path="/a.md", content="Start.\n")

    def work(client: RuntimeClient, number: int) -> httpx.Response:
        for step in range(6):
            if client in writers:
                client.result("memory_append", path="/a.md", content=f"- {number} {step}")
            else:
                read = client.result("memory_read", path="/a.md")
                assert org.git("rev-parse", f"{read['commit']}:a.md").strip() == read["version"]
                assert org.git("show", read["commit"] + ":a.md") == read["content"]
                listing = client.result("memory_ls")
                (entry,) = listing["entries"]
                assert org.git("rev-parse", f"{listing['commit']}:a.md").strip() == entry["version"]
        return client.get("/capabilities")

    assert len(readers) == WRITERS - 4
    _at_once(clients, work)
