"""Bringing mirrors to the head, building them anew, checking them against the tree."""

import threading

import pytest

from memory_service.domain.errors import OrgNotFound, Overloaded
from memory_service.domain.ids import OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File
from memory_service.memory.service import Memory
from tests.clocks import ManualClock
from tests.fakes.search_index import ScanReader
from tests.fakes.store import MemoryStore, blob_id
from tests.unit.memory.agents import ACME, Agent
from tests.unit.memory.conftest import FILES
from tests.unit.memory.watched_index import WatchedIndex

OTHERS = OrgId("others")


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
