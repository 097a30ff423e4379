"""Pages that are read at the commit of the first, by whoever is asked for them and whatever has happened since."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from memory_service.domain.errors import InputInvalid, Overloaded, Timeout
from memory_service.domain.ids import BlobId, CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import Query
from memory_service.memory.limits import MemoryLimits
from memory_service.memory.pages import SearchCursor
from memory_service.memory.service import Memory
from tests.clocks import ManualClock
from tests.fakes.file_table import InMemoryFileTable
from tests.fakes.store import FakeSnapshot, MemoryStore
from tests.unit.memory.agents import ACME, Agent
from tests.unit.memory.watched_index import SECONDS, WatchedIndex

HERD = {f"/{number:02}.md": b"zebra " * (number + 1) for number in range(25)}

Opened = Callable[..., Agent]


@pytest.fixture
def opened(store: MemoryStore, table: InMemoryFileTable) -> Iterator[Opened]:
    """Opens processes over the store, each with an index of its own, and gives an agent of each."""
    memories: list[Memory] = []

    def process(**limits: Any) -> Agent:
        memories.append(Memory(store, WatchedIndex(), table, MemoryLimits(catch_up_seconds=SECONDS, **limits)))
        return Agent(memories[-1])

    yield process
    for memory in memories:
        memory.close()


@pytest.fixture
def whole(agent: Agent, store: MemoryStore, clock: ManualClock) -> Any:
    """What one page holds of a search, before anything has happened to its files."""
    store.push(ACME, HERD)
    clock.advance(60)
    return agent.search("zebra", limit=50)


@pytest.fixture
def cursor(agent: Agent, whole: Any) -> str:
    """Goes on after the first five hits."""
    return str(agent.search("zebra", limit=5)["nextCursor"])


def happen(store: MemoryStore, clock: ManualClock, times: range = range(3)) -> None:
    """Change the files so that a search answers otherwise: some are new, gone, written otherwise, or as they were."""
    for number in times:
        clock.advance(60)
        store.push(ACME, {f"/new-{number}.md": b"zebra", f"/{24 - number:02}.md": None, "/00.md": b"horse"})
        clock.advance(60)
        store.push(ACME, {f"/{10 + number}.md": b"zebra", "/00.md": b"zebra"})
        clock.advance(60)
        store.push(ACME, {f"/{10 + number}.md": HERD[f"/{10 + number}.md"]})


def refused(agent: Agent, cursor: str) -> str:
    with pytest.raises(InputInvalid) as caught:
        agent.search("zebra", cursor=cursor)
    (error,) = caught.value.details["fieldErrors"]
    assert (error["field"], error["rule"]) == ("cursor", "cursor_passed")
    assert error["message"].endswith("search again without it")
    return str(error["message"])


def test_a_process_that_was_there_before_goes_on(
    opened: Opened, whole: Any, cursor: str, store: MemoryStore, clock: ManualClock
) -> None:
    other = opened()
    other.search("horse")
    happen(store, clock)
    rest = other.search("zebra", limit=50, cursor=cursor)
    assert rest["hits"] == whole["hits"][5:]
    assert (rest["commit"], rest["total"]) == (whole["commit"], 25)


def test_a_process_whose_index_was_built_later_goes_on(
    opened: Opened, whole: Any, cursor: str, store: MemoryStore, clock: ManualClock
) -> None:
    happen(store, clock)
    assert opened().search("zebra", limit=50, cursor=cursor)["hits"] == whole["hits"][5:]


def test_many_searches_go_on_at_once_each_at_its_commit(
    opened: Opened, agent: Agent, store: MemoryStore, clock: ManualClock, whole: Any
) -> None:
    wholes, cursors = [], []
    for number in range(5):
        wholes.append(agent.search("zebra horse", limit=50))
        cursors.append(agent.search("zebra horse", limit=4)["nextCursor"])
        happen(store, clock, times=range(number, number + 1))
    for other in (agent, opened()):
        for found, cursor in zip(wholes, cursors, strict=True):
            rest = other.search("zebra horse", limit=50, cursor=cursor)
            assert (rest["hits"], rest["commit"]) == (found["hits"][4:], found["commit"])
    assert len({found["commit"] for found in wholes}) == 5


def test_an_index_that_was_made_again_is_kept_for_the_pages_after(
    opened: Opened, whole: Any, cursor: str, store: MemoryStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(store, clock)
    other = opened()
    second = other.search("zebra", limit=5, cursor=cursor)
    monkeypatch.setattr(FakeSnapshot, "changes", None)
    third = other.search("zebra", limit=5, cursor=second["nextCursor"])
    assert third["hits"] == whole["hits"][10:15]


@pytest.mark.parametrize("limit", ["earlier_commits", "earlier_files", "earlier_bytes"])
def test_what_would_take_too_much_is_refused_with_what_to_do(
    opened: Opened, whole: Any, cursor: str, store: MemoryStore, clock: ManualClock, limit: str
) -> None:
    happen(store, clock)
    assert refused(opened(**{limit: 2}), cursor) == (
        "is of a state that too much has changed from; search again without it"
    )
    assert opened().search("zebra", limit=50, cursor=cursor)["hits"] == whole["hits"][5:]


@pytest.mark.parametrize(("most", "goes_on"), [(1, False), (2, True)])
def test_only_files_that_the_index_has_not_as_they_were_are_analysed(
    opened: Opened, whole: Any, store: MemoryStore, clock: ManualClock, *, most: int, goes_on: bool
) -> None:
    process, other = opened(), opened(earlier_files=most)
    other.search("horse")
    clock.advance(60)
    store.push(ACME, {path: content + b"again" for path, content in HERD.items()})
    expected = process.search("zebra", limit=50)["hits"][5:]
    cursor = process.search("zebra", limit=5)["nextCursor"]
    clock.advance(60)
    store.push(ACME, {"/00.md": b"horse", "/01.md": None, "/02.md": b"horse"})
    other.search("horse")
    clock.advance(60)
    store.push(ACME, {"/02.md": HERD["/02.md"] + b"again"})
    if goes_on:
        assert other.search("zebra", limit=50, cursor=cursor)["hits"] == expected
    else:
        assert refused(other, cursor)


def made_up(cursor: str, **members: Any) -> str:
    """A cursor that anybody can make of one."""
    query = Query(text="zebra", limit=10, folder=MemoryPath("/"))
    real = SearchCursor.parse(cursor, ACME, query)
    assert real
    return replace(real, **members).text(ACME, query)


def test_a_commit_that_is_not_in_the_history_is_not_searched(agent: Agent, cursor: str) -> None:
    assert refused(agent, made_up(cursor, commit=CommitId("ab" * 20))) == (
        "is of a state that is not in the history of this memory; search again without it"
    )


def test_the_commits_of_another_organisation_are_not_searched(agent: Agent, cursor: str, store: MemoryStore) -> None:
    theirs = store.create(OrgId("rival"), {"/secret.md": b"zebra"})
    assert "not in the history" in refused(agent, made_up(cursor, commit=theirs))


def test_a_search_does_not_go_on_in_another_order(agent: Agent, cursor: str, whole: Any) -> None:
    assert agent.search("zebra", cursor=made_up(cursor, ranking=0))["hits"] == whole["hits"][5:15]
    assert "ranks otherwise" in refused(agent, made_up(cursor, ranking=1))


def test_an_index_that_was_built_of_a_commit_that_is_gone_leads_to_no_other(
    agent: Agent, index: WatchedIndex, whole: Any, cursor: str, store: MemoryStore, clock: ManualClock
) -> None:
    happen(store, clock)
    index.kept.clear()
    gone = CommitId("ab" * 20)
    index.rebuild(ACME, gone, [])
    assert index.apply(ACME, gone, store.head(ACME), [], [])
    assert "too much has changed" in refused(agent, cursor)


class Reading:
    """Holds up whoever reads a content to make an index of, and counts them."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.gate = threading.Event()
        self.blobs: list[BlobId] = []

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        read = FakeSnapshot.read

        def watched(snapshot: FakeSnapshot, blob: BlobId) -> bytes:
            self.begun.set()
            assert self.gate.wait(SECONDS)
            self.blobs.append(blob)
            return read(snapshot, blob)

        monkeypatch.setattr(FakeSnapshot, "read", watched)


