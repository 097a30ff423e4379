"""The pages of a search are what one page would have been when it began, whatever happens and whoever is asked."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from memory_service.database import FileTables
from memory_service.memory.limits import MemoryLimits
from memory_service.memory.service import Memory
from memory_service.search import SearchIndexes, title_of
from tests.edits import put
from tests.properties.test_times_of_change import FollowersOfOneMemory
from tests.unit.memory.agents import ACME, Agent

QUERIES = st.sampled_from(["walrus", "walrus one", "wallrus two", '"walrus two"'])
WALRUSES = st.sampled_from([b"walrus one\n", b"walrus two\n", b"# Walrus\n\nTwo, two.\n", b"horse\n"])


@dataclass
class Begun:
    """A search whose pages are asked for one by one, and what is left of the one page that it would have been."""

    query: str
    cursor: str
    left: list[Any]
    commit: str


class PagesOfOneMemory(FollowersOfOneMemory):
    """Processes that share the indexes on disk, and one that has its own; people and agents write beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = count()
        for number in range(5):
            self.store.write(ACME, put(f"/{number}.md", b"walrus one\n" * (number + 1)))
        self.memories = [self.process("shared"), self.process("shared"), self.process("own")]
        self.begun: list[Begun] = []

    def process(self, index: str) -> Memory:
        folder = self.folder / f"process-{next(self.numbers)}"
        folder.mkdir()
        tables = FileTables(folder / "files.db", title_of)
        self.cleanup.callback(tables.close)
        indexes = SearchIndexes(self.folder / index, kept_bytes=45_000)
        memory = Memory(self.store, indexes, tables, MemoryLimits())
        self.cleanup.callback(memory.close)
        return memory

    @rule(name=st.integers(0, 6), content=WALRUSES)
    def write_one(self, name: int, content: bytes) -> None:
        self.clock.advance(1)
        self.store.write(ACME, put(f"/{name}.md", content))

    @rule(who=st.integers(0, 2), query=QUERIES)
    def begin(self, who: int, query: str) -> None:
        agent = Agent(self.memories[who])
        whole = agent.search(query, limit=50)
        first = agent.search(query, limit=1)
        assert first["hits"] == whole["hits"][:1]
        if "nextCursor" in first:
            self.begun.append(Begun(query, first["nextCursor"], whole["hits"][1:], whole["commit"]))

    @rule(who=st.integers(0, 2), which=st.integers(0, 9), limit=st.integers(1, 3))
    def go_on(self, who: int, which: int, limit: int) -> None:
        if self.begun:
            self.next_page(self.memories[who], self.begun[which % len(self.begun)], limit)

    @rule(who=st.integers(0, 2))
    def restart(self, who: int) -> None:
        self.memories[who] = self.process("own" if who == 2 else "shared")

    @rule(who=st.integers(0, 2))
    def build_anew(self, who: int) -> None:
        self.memories[who].reindex(ACME)

    def next_page(self, memory: Memory, search: Begun, limit: int) -> None:
        page = Agent(memory).search(search.query, limit=limit, cursor=search.cursor)
        assert (page["commit"], page["hits"]) == (search.commit, search.left[:limit])
        assert ("nextCursor" in page) == (len(search.left) > limit)
        search.left = search.left[limit:]
        if search.left:
            search.cursor = page["nextCursor"]
        else:
            self.begun.remove(search)

    def teardown(self) -> None:
        with self.cleanup:
            for memory in (*self.memories, self.process("shared"), self.process("new")):
                for search in self.begun:
                    rest = Agent(memory).search(search.query, limit=50, cursor=search.cursor)
                    assert (rest["commit"], rest["hits"]) == (search.commit, search.left)


TestPagesOfOneMemory = PagesOfOneMemory.TestCase
TestPagesOfOneMemory.settings = settings(max_examples=10, stateful_step_count=25, deadline=None)
