"""The five operations against a plain dictionary, under any mix of tool calls and pushes."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from jsonschema import Draft202012Validator

from memory_service.database import FileTables
from memory_service.domain.capabilities import Capability
from memory_service.domain.errors import ContentInvalid, InputInvalid, MemoryNotFound, PathInvalid, VersionMismatch
from memory_service.memory.diffs import unified
from memory_service.memory.limits import MemoryLimits
from memory_service.memory.lines import added_lines, count, joined, window
from memory_service.memory.service import Memory
from memory_service.memory.tools import memory_capabilities
from memory_service.search import SearchIndexes, title_of
from memory_service.storage import Repositories
from tests.clocks import ManualClock
from tests.fakes.file_table import InMemoryFileTable
from tests.fakes.search_index import ScanIndex
from tests.fakes.store import MemoryStore, blob_id
from tests.real_git import git
from tests.unit.memory.agents import ACME, Agent

PATHS = st.sampled_from(["/a.md", "/b.md", "/f/a.md", "/f/b.md", "/f/g/c.md", "/f-1/d.md"])
TEXTS = st.text(st.sampled_from("ab é\n\r-#"), max_size=30)
CONTENTS = TEXTS.map(str.encode)


class AnyMixOfCalls(RuleBasedStateMachine):
    """Two agents and a person change one memory; a dictionary says what it has to hold."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = self.opened(ManualClock(), MemoryLimits(max_read_bytes=40))
        self.agents = [Agent(self.memory), Agent(self.memory, "Other")]
        self.files: dict[str, bytes] = {}
        self.seen: list[dict[str, set[bytes | None]]] = [{}, {}]

    def opened(self, clock: ManualClock, limits: MemoryLimits) -> Memory:
        self.store, self.index = MemoryStore(clock), ScanIndex()
        self.store.create(ACME)
        return Memory(self.store, self.index, InMemoryFileTable(), limits)

    def pushed(self, changes: Mapping[str, bytes | None]) -> None:
        self.store.push(ACME, changes)

    def without_index(self) -> None:
        self.index.readers.clear()

    def teardown(self) -> None:
        self.memory.close()

    @rule(who=st.integers(0, 1), path=PATHS, text=TEXTS)
    def write(self, who: int, path: str, text: str) -> None:
        before, known = self.files.get(path), self.seen[who].get(path, set())
        if known and before not in known and before != text.encode():
            with pytest.raises(VersionMismatch) as caught:
                self.agents[who].write(path, text)
            assert caught.value.details["currentVersion"] == (None if before is None else blob_id(before))
            return
        done = self.agents[who].write(path, text)
        assert (done["created"], done["changed"]) == (before is None, before != text.encode())
        self.files[path] = text.encode()
        self.seen[who].setdefault(path, set()).add(text.encode())

    @rule(who=st.integers(0, 1), path=PATHS, text=TEXTS.filter(str.strip))
    def append(self, who: int, path: str, text: str) -> None:
        before, known = self.files.get(path), self.seen[who].setdefault(path, set())
        done = self.agents[who].append(path, text)
        after = joined(before or b"", text.encode())
        shown = window(after, done["startLine"], done["endLine"], 1 << 20)
        assert shown is not None
        assert shown.content.strip(b"\r\n") == text.encode().strip(b"\r\n")
        self.files[path] = after
        if not known or before is None or before in known:
            known.add(after)

    @rule(who=st.integers(0, 1), path=PATHS)
    def read(self, who: int, path: str) -> None:
        if path not in self.files:
            with pytest.raises(MemoryNotFound):
                self.agents[who].read(path)
            return
        parts = [self.agents[who].read(path)]
        while parts[-1]["truncated"]:
            parts.append(self.agents[who].read(path, startLine=parts[-1]["endLine"] + 1))
        assert "".join(part["content"] for part in parts).encode() == self.files[path]
        self.seen[who].setdefault(path, set()).add(self.files[path])

    @rule(changes=st.dictionaries(PATHS, st.none() | CONTENTS, min_size=1))
    def push(self, changes: Mapping[str, bytes | None]) -> None:
        changes = {path: new for path, new in changes.items() if new is not None or path in self.files}
        self.pushed(changes)
        self.files = {path: new for path, new in {**self.files, **changes}.items() if new is not None}

    @rule()
    def lose_the_index(self) -> None:
        self.without_index()

    @rule(limit=st.integers(1, 4), depth=st.integers(1, 3))
    def list_in_pages(self, limit: int, depth: int) -> None:
        pages = [self.agents[0].ls(limit=limit, depth=depth)]
        while "nextCursor" in pages[-1]:
            pages.append(self.agents[0].ls(limit=limit, depth=depth, cursor=pages[-1]["nextCursor"]))
        entries = [entry for page in pages for entry in page["entries"]]
        listed = {tuple(path[1:].split("/")[:level]) for path in self.files for level in range(1, depth + 1)}
        assert [entry["path"] for entry in entries] == ["/" + "/".join(parts) for parts in sorted(listed)]
        sizes = {entry["path"]: entry["size"] for entry in entries if entry["type"] == "file"}
        assert sizes.items() <= {path: len(content) for path, content in self.files.items()}.items()

    @invariant()
    def a_search_finds_what_the_files_hold_now(self) -> None:
        found = {hit["path"] for hit in self.agents[0].search("aa", limit=50)["hits"]}
        words = {
            path: content.decode().replace("-", " ").replace("#", " ").split() for path, content in self.files.items()
        }
        assert found == {path for path, held in words.items() if "aa" in held}

    @invariant()
    def the_mirrors_hold_what_the_tree_holds(self) -> None:
        self.memory.refresh(ACME)
        assert self.memory.verify(ACME) == []


