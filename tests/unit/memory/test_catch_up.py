import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from memory_service.domain.errors import OrgNotFound, Overloaded, StorageFull
from memory_service.domain.ids import CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File
from memory_service.memory.limits import MemoryLimits
from memory_service.memory.service import Memory
from tests.clocks import ManualClock
from tests.fakes.file_table import InMemoryFileTable
from tests.fakes.search_index import ScanIndex, ScanReader
from tests.fakes.store import MemoryStore, blob_id
from tests.unit.memory.agents import ACME, Agent
from tests.unit.memory.conftest import FILES

SECONDS = 10
BACKGROUND = "memory search index_0"
OTHERS = OrgId("others")


class WatchedIndex(ScanIndex):
    """Remembers how it was brought to a commit, and can be held up while it is built."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.thread = ""
        self.building = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.refuse: Exception | None = None
        self.slow = False

    def apply(
        self, org: OrgId, base: CommitId, head: CommitId, files: Iterable[File], gone: Iterable[MemoryPath]
    ) -> bool:
        self.thread = threading.current_thread().name
        taken, removed = list(files), list(gone)
        self.done.append(f"apply {sorted(file.path.text for file in taken)} {sorted(map(str, removed))}")
        return super().apply(org, base, head, taken, removed)

    def rebuild(self, org: OrgId, head: CommitId, files: Iterable[File]) -> None:
        self.thread = threading.current_thread().name
        self.done.append("rebuild")
        self.building.set()
        assert self.gate.wait(SECONDS)
        if self.refuse:
            raise self.refuse
        super().rebuild(org, head, files)

    def stale(self, org: OrgId) -> bool:
        return self.slow


@pytest.fixture
def index() -> WatchedIndex:
    return WatchedIndex()


@pytest.fixture
def limits() -> MemoryLimits:
    return MemoryLimits(catch_up_seconds=SECONDS)


@pytest.fixture
def memory(store: MemoryStore, index: WatchedIndex, limits: MemoryLimits) -> Iterator[Memory]:
    made = Memory(store, index, InMemoryFileTable(), limits)
    yield made
    index.gate.set()
    made.close()


@pytest.fixture
def hasty(store: MemoryStore, index: WatchedIndex) -> Iterator[Memory]:
    """A memory whose calls wait for next to nothing."""
    made = Memory(store, index, InMemoryFileTable(), MemoryLimits(catch_up_seconds=0.05))
    yield made
    index.gate.set()
    made.close()


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


def test_a_call_waits_only_so_long_for_an_index_and_others_go_on(
    hasty: Memory, index: WatchedIndex, store: MemoryStore
) -> None:
    store.create(OTHERS, {"/a.md": b"fintech\n"})
    agent, neighbour = Agent(hasty), Agent(hasty, org=OTHERS)
    neighbour.search("fintech")
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
    together = threading.Barrier(8 + 1)

    def search() -> int:
        together.wait(SECONDS)
        total: int = agent.search("fintech")["total"]
        return total

    with ThreadPoolExecutor(8) as threads:
        found = [threads.submit(search) for _ in range(8)]
        together.wait(SECONDS)
        assert index.building.wait(SECONDS)
        index.gate.set()
        assert [one.result(SECONDS) for one in found] == [1] * 8

    assert index.done == ["rebuild"]


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
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("memory search index")]


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


def test_a_renewal_that_failed_is_not_tried_at_every_search(agent: Agent, memory: Memory, index: WatchedIndex) -> None:
    agent.search("fintech")
    index.done.clear()
    index.slow = True
    index.refuse = StorageFull()
    agent.search("fintech")
    memory._index._running[ACME].exception(SECONDS)

    agent.search("fintech")

    memory.close()
    assert index.done == ["rebuild"]


def test_a_refresh_brings_both_mirrors_to_the_head(memory: Memory, index: WatchedIndex, store: MemoryStore) -> None:
    memory.refresh(ACME)
    head = store.push(ACME, {"/a.md": b"zebra\n"})

    memory.refresh(ACME)

    assert index.commit(ACME) == head
    assert memory.verify(ACME) == []


def test_a_reindex_builds_both_mirrors_and_tells_how_far_it_has_come(memory: Memory, index: WatchedIndex) -> None:
    steps: list[tuple[int, int]] = []

    memory.reindex(ACME, lambda done, total: steps.append((done, total)))

    assert steps == [(done, 2 * len(FILES)) for done in range(1, 2 * len(FILES) + 1)]
    assert (index.done, index.thread) == (["rebuild"], threading.current_thread().name)
    assert memory.verify(ACME) == []


def test_an_absent_organisation_is_not_found(memory: Memory) -> None:
    with pytest.raises(OrgNotFound):
        memory.refresh(OTHERS)
    with pytest.raises(OrgNotFound):
        Agent(memory, org=OTHERS).append("/a.md", "text")


def test_a_check_tells_what_the_mirrors_lack_and_hold_too_much(
    memory: Memory, index: WatchedIndex, store: MemoryStore, clock: ManualClock
) -> None:
    head = store.head(ACME)
    memory.refresh(ACME)
    extra = File(path=MemoryPath("/gone.md"), blob=blob_id(b"gone"), content=b"gone", updated_at=clock.now)
    index.apply(ACME, head, head, [extra], [MemoryPath("/MEMORY.md")])

    assert memory.verify(ACME) == [
        f"the search index lacks /MEMORY.md ({blob_id(FILES['/MEMORY.md'])})",
        f"the search index holds /gone.md ({blob_id(b'gone')}), which is not in the tree",
    ]


def test_a_check_tells_of_mirrors_that_are_absent_or_of_another_repository(
    memory: Memory, index: WatchedIndex, store: MemoryStore
) -> None:
    assert memory.verify(ACME) == [
        "the file table is absent or damaged",
        "the search index is absent or damaged",
    ]

    memory.refresh(ACME)
    old = store.head(ACME)
    store.create(ACME)

    assert memory.verify(ACME) == [
        f"the {name} is of commit {old}, which the repository does not have" for name in ("file table", "search index")
    ]


def test_a_check_tells_of_a_mirror_that_finds_itself_damaged(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    def torn(reader: ScanReader) -> None:
        raise Overloaded("the search index is damaged")

    memory.refresh(ACME)
    monkeypatch.setattr(ScanReader, "files", torn)

    assert memory.verify(ACME) == ["Service temporarily unavailable: the search index is damaged"]


def test_a_mirror_that_is_merely_behind_is_no_problem(memory: Memory, store: MemoryStore) -> None:
    memory.refresh(ACME)
    store.push(ACME, {"/a.md": b"zebra\n"})

    assert memory.verify(ACME) == []