def test_one_call_makes_an_index_and_others_that_need_it_wait_for_it(
    opened: Opened, whole: Any, cursor: str, store: MemoryStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = opened(catch_up_crowd_seconds=SECONDS)
    happen(store, clock)
    other.search("horse")
    made: list[CommitId] = []
    changes = FakeSnapshot.changes

    def watched(snapshot: FakeSnapshot, *given: Any) -> Any:
        made.append(snapshot.commit)
        return changes(snapshot, *given)

    monkeypatch.setattr(FakeSnapshot, "changes", watched)
    reading = Reading()
    reading.watch(monkeypatch)
    with ThreadPoolExecutor(3) as pool:
        pages = [pool.submit(other.search, "zebra", limit=50, cursor=cursor) for _ in range(3)]
        assert reading.begun.wait(SECONDS)
        reading.gate.set()
        assert [page.result(SECONDS)["hits"] for page in pages] == [whole["hits"][5:]] * 3
    assert made == [whole["commit"]]


def test_who_would_wait_too_long_is_told_to_come_again(
    opened: Opened, whole: Any, cursor: str, store: MemoryStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = opened(catch_up_crowd_seconds=0)
    happen(store, clock)
    other.search("horse")
    reading = Reading()
    reading.watch(monkeypatch)
    with ThreadPoolExecutor(1) as pool:
        page = pool.submit(other.search, "zebra", limit=50, cursor=cursor)
        assert reading.begun.wait(SECONDS)
        with pytest.raises(Overloaded):
            other.search("zebra", limit=50, cursor=cursor)
        reading.gate.set()
        assert page.result(SECONDS)["hits"] == whole["hits"][5:]
    assert other.search("zebra", limit=50, cursor=cursor)["hits"] == whole["hits"][5:]


def test_a_call_past_its_deadline_makes_no_index(
    opened: Opened, whole: Any, cursor: str, store: MemoryStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = opened()
    happen(store, clock)
    other.search("horse")
    reading = Reading()
    reading.gate.set()
    reading.watch(monkeypatch)

    def check() -> None:
        if reading.begun.is_set():
            raise Timeout("execution")

    with pytest.raises(Timeout):
        other.outcome("memory_search", {"query": "zebra", "cursor": cursor}, other.call("memory_search", check))
    assert len(reading.blobs) == 1
    assert other.search("zebra", limit=50, cursor=cursor)["hits"] == whole["hits"][5:]
