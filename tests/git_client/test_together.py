"""People and agents at once: nothing is lost, nobody is refused, and history stays one line."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.git_client.conftest import Host
from tests.git_client.people import Person
from tests.runtime_client import RuntimeClient

PUSHES = 4
NOTES = 15
DAY = "daily/2026-04-15.md"


class Crowd:
    """Two people, who clone once and never pull, and four agents."""

    def __init__(self, host: Host) -> None:
        self.people = [host.clone("Ada"), host.clone("Bo")]
        self.agents = {name: host.org.client(name) for name in ("one", "two", "three", "four")}
        self.written: list[str] = []
        self.pushed: list[str] = []
        self._start = threading.Barrier(len(self.people) + len(self.agents))
        self._first = threading.Event()

    def work(self) -> None:
        """Everybody at once, until all are done; fails when one is refused."""
        together(
            [
                *(partial(self._push, person) for person in self.people),
                *(partial(self._append, name, agent) for name, agent in self.agents.items()),
            ]
        )

    def notes(self) -> set[str]:
        """What everybody has noted for the day."""
        by_people = {f"- {person.name} {number}" for person in self.people for number in range(PUSHES)}
        return by_people | {f"- {name} {number}" for name in self.agents for number in range(NOTES)}

    def _push(self, person: Person) -> None:
        self._start.wait(20)
        assert self._first.wait(20)
        for number in range(PUSHES):
            notes = person.read(DAY) if number else ""
            page = {f"people/{person.name}/{number}.md": f"# {person.name} {number}\n"}
            self.pushed.append(person.commit("Note", {DAY: f"{notes}- {person.name} {number}\n", **page}))
            person.push()

    def _append(self, name: str, agent: RuntimeClient) -> None:
        self._start.wait(20)
        for number in range(NOTES):
            note = agent.result("memory_append", path=f"/{DAY}", content=f"- {name} {number}")
            page = agent.result("memory_write", path=f"/agents/{name}/{number}.md", content=f"# {name} {number}\n")
            self.written += [note["commit"], page["commit"]]
            self._first.set()


def together(works: Sequence[Callable[[], None]]) -> None:
    """Do everything at once; fails when something does."""
    with ThreadPoolExecutor(len(works)) as threads:
        for done in [threads.submit(work) for work in works]:
            done.result(100)


@pytest.mark.requirement("git.never_lost")
def test_two_people_and_four_agents_at_once_lose_nothing(host: Host) -> None:
    crowd = Crowd(host)
    crowd.work()
    agent = next(iter(crowd.agents.values()))
    lines = agent.result("memory_read", path=f"/{DAY}")["content"].splitlines()
    assert sorted(lines) == sorted(crowd.notes())
    listed = agent.result("memory_ls", path="/", depth=3, limit=500)["entries"]
    pages = [entry["path"] for entry in listed if entry["type"] == "file"]
    assert len(pages) == 1 + len(crowd.people) * PUSHES + len(crowd.agents) * NOTES
    assert agent.result("memory_search", query="Ada 0", path="/people")["total"] == PUSHES + 1
    assert set(crowd.pushed) <= set(host.org.git("rev-list", "main").split())
    assert set(crowd.written) <= set(host.org.commits())
    assert int(host.org.git("rev-list", "--merges", "--count", "main")) >= len(crowd.people)
    assert host.org.git("fsck", "--full", "--strict").strip() == ""
    for person in crowd.people:
        person.git("pull", "--quiet", "--ff-only", "origin", "main")
        assert person.id_of("HEAD") == host.org.commits()[0]
        assert person.git("fsck", "--full", "--strict").strip() == ""
