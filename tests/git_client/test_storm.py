"""Thirty pushes while agents go on writing ten times a second: every one is taken at the first try."""

import threading
from pathlib import Path

import pytest

from memory_service.domain.calls import Scope
from tests.git_client.conftest import Host
from tests.git_client.people import Person
from tests.runtime_client import RuntimeClient

PUSHES = 30
AGENTS = 2
PAUSE = 0.1
"""Seconds between two notes of an agent, each of which also writes a page: four commits in it, over ten a second."""


class Agents:
    """Agents who write until they are told to stop."""

    def __init__(self, clients: list[RuntimeClient]) -> None:
        self.written: list[str] = []
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=each) for each in enumerate(clients)]

    def __enter__(self) -> "Agents":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(20)

    def _write(self, number: int, client: RuntimeClient) -> None:
        count = 0
        while not self._stopping.wait(PAUSE):
            note = client.result("memory_append", path="/daily/2026-04-15.md", content=f"- {number} {count}")
            page = client.result("memory_write", path=f"/agents/{number}/{count % 50}.md", content=f"# {count}\n")
            self.written += [note["commit"], page["commit"]]
            count += 1


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.requirement("git.never_lost")
def test_every_push_is_taken_at_the_first_try(host: Host, tmp_path: Path) -> None:
    person = host.clone("Ada")
    key = host.org.key("Bo", [Scope.GIT_WRITE])
    pushed = []
    with Agents([host.org.client() for _ in range(AGENTS)]) as agents:
        for number in range(PUSHES):
            if number % 3 == 0:
                home = tmp_path / f"clone {number}"
                home.mkdir()
                writer = Person("Bo", home, host.address_with(key), host.running.clock).clone()
            else:
                writer = person
                if number % 3 == 1:
                    writer.pull()
            day = writer.read("daily/2026-04-15.md") if (writer.folder / "daily").exists() else ""
            files = {"daily/2026-04-15.md": f"{day}- person {number}\n", f"people/{number}.md": f"# {number}\n"}
            pushed.append(writer.commit(f"Push {number}", files))
            writer.push()
    agent = host.org.client()
    lines = agent.result("memory_read", path="/daily/2026-04-15.md")["content"].splitlines()
    assert {f"- person {number}" for number in range(PUSHES)} <= set(lines)
    assert len(lines) == len(set(lines)) == PUSHES + len(agents.written) // 2
    assert {*pushed, *agents.written} <= set(host.org.git("rev-list", "main").split())
    assert int(host.org.git("rev-list", "--merges", "--count", "main")) > PUSHES // 2
    assert host.org.git("fsck", "--full", "--strict").strip() == ""
