"""Mirrors that take long to build: who waits, who goes on, and what ends it."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest

from memory_service.domain.errors import Overloaded, StorageFull
from memory_service.domain.ids import CommitId, OrgId
from memory_service.domain.trees import Change
from memory_service.memory.limits import MemoryLimits
from memory_service.memory.service import Memory
from tests.fakes.file_table import InMemoryFileTable
from tests.fakes.store import FakeSnapshot, MemoryStore
from tests.unit.memory.agents import ACME, Agent
from tests.unit.memory.watched_index import BACKGROUND, SECONDS, WatchedIndex

OTHERS = OrgId("others")


@pytest.fixture
def hasty(store: MemoryStore, index: WatchedIndex, table: InMemoryFileTable) -> Iterator[Memory]:
    """A memory over the same stores whose calls do not wait for long."""
    made = Memory(store, index, table, MemoryLimits(catch_up_seconds=0.5))
    yield made
    index.gate.set()
    made.close()


def paths(agent: Agent, query: str) -> set[str]:
    return {hit["path"] for hit in agent.search(query)["hits"]}


def test_a_call_waits_only_so_long_for_an_index_and_others_go_on(
    memory: Memory, hasty: Memory, index: WatchedIndex, store: MemoryStore
) -> None:
    store.create(OTHERS, {"/a.md": b"fintech\n"})
    memory.refresh(OTHERS)
    Agent(memory).ls()
    agent, neighbour = Agent(hasty), Agent(hasty, org=OTHERS)
    index.building.clear()
    index.gate.clear()

    with pytest.raises(Overloaded) as caught:
        agent.search("fintech")

    assert "the search index is being built" in caught.value.message
    assert caught.value.retry_after == 5
    assert index.building.is_set()
    assert agent.ls()["entries"]
    assert agent.write("/a.md", "A.\n")["changed"]
    assert agent.read("/a.md")["content"] == "A.\n"
    assert neighbour.search("fintech")["total"] == 1


def test_calls_that_wait_for_the_same_index_have_it_built_once(
    agent: Agent, index: WatchedIndex, store: MemoryStore
) -> None:
    index.gate.clear()
    together = threading.Barrier(4 + 1)

    def search() -> int:
        together.wait(SECONDS)
        total: int = agent.search("fintech")["total"]
        return total

    with ThreadPoolExecutor(4) as threads:
        found = [threads.submit(search) for _ in range(4)]
        together.wait(SECONDS)
        assert index.building.wait(SECONDS)
        index.gate.set()
        assert [one.result(SECONDS) for one in found] == [1] * 4

    assert index.done == ["rebuild"]


def test_a_call_that_finds_enough_others_waiting_for_the_same_index_is_refused_at_once(
    memory: Memory, agent: Agent, index: WatchedIndex, store: MemoryStore
) -> None:
    store.create(OTHERS, {"/a.md": b"fintech\n"})
    memory.refresh(OTHERS)
    index.building.clear()
    index.gate.clear()
    with ThreadPoolExecutor(5) as threads:
        calls = [threads.submit(agent.search, "fintech") for _ in range(5)]
        (refused,) = wait(calls, SECONDS / 2, FIRST_COMPLETED).done

        with pytest.raises(Overloaded) as caught:
            refused.result()
        assert caught.value.retry_after == 5
        assert Agent(memory, org=OTHERS).search("fintech")["total"] == 1
        index.gate.set()
        assert [call.result(SECONDS)["total"] for call in calls if call is not refused] == [1] * 4


def test_a_build_that_ends_behind_the_head_is_brought_there(
    agent: Agent, index: WatchedIndex, store: MemoryStore
) -> None:
    index.gate.clear()
    with ThreadPoolExecutor(1) as threads:
        found = threads.submit(agent.search, "zebra")
        assert index.building.wait(SECONDS)
        pushed = store.push(ACME, {"/a.md": b"zebra\n"})
        index.gate.set()

        assert found.result(SECONDS)["total"] == 1
        assert found.result()["commit"] == pushed


def test_a_build_that_fails_tells_the_call_that_waits_and_is_tried_again_by_the_next(
    agent: Agent, index: WatchedIndex
) -> None:
    index.refuse = StorageFull()
    with pytest.raises(StorageFull):
        agent.search("fintech")

    index.refuse = None
    assert agent.search("fintech")["total"] == 1


def test_closing_stops_a_build_that_runs(memory: Memory, index: WatchedIndex) -> None:
    before = set(threading.enumerate())
    index.gate.clear()
    with ThreadPoolExecutor(2) as threads:
        waiting = threads.submit(Agent(memory).search, "fintech")
        assert index.building.wait(SECONDS)
        closed = threads.submit(memory.close)
        while not memory._index._closing.wait(SECONDS):
            pytest.fail("close did not begin")
        index.gate.set()
        closed.result(SECONDS)
        with pytest.raises(Overloaded) as caught:
            waiting.result(SECONDS)

    assert "shutting down" in caught.value.message
    assert index.commit(ACME) is None
    assert set(threading.enumerate()) <= before


def test_closing_stops_a_walk_through_the_history(
    memory: Memory, agent: Agent, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    walking, read = threading.Event(), FakeSnapshot.changes

    def endless(snapshot: FakeSnapshot, since: CommitId | None, passed: Callable[[], None]) -> Iterable[Change] | None:
        if threading.current_thread().name != BACKGROUND:
            return read(snapshot, since, passed)
        walking.set()
        while not memory._index._closing.wait(SECONDS):
            pytest.fail("close did not begin")
        passed()
        pytest.fail("the walk went on")

    monkeypatch.setattr(FakeSnapshot, "changes", endless)
    with ThreadPoolExecutor(2) as threads:
        waiting = threads.submit(agent.search, "fintech")
        assert walking.wait(SECONDS)
        threads.submit(memory.close).result(SECONDS)
        with pytest.raises(Overloaded) as caught:
            waiting.result(SECONDS)

    assert "shutting down" in caught.value.message


def test_a_closed_memory_builds_nothing(memory: Memory, index: WatchedIndex) -> None:
    memory.close()

    with pytest.raises(Overloaded):
        Agent(memory).search("fintech")
    assert index.done == []


def test_an_index_that_would_gain_from_it_is_built_anew_while_searches_go_on(
    agent: Agent, memory: Memory, index: WatchedIndex, store: MemoryStore
) -> None:
    agent.search("fintech")
    index.done.clear()
    index.building.clear()
    index.gate.clear()
    index.slow = True

    assert agent.search("fintech")["total"] == 1
    assert index.building.wait(SECONDS)
    store.push(ACME, {"/a.md": b"zebra\n"})
    assert agent.search("zebra")["total"] == 1

    assert index.done == ["rebuild", "apply ['/a.md'] []"]
    index.slow = False
    index.gate.set()
    memory.close()
    assert Agent(memory).search("zebra")["total"] == 1


def test_an_index_that_has_followed_many_commits_is_built_anew_so_that_a_restart_need_not_follow_them_again(
    agent: Agent, memory: Memory, index: WatchedIndex, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory_service.memory.catch_up.RENEWAL_COMMITS", 10)
    agent.search("fintech")
    agent.ls()
    for number in range(10):
        store.push(ACME, {"/a.md": b"%d\n" % number})
    agent.search("fintech")
    agent.ls()
    index.done.clear()

    agent.search("fintech")
    memory._index._renewing[ACME].result(SECONDS)
    agent.search("fintech")

    assert index.done == ["rebuild"]
    assert not memory._table._renewing


@pytest.mark.parametrize(("seconds", "renewals"), [(60.0, 1), (0.0, 2)])
def test_a_renewal_that_failed_is_tried_again_after_a_while_and_not_at_every_search(
    agent: Agent, memory: Memory, index: WatchedIndex, monkeypatch: pytest.MonkeyPatch, seconds: float, renewals: int
) -> None:
    monkeypatch.setattr("memory_service.memory.catch_up.RENEWAL_SECONDS", seconds)
    agent.search("fintech")
    index.done.clear()
    index.slow = True
    index.refuse = StorageFull()
    agent.search("fintech")
    memory._index._renewing[ACME].exception(SECONDS)

    agent.search("fintech")

    memory._index._renewing[ACME].exception(SECONDS)
    assert index.done == ["rebuild"] * renewals
