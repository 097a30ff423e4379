"""A store on disk does what a dictionary does, whatever is done in whatever order, crashes and upkeep included."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from memory_service.domain.errors import MemoryExists, PathInvalid, VersionMismatch
from memory_service.domain.ids import CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.trees import Found
from memory_service.storage import Repositories, StorageLimits
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.upkeep import consolidate
from tests.clocks import ManualClock
from tests.edits import append, edit, put
from tests.fakes.store import blob_id
from tests.faults.storage_faults import hooked
from tests.real_git import git

ACME = OrgId("acme")
LIMITS = StorageLimits(packs=6, tree_cache_bytes=3000)
PATHS = st.sampled_from(["/a.md", "/A.md", "/b/a.md", "/b/c/a.md", "/B/d.md", "/a.md/x.md", "/é.md", "/b-b.md"])
CONTENTS = st.sampled_from([b"", b"x", b"y\n", b"z" * 300])


class StoreMachine(RuleBasedStateMachine):
    """Edits of a store and of a dictionary."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.clock = ManualClock()
        self.store = Repositories(self.folder, self.clock, LIMITS)
        self.store.create(ACME, author="Ada", author_id="key_1")
        self.files: dict[str, bytes] = {}
        self.states: list[tuple[CommitId, dict[str, bytes]]] = [(self.store.head(ACME), {})]

    @rule(path=PATHS, content=CONTENTS)
    def write(self, path: str, content: bytes) -> None:
        if self.refused(path):
            return
        published = self.store.write(ACME, put(path, content))
        assert published.changed == (self.files.get(path) != content)
        self.keep(path, content, published.commit)

    @rule(path=PATHS, content=CONTENTS)
    def append(self, path: str, content: bytes) -> None:
        if self.refused(path):
            return
        published = self.store.write(ACME, append(path, content))
        self.keep(path, self.files.get(path, b"") + content, published.commit)

    @rule(path=PATHS, content=CONTENTS, right=st.booleans())
    def write_if_unchanged(self, path: str, content: bytes, right: bool) -> None:
        if self.refused(path):
            return
        expected = blob_id(self.files[path]) if path in self.files else None
        seen = expected if right else blob_id(b"something else")

        def apply(found: Found | None) -> bytes:
            if (found.blob if found else None) != seen:
                raise VersionMismatch(path, found.blob if found else None, "")
            return content

        try:
            published = self.store.write(ACME, edit(path, apply))
        except VersionMismatch:
            assert not right
        else:
            assert right
            self.keep(path, content, published.commit)

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = Repositories(self.folder, self.clock, LIMITS)

    @rule(path=PATHS, content=CONTENTS, step=st.integers(0, 25))
    def crash_while_appending(self, path: str, content: bytes, step: int) -> None:
        """The process ends before the n-th operation on the disk; what was not acknowledged may be there or not."""
        if self.refused(path):
            return
        try:
            with dying_at(step):
                published = self.store.write(ACME, append(path, content))
        except Gone:
            self.reopen()
            if self.store.head(ACME) != self.states[-1][0]:
                self.keep(path, self.files.get(path, b"") + content, self.store.head(ACME))
        else:
            self.keep(path, self.files.get(path, b"") + content, published.commit)

    @rule()
    def put_together(self) -> None:
        repository = self.folder / "acme.git"
        consolidate(repository, ObjectStore(repository), LIMITS, lambda: True)

    @rule(command=st.sampled_from(["repack -a -d -q", "pack-refs --all", "gc -q --prune=now"]))
    def tidy_up_by_hand(self, command: str) -> None:
        git(self.folder / "acme.git", *command.split())

    @rule(seconds=st.integers(-100, 100))
    def move_the_clock(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule(data=st.data())
    @precondition(lambda self: len(self.states) > 1)
    def compare_two_states(self, data: st.DataObject) -> None:
        newer = data.draw(st.integers(1, len(self.states) - 1))
        older = data.draw(st.integers(0, newer))
        (head, after), (since, before) = self.states[newer], self.states[older]
        steps = pairwise(files for _, files in self.states[older : newer + 1])
        touched = {path for old, new in steps for path in new if old.get(path) != new[path]}
        changes = self.store.snapshot(ACME, head).changes(since)
        assert changes is not None
        assert {change.path.text: (change.old, change.new) for change in changes} == {
            path: (blob_id(before[path]) if path in before else None, blob_id(after[path])) for path in touched
        }
        assert [change.path for change in changes] == sorted(change.path for change in changes)

    @invariant()
    def holds_what_the_dictionary_holds(self) -> None:
        snapshot = self.store.snapshot(ACME)
        assert snapshot.commit == self.states[-1][0]
        found: dict[str, bytes] = {}
        waiting = [MemoryPath("/")]
        while waiting:
            for entry in snapshot.entries(waiting.pop()):
                if entry.blob:
                    found[entry.path.text] = snapshot.read(entry.blob)
                else:
                    waiting.append(entry.path)
        assert found == self.files

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            assert self.store.verify(ACME) == []
            git(self.folder / "acme.git", "fsck", "--full", "--strict")
            shutil.rmtree(self.folder)

    def keep(self, path: str, content: bytes, commit: CommitId) -> None:
        self.files = self.files | {path: content}
        if commit != self.states[-1][0]:
            self.states.append((commit, self.files))

    def refused(self, path: str) -> bool:
        """Whether the path stands against another, in which case the store is to say so."""
        names = {part for other in self.files for part in places(other)}
        clash = path not in self.files and (path in names or any(place in self.files for place in places(path)))
        twin = any(place.lower() == name.lower() and place != name for place in places(path) for name in names)
        if clash or twin:
            before = self.store.head(ACME)
            try:
                self.store.write(ACME, put(path, b"never"))
            except (MemoryExists, PathInvalid):
                assert self.store.head(ACME) == before
            else:
                raise AssertionError(f"{path} was to be refused")
        return clash or twin


class Gone(BaseException):
    """The process is no more."""


@contextmanager
def dying_at(step: int) -> Iterator[None]:
    """Let nothing reach the disk any more from the n-th operation on, counting from 0."""
    left = [step]

    def end(operation: str, path: Path) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Gone

    with hooked(end):
        yield


def places(path: str) -> list[str]:
    """A path and the folders above it, without the root."""
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(2, len(parts) + 1)]


StoreMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
test_a_store_behaves_like_a_dictionary = StoreMachine.TestCase
