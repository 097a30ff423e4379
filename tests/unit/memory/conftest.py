"""A memory over stores in memory, with three files in it."""

from collections.abc import Iterator

import pytest

from memory_service.domain.ids import Clock, OrgId
from memory_service.domain.trees import Edit, Published
from memory_service.memory.limits import MemoryLimits
from memory_service.memory.service import Memory
from memory_service.search.sections import title_of
from tests.clocks import ManualClock
from tests.fakes.file_table import InMemoryFileTable
from tests.fakes.store import MemoryStore
from tests.unit.memory.agents import ACME, Agent
from tests.unit.memory.watched_index import SECONDS, WatchedIndex

FILES = {
    "/MEMORY.md": b"# Memory\n\nWe sell to banks.\n",
    "/daily/2026-04-14.md": b"- called Dana\n- sent the offer\n",
    "/topics/icp.md": b"# Ideal customer\n\nEnterprise fintech.\n\n## Size\n\nOver 500 people.\n",
}


class RecordingStore(MemoryStore):
    """Remembers the edits that it was given."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.edits: list[Edit] = []

    def write(self, org: OrgId, edit: Edit) -> Published:
        self.edits.append(edit)
        return super().write(org, edit)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(clock: ManualClock) -> RecordingStore:
    made = RecordingStore(clock)
    made.create(ACME, FILES)
    clock.advance(3600)
    return made


@pytest.fixture
def index() -> WatchedIndex:
    return WatchedIndex()


@pytest.fixture
def table() -> InMemoryFileTable:
    return InMemoryFileTable(title_of)


@pytest.fixture
def limits() -> MemoryLimits:
    return MemoryLimits(max_file_bytes=4000, max_read_bytes=100, catch_up_seconds=SECONDS)


@pytest.fixture
def memory(store: MemoryStore, index: WatchedIndex, table: InMemoryFileTable, limits: MemoryLimits) -> Iterator[Memory]:
    made = Memory(store, index, table, limits)
    yield made
    index.gate.set()
    made.close()


@pytest.fixture
def agent(memory: Memory) -> Agent:
    return Agent(memory)


@pytest.fixture
def other(memory: Memory) -> Agent:
    return Agent(memory, "Other")