class AnyMixOfCallsOnDisk(AnyMixOfCalls):
    """The same over the real engines, with pushes made by the real git."""

    def opened(self, clock: ManualClock, limits: MemoryLimits) -> Memory:
        self.disk = ExitStack()
        self.folder = Path(self.disk.enter_context(TemporaryDirectory()))
        repositories = Repositories(self.folder / "orgs", clock)
        repositories.create(ACME, author="Ada", author_id="key_Ada")
        tables = FileTables(self.folder / "derived" / "files.db", title_of)
        self.disk.callback(tables.close)
        indexes = SearchIndexes(self.folder / "derived" / "index")
        self.disk.callback(indexes.close)
        return Memory(repositories, indexes, tables, limits)

    def pushed(self, changes: Mapping[str, bytes | None]) -> None:
        lines = ["commit refs/heads/main", "committer Ada <ada@acme.example> 1776247200 +0000", "data 4", "Push"]
        lines.append("from refs/heads/main^0")
        for path, new in changes.items():
            if new is None:
                lines.append(f"D {path[1:]}")
            else:
                lines += [f"M 100644 inline {path[1:]}", f"data {len(new)}", new.decode()]
        git(self.folder / "orgs" / f"{ACME}.git", "fast-import", "--quiet", stdin="\n".join([*lines, ""]))

    def without_index(self) -> None:
        rmtree(self.folder / "derived", ignore_errors=True)
        (self.folder / "derived").mkdir()

    def teardown(self) -> None:
        super().teardown()
        self.disk.close()


TestAnyMixOfCallsOnDisk = AnyMixOfCallsOnDisk.TestCase
TestAnyMixOfCallsOnDisk.settings = settings(max_examples=5, stateful_step_count=15, deadline=None)
TestAnyMixOfCalls = AnyMixOfCalls.TestCase
TestAnyMixOfCalls.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


@given(old=CONTENTS, new=CONTENTS.filter(bytes.strip))
def test_a_joined_text_is_the_old_one_a_line_break_and_the_new_one(old: bytes, new: bytes) -> None:
    content = joined(old, new)

    first, last = old.rstrip(b"\r\n"), new.strip(b"\r\n")
    between = content.removeprefix(first).removesuffix(b"\n").removesuffix(b"\r").removesuffix(last)
    assert between in ({b"\n", b"\r\n"} if first else {b""})
    assert content.endswith(b"\n")
    assert added_lines(old, content) == (count(first) + 1, count(content))


@given(content=CONTENTS, start=st.integers(1, 8), end=st.integers(1, 8), most=st.integers(1, 20))
def test_a_window_is_a_run_of_the_lines_that_were_asked_for(content: bytes, start: int, end: int, most: int) -> None:
    lines = [line + b"\n" for line in content.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    lines = [line for line in lines if line]

    shown = window(content, start, end, most)

    if start > len(lines) + 1:
        assert shown is None
        return
    assert shown is not None
    assert shown.content == b"".join(lines[start - 1 : shown.end])
    assert shown.total == len(lines)
    assert shown.truncated == (shown.end < min(end, len(lines)))
    assert len(shown.content) <= most or shown.end == shown.start


@given(old=CONTENTS, new=CONTENTS, most=st.integers(60, 400))
def test_a_diff_is_bounded_and_says_what_went_and_what_came(old: bytes, new: bytes, most: int) -> None:
    whole = unified("/a.md", old, new, 1 << 20)

    lines = whole.split("\n")[2:]
    gone = [line[1:].encode() for line in lines if line.startswith("-")]
    came = [line[1:].encode() for line in lines if line.startswith("+")]
    assert set(gone) <= set(old.split(b"\n"))
    assert set(came) <= set(new.split(b"\n"))
    assert bool(gone or came) == (old != new)
    assert len(unified("/a.md", old, new, most).encode()) <= most


# No floats: the schema language takes 1.0 for an integer, the tools do not.
VALUES = (
    st.none() | st.booleans() | st.integers() | st.text("ab/. \n\0", max_size=5) | st.lists(st.integers(), max_size=2)
)
NAMES = ["path", "content", "message", "query", "depth", "limit", "cursor", "startLine", "endLine", "expectedVersion"]
INPUTS = st.dictionaries(st.sampled_from([*NAMES, "other"]), VALUES, max_size=5)


CAPABILITIES = memory_capabilities(Memory(MemoryStore(ManualClock()), ScanIndex(), InMemoryFileTable()))
BEYOND_THE_SCHEMA = {"blank", "one_line", "range", "value"}
"""Rules for values that a schema cannot tell, or not in words that a model reads well."""


def broken_rules(capability: Capability, tried: dict[str, Any]) -> set[str]:
    """The rules that an input breaks; the value of a path or a content has a rule of its own."""
    try:
        capability.parse(tried)
    except InputInvalid as error:
        return {wrong["rule"] for wrong in error.details["fieldErrors"]}
    except (PathInvalid, ContentInvalid):
        return {"value"}
    return set()


@given(given_input=INPUTS, needed=st.booleans())
def test_the_schema_and_the_parser_refuse_the_same(given_input: dict[str, Any], needed: bool) -> None:
    for capability in CAPABILITIES:
        filled = dict.fromkeys(capability.parameters.get("required", ()), "/a.md") if needed else {}  # type: ignore[call-overload] # a JSON value
        tried = {**filled, **given_input}
        broken = broken_rules(capability, tried)
        if Draft202012Validator(dict(capability.parameters)).is_valid(tried):
            assert broken <= BEYOND_THE_SCHEMA
        else:
            assert broken
