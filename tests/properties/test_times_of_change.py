"""Listings, reads and searches tell the same time of a file's last change, whichever way each of them followed."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from memory_service.database import FileTables
from memory_service.domain.paths import MemoryPath
from memory_service.memory.limits import MemoryLimits
from memory_service.memory.service import Memory
from memory_service.search import SearchIndexes, title_of
from tests.clocks import ManualClock
from tests.edits import put
from tests.packs import Made
from tests.push_client import MAIN, ZERO, Served, request
from tests.unit.memory.agents import ACME, Agent

FILES = st.sampled_from(["a.md", "b.md"])
CONTENTS = st.sampled_from([b"walrus one\n", b"walrus two\n"])
OFFSETS = st.integers(-200, 200)
"""Seconds by which the clocks of people are wrong."""


class Clone:
    """What a person has: the files at a tip, and the objects that the server lacks."""

    def __init__(self, tip: str, files: dict[str, bytes]) -> None:
        self.tip, self.files, self.made = tip, dict(files), Made()

    def commit(self, files: dict[str, bytes], at: int, *others: str) -> None:
        """Go on to some files; ``others`` are what was merged."""
        self.files = files
        by = b"Ada <ada@acme.example> %d +0000" % at
        self.tip = self.made.commit(self.made.tree(files), self.tip, *others, by=by).hex()


class FollowersOfOneMemory(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.cleanup = ExitStack()
        self.folder = Path(self.cleanup.enter_context(TemporaryDirectory()))
        self.clock = ManualClock()
        self.served = Served(self.folder / "orgs", self.clock)
        self.cleanup.callback(self.served.close)
        self.store = self.served.store
        self.store.create(ACME, author="Ada", author_id="key_1")
        self.memory = self.follower("first")
        self.agent = Agent(self.memory)
        self.clones = [Clone(self.store.head(ACME), {}) for _ in range(2)]

    def follower(self, name: str) -> Memory:
        """A memory over the repositories with mirrors of its own."""
        (self.folder / name).mkdir()
        tables = FileTables(self.folder / name / "files.db", title_of)
        self.cleanup.callback(tables.close)
        memory = Memory(self.store, SearchIndexes(self.folder / name / "index"), tables, MemoryLimits())
        self.cleanup.callback(memory.close)
        return memory

    def there(self) -> dict[str, bytes]:
        snapshot = self.store.snapshot(ACME)
        entries = snapshot.entries(MemoryPath("/"))
        return {entry.path.name: snapshot.read(entry.blob) for entry in entries if entry.blob}

    @rule(seconds=st.integers(-50, 100))
    def move_the_clock(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule(name=FILES, contents=st.lists(CONTENTS, min_size=1, max_size=3))
    def write(self, name: str, contents: list[bytes]) -> None:
        for content in contents:
            self.clock.advance(1)
            self.store.write(ACME, put(f"/{name}", content))

    @rule(who=st.integers(0, 1), offset=OFFSETS, files=st.dictionaries(FILES, CONTENTS))
    def edit(self, who: int, offset: int, files: dict[str, bytes]) -> None:
        self.clones[who].commit(files, int(self.clock().timestamp()) + offset)

    @rule(who=st.integers(0, 1), offset=OFFSETS, files=st.dictionaries(FILES, CONTENTS))
    def merge(self, who: int, offset: int, files: dict[str, bytes]) -> None:
        """As ``git pull`` does it, with whatever outcome."""
        self.clones[who].commit(files, int(self.clock().timestamp()) + offset, self.store.head(ACME))

    @rule(who=st.integers(0, 1))
    def push(self, who: int) -> None:
        clone = self.clones[who]
        answer = self.served.send(ACME, request([(ZERO, clone.tip, MAIN)], clone.made.pack()))
        if answer.ok:
            clone.made = Made()
        else:
            self.clone(who)

    @rule(who=st.integers(0, 1))
    def clone(self, who: int) -> None:
        self.clones[who] = Clone(self.store.head(ACME), self.there())

    @rule(mirror=st.sampled_from(["table", "index", "both", "anew"]))
    def follow(self, mirror: str) -> None:
        if mirror in {"table", "both"}:
            self.agent.ls()
        if mirror in {"index", "both"}:
            self.agent.search("walrus")
        if mirror == "anew":
            self.memory.reindex(ACME)

    def teardown(self) -> None:
        with self.cleanup:
            told = times(self.agent)
            assert told == times(Agent(self.follower("second"))), "as one tells it that has built its mirrors just now"
            assert told.keys() == {f"/{name}" for name in self.there()}
            for path, time in told.items():
                moment = datetime.fromisoformat(time)
                later = text(moment + timedelta(seconds=1))
                assert self.agent.read(path)["updatedAt"] == time
                assert path in found(self.agent, updatedAfter=text(moment))
                assert path not in found(self.agent, updatedBefore=text(moment))
                assert path not in found(self.agent, updatedAfter=later)
                assert path in found(self.agent, updatedBefore=later)


def times(agent: Agent) -> dict[str, str]:
    listed = {entry["path"]: entry["updatedAt"] for entry in agent.ls()["entries"]}
    assert found(agent) == listed
    return listed


def found(agent: Agent, **filters: Any) -> dict[str, str]:
    return {hit["path"]: hit["updatedAt"] for hit in agent.search("walrus", **filters)["hits"]}


def text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


TestFollowersOfOneMemory = FollowersOfOneMemory.TestCase
TestFollowersOfOneMemory.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
