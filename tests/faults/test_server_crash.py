"""kill -9 of the server while agents write: what was acknowledged is there, what was not can be retried."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.real_git import git
from tests.runtime_client import Json, RuntimeClient, succeeded
from tests.server_process import ServerProcess, new_data, server_process

WRITERS = 4
ACKNOWLEDGED = 30
PUBLIC_URL = "http://memory.example"
"""So that an answer is the same on whichever port it is replayed."""


class Agents:
    """Agents that append numbered notes, each under an Idempotency-Key, until the server is gone."""

    def __init__(self, server: ServerProcess, key: str) -> None:
        self.acknowledged: dict[int, Json] = {}
        self.unanswered: set[int] = set()
        self.enough = threading.Event()
        self._server = server
        self._key = key
        self._numbers = itertools.count()

    def run(self) -> None:
        """Append until a call is not answered."""
        with self._server.client(self._key) as client:
            for number in self._numbers:
                try:
                    answer = append(client, number)
                except httpx.TransportError:
                    self.unanswered.add(number)
                    return
                self.acknowledged[number] = succeeded(answer)
                if len(self.acknowledged) >= ACKNOWLEDGED:
                    self.enough.set()


def append(client: RuntimeClient, number: int) -> httpx.Response:
    """Append a note that is known by its number."""
    headers = {"Idempotency-Key": f"note-{number}"}
    return client.call("memory_append", {"path": f"/{number % 3}.md", "content": f"- Note {number}."}, headers=headers)


def _killed_while_they_write(data: Path, key: str) -> Agents:
    """Start a server, let agents write, and kill the server in the middle of it."""
    with server_process(data, public_url=PUBLIC_URL) as server:
        agents = Agents(server, key)
        with ThreadPoolExecutor(WRITERS) as pool:
            running = [pool.submit(agents.run) for _ in range(WRITERS)]
            assert agents.enough.wait(60)
            server.kill()
            for agent in running:
                agent.result(timeout=60)
    return agents


def _notes(client: RuntimeClient) -> list[str]:
    paths = [entry["path"] for entry in client.result("memory_ls")["entries"]]
    return [line for path in paths for line in client.result("memory_read", path=path)["content"].splitlines()]


@pytest.mark.requirement("history.one_commit", "idempotency.replay", "append.twice", "execution.shape")
def test_a_killed_server_has_lost_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    data, key = new_data(tmp_path)
    agents = _killed_while_they_write(data, key)
    assert len(agents.unanswered) == WRITERS, "each agent was in the middle of a call"

    with server_process(data, public_url=PUBLIC_URL) as server, server.client(key) as client:
        notes = _notes(client)
        for number, answer in agents.acknowledged.items():
            assert notes.count(f"- Note {number}.") == 1
            execution = client.execution(answer["executionId"])
            assert (execution["status"], execution["commit"]) == ("completed", answer["result"]["commit"])
            assert succeeded(append(client, number)) == answer
        assert [execution["status"] for execution in _executions(client)].count("executing") == 0
        for number in agents.unanswered:
            first, again = succeeded(append(client, number)), succeeded(append(client, number))
            assert first == again
        notes = _notes(client)
        assert sorted(notes) == sorted(f"- Note {number}." for number in agents.acknowledged.keys() | agents.unanswered)
        assert client.result("memory_search", query="note")["total"] == 3
    repository = data / "orgs" / "acme.git"
    assert int(git(repository, "rev-list", "--count", "--grep", "Execution-Id:", "main")) == len(notes)
    git(repository, "fsck", "--full", "--strict")


def _executions(client: RuntimeClient) -> list[Json]:
    """The executions of all sessions."""
    executions: list[Json] = []
    query: Json = {"limit": 200}
    while True:
        page = succeeded(client.get("/sessions", **query))
        for session in page["sessions"]:
            executions += succeeded(client.get(f"/sessions/{session['id']}/executions"))["executions"]
        if "nextCursor" not in page:
            return executions
        query["cursor"] = page["nextCursor"]


@pytest.mark.requirement("events.run_status", "errors.execution.stream")
def test_a_stream_of_an_execution_that_was_cut_off_has_an_end(tmp_path: Path) -> None:
    data, key = new_data(tmp_path)
    _killed_while_they_write(data, key)
    with server_process(data) as server, server.client(key) as client:
        executions = _executions(client)
        assert len(executions) >= ACKNOWLEDGED
        for execution in executions[: 2 * WRITERS]:
            events = client.events(execution["id"])
            assert events[-1].type == ("done" if execution["status"] == "completed" else "error")
            assert [event.id for event in events] == list(range(1, len(events) + 1))
