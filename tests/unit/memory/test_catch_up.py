"""Law 2: however a mirror stands to the head, the next reader finds it there."""

import threading
from collections.abc import Callable, Iterable
from contextlib import closing

import pytest

from memory_service.domain.errors import Overloaded
from memory_service.domain.ids import CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File
from memory_service.domain.trees import Change
from memory_service.memory.limits import MemoryLimits
from memory_service.memory.service import Memory
from tests.clocks import ManualClock
from tests.fakes.file_table import InMemoryFileTable
from tests.fakes.store import FakeSnapshot, MemoryStore, blob_id
from tests.unit.memory.agents import ACME, Agent
from tests.unit.memory.watched_index import BACKGROUND, SECONDS, WatchedIndex

OTHERS = OrgId("others")


def paths(agent: Agent, query: str) -> set[str]:
    return {hit["path"] for hit in agent.search(query)["hits"]}


def test_an_absent_index_is_built_in_the_background(agent: Agent, index: WatchedIndex) -> None:
    assert paths(agent, "fintech") == {"/topics/icp.md"}
    assert (index.done, index.thread) == (["rebuild"], BACKGROUND)


def test_an_index_at_the_head_is_used_as_it_is(agent: Agent, index: WatchedIndex) -> None:
    agent.search("fintech")
    index.done.clear()

    agent.search("fintech")
    agent.search("bank")

    assert index.done == []


def test_an_index_behind_takes_in_what_changed_and_nothing_else(
    agent: Agent, index: WatchedIndex, store: MemoryStore
) -> None:
    agent.search("fintech")
    index.done.clear()
    store.push(ACME, {"/a.md": b"zebra\n", "/MEMORY.md": None})
    store.push(ACME, {"/b.md": b"zebra\n", "/a.md": b"horse\n"})

    assert paths(agent, "zebra") == {"/b.md"}
    assert index.done == ["apply ['/a.md', '/b.md'] ['/MEMORY.md']"]
    assert index.thread == threading.current_thread().name


def test_an_index_of_a_commit_that_is_gone_is_built_anew(agent: Agent, index: WatchedIndex, store: MemoryStore) -> None:
    agent.search("fintech")
    index.done.clear()
    store.create(ACME, {"/restored.md": b"zebra\n"})

    assert paths(agent, "zebra fintech") == {"/restored.md"}
    assert index.done == ["rebuild"]


def test_an_index_that_was_thrown_away_is_built_anew(agent: Agent, index: WatchedIndex) -> None:
    agent.search("fintech")
    index.readers.clear()

    assert paths(agent, "fintech") == {"/topics/icp.md"}


def test_a_large_change_is_taken_in_in_the_background(agent: Agent, index: WatchedIndex, store: MemoryStore) -> None:
    agent.search("fintech")
    index.done.clear()
    store.push(ACME, {f"/many/{number}.md": b"zebra\n" for number in range(65)})

    assert agent.search("zebra")["total"] == 65
    assert (len(index.done), index.thread) == (1, BACKGROUND)


def test_an_index_many_commits_behind_is_brought_to_the_head_in_the_background(
    index: WatchedIndex, store: MemoryStore, table: InMemoryFileTable
) -> None:
    with closing(Memory(store, index, table, MemoryLimits(catch_up_seconds=SECONDS, catch_up_commits=19))) as memory:
        agent = Agent(memory)
        agent.search("fintech")
        for behind, thread in ((8, threading.current_thread().name), (9, BACKGROUND)):
            for number in range(behind):
                store.push(ACME, {"/a.md": b"zebra %d of %d\n" % (number, behind)})

            assert paths(agent, "zebra") == {"/a.md"}
            assert (index.done.pop(), index.thread) == ("apply ['/a.md'] []", thread)


def test_calls_that_find_an_index_being_brought_to_the_head_walk_no_history_themselves(
    store: MemoryStore, index: WatchedIndex, table: InMemoryFileTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks: list[str] = []
    changes, descends_from = FakeSnapshot.changes, FakeSnapshot.descends_from

    def watched_changes(
        snapshot: FakeSnapshot, since: CommitId | None, passed: Callable[[], None]
    ) -> Iterable[Change] | None:
        walks.append(threading.current_thread().name)
        return changes(snapshot, since, passed)

    def watched_descends_from(snapshot: FakeSnapshot, commit: CommitId, passed: Callable[[], None]) -> bool:
        walks.append(threading.current_thread().name)
        return descends_from(snapshot, commit, passed)

    with closing(Memory(store, index, table, MemoryLimits(catch_up_seconds=0.1))) as hasty:
        store.create(OTHERS)
        hasty.refresh(OTHERS)
        monkeypatch.setattr(FakeSnapshot, "changes", watched_changes)
        monkeypatch.setattr(FakeSnapshot, "descends_from", watched_descends_from)
        index.building.clear()
        index.gate.clear()
        store.create(OTHERS, {"/a.md": b"zebra\n"})
        for _ in range(3):
            with pytest.raises(Overloaded):
                Agent(hasty, org=OTHERS).search("zebra")
        assert index.building.wait(SECONDS)
        index.gate.set()

    assert sorted(walks) == sorted([threading.current_thread().name, BACKGROUND, BACKGROUND])


def test_an_index_that_another_process_moved_is_looked_at_again(
    agent: Agent, index: WatchedIndex, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent.search("fintech")
    store.push(ACME, {"/a.md": b"zebra\n"})
    moved = iter([True])
    applied = index.apply

    def apply(org: OrgId, base: CommitId, head: CommitId, files: Iterable[File], gone: Iterable[MemoryPath]) -> bool:
        done = applied(org, base, head, files, gone)
        return done and not next(moved, False)

    monkeypatch.setattr(index, "apply", apply)

    assert paths(agent, "zebra") == {"/a.md"}


def test_an_index_ahead_of_the_head_that_a_call_has_read_is_right(
    agent: Agent, index: WatchedIndex, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = store.head(ACME)
    new = store.push(ACME, {"/a.md": b"zebra\n"})
    agent.search("fintech")
    index.done.clear()
    heads = iter([old])
    head = store.head
    monkeypatch.setattr(store, "head", lambda org: next(heads, None) or head(org))

    assert agent.search("zebra")["commit"] == new
    assert index.done == []


def test_an_index_that_overtakes_its_follower_is_not_built_anew(
    agent: Agent, index: WatchedIndex, store: MemoryStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent.search("fintech")
    many = {f"/many/{number}.md": b"zebra\n" for number in range(65)}
    store.push(ACME, {**many})
    index.done.clear()
    head = store.head
    asked: list[CommitId] = []

    def overtaken(org: OrgId) -> CommitId:
        """The head; right after the thread in the background has asked, another process moves it and the index."""
        asked.append(head(org))
        if len(asked) == 3:
            new, before = store.push(org, {"/a.md": b"zebra\n"}), index.commit(org)
            assert before
            taken = [
                File(path=MemoryPath(path), blob=blob_id(b"zebra\n"), content=b"zebra\n", updated_at=clock.now)
                for path in (*many, "/a.md")
            ]
            index.apply(org, before, new, taken, [])
        return asked[-1]

    monkeypatch.setattr(store, "head", overtaken)

    assert agent.search("zebra")["total"] == 66
    assert len(asked) > 3
    assert "rebuild" not in index.done
