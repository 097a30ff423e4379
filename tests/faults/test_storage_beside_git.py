"""People run git in a repository while agents write: neither breaks the other, and no write is lost."""

import itertools
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from memory_service.storage import Repositories, StorageLimits
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.upkeep import consolidate
from tests.clocks import ManualClock
from tests.edits import append, put
from tests.faults.storage_faults import ACME, NOTE, assert_sound, hooked, made_store, note_of, steps_of
from tests.real_git import git

WAIT = 30


class Writer:
    """Appends numbered lines in a thread of its own until it is stopped."""

    def __init__(self, store: Repositories) -> None:
        self.acknowledged = 0
        self.failures: list[Exception] = []
        self._store = store
        self._stop = threading.Event()
        self._grown = threading.Condition()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> "Writer":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join(WAIT)
        assert not self.failures
        assert note_of(self._store).split() == [b"first", *(b"%d" % line for line in range(self.acknowledged))]

    def wait_for(self, more: int) -> None:
        """Return once so many more lines are acknowledged."""
        with self._grown:
            target = self.acknowledged + more
            assert self._grown.wait_for(lambda: self.acknowledged >= target or self.failures, WAIT)

    def _write(self) -> None:
        for line in itertools.count():
            if self._stop.is_set():
                return
            try:
                self._store.write(ACME, append(NOTE, b"%d\n" % line))
                note = note_of(self._store)
                assert note.endswith(b"\n%d\n" % line)
            except Exception as error:  # noqa: BLE001 - the test fails with it
                self.failures.append(error)
            with self._grown:
                self.acknowledged += 1
                self._grown.notify_all()
            if self.failures:
                return


@pytest.mark.parametrize(
    "command",
    [
        ["gc"],
        ["gc", "--prune=now"],
        ["repack", "-a", "-d"],
        ["repack", "-A", "-d", "--write-bitmap-index"],
        ["pack-refs", "--all", "--prune"],
        ["multi-pack-index", "write"],
        ["reflog", "expire", "--expire=now", "--all"],
    ],
)
def test_writes_and_reads_go_on_while_git_tidies_up(tmp_path: Path, command: list[str]) -> None:
    store = made_store(tmp_path)
    with Writer(store) as writer:
        for _ in range(4):
            writer.wait_for(3)
            before = writer.acknowledged
            git(tmp_path / "acme.git", *command)
            writer.wait_for(1)
            assert writer.acknowledged > before
    assert note_of(Repositories(tmp_path, ManualClock())) == note_of(store)
    assert store.verify(ACME) == []
    assert_sound(tmp_path)


def test_clones_are_whole_while_packs_are_put_together(tmp_path: Path) -> None:
    store = made_store(tmp_path)
    repository = tmp_path / "acme.git"
    with Writer(store) as writer:
        for number in range(4):
            writer.wait_for(5)
            merging = threading.Thread(
                target=consolidate, args=(repository, ObjectStore(repository), StorageLimits(packs=6), lambda: True)
            )
            merging.start()
            git(tmp_path, "clone", "-q", "--no-local", str(repository), f"clone-{number}")
            merging.join(WAIT)
            git(tmp_path / f"clone-{number}", "fsck", "--full", "--strict")
    assert_sound(tmp_path)


def test_a_commit_made_by_hand_is_what_the_next_edit_builds_on(tmp_path: Path) -> None:
    store = made_store(tmp_path)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(tmp_path / "acme.git"), str(clone))
    (clone / "by-hand.md").write_text("by hand\n")
    git(clone, "add", ".")
    git(clone, "-c", "user.name=Eve", "-c", "user.email=eve@example.org", "commit", "-q", "-m", "By hand")
    git(clone, "push", "-q", "origin", "main")
    assert store.head(ACME) == git(clone, "rev-parse", "HEAD").strip()
    store.write(ACME, append("/by-hand.md", b"by agent\n"))
    git(clone, "pull", "-q")
    assert (clone / "by-hand.md").read_text() == "by hand\nby agent\n"
    assert_sound(tmp_path)


def test_an_edit_is_applied_again_when_git_moves_main_under_it(tmp_path: Path) -> None:
    store = made_store(tmp_path)
    repository = tmp_path / "acme.git"
    other = git(
        repository, "-c", "user.name=Eve", "-c", "user.email=eve@example.org",
        "commit-tree", "-p", "main", "-m", "By hand", "main^{tree}",
    ).strip()  # fmt: skip
    moved: list[str] = []

    def move(operation: str, path: Path) -> None:
        if operation == "link" and not moved:
            moved.append(git(repository, "update-ref", "refs/heads/main", other))

    with hooked(move):
        store.write(ACME, append(NOTE, b"second\n"))
    assert moved
    assert note_of(store) == b"first\nsecond\n"
    assert git(repository, "rev-parse", "main^").strip() == other
    assert_sound(tmp_path)


@contextmanager
def reports_waiting(lock: Path) -> Iterator[threading.Event]:
    """Tells when a writer has met the lock and tries once more."""
    tries = []
    waiting = threading.Event()

    def look(operation: str, path: Path) -> None:
        if operation == "link" and path == lock:
            tries.append(path)
            if len(tries) > 1:
                waiting.set()

    with hooked(look):
        yield waiting


def test_a_write_waits_for_a_lock_that_a_live_git_holds(tmp_path: Path) -> None:
    store = made_store(tmp_path)
    head = store.head(ACME)
    lock = tmp_path / "acme.git" / "refs" / "heads" / "main.lock"
    lock.touch()
    with reports_waiting(lock) as waiting:
        writer = threading.Thread(target=store.write, args=(ACME, append(NOTE, b"second\n")))
        writer.start()
        assert waiting.wait(WAIT)
        assert lock.exists()
        assert store.head(ACME) == head
        lock.unlink()
        writer.join(WAIT)
    assert note_of(store) == b"first\nsecond\n"
    assert_sound(tmp_path)


def test_a_lock_that_a_dead_git_has_left_is_removed(tmp_path: Path) -> None:
    store = made_store(tmp_path)
    lock = tmp_path / "acme.git" / "refs" / "heads" / "main.lock"
    lock.touch()
    os.utime(lock, (0, 0))
    store.write(ACME, append(NOTE, b"second\n"))
    assert_sound(tmp_path)


@pytest.mark.parametrize("ahead", [0, 1_000_000])
def test_a_fresh_lock_of_a_dead_git_blocks_for_a_bounded_time(tmp_path: Path, ahead: int) -> None:
    made_store(tmp_path)
    store = Repositories(tmp_path, ManualClock(), StorageLimits(lock_seconds=0.05))
    lock = tmp_path / "acme.git" / "refs" / "heads" / "main.lock"
    lock.touch()
    touched = lock.stat().st_mtime + ahead
    os.utime(lock, (touched, touched))
    store.write(ACME, append(NOTE, b"second\n"))
    assert_sound(tmp_path)


def test_an_index_of_git_is_gone_for_good_before_a_pack_that_it_names(tmp_path: Path) -> None:
    store = made_store(tmp_path)
    repository = tmp_path / "acme.git"

    def put_together() -> int:
        return consolidate(repository, ObjectStore(repository), StorageLimits(packs=6), lambda: True)

    steps: list[str] = []
    for _ in range(2):
        for number in range(4):
            store.write(ACME, append(NOTE, b"%d\n" % number))
        git(repository, "multi-pack-index", "write")
        steps = steps_of(put_together)
    gone = steps.index("remove multi-pack-index")
    assert steps[gone : gone + 3] == ["remove multi-pack-index", "sync pack", "remove .pack"]


def test_objects_that_git_has_stored_loose_or_as_deltas_are_read(tmp_path: Path) -> None:
    store = made_store(tmp_path)
    repository = tmp_path / "acme.git"
    lines = b"".join(b"a line that repeats itself: %d\n" % number for number in range(200))
    versions = [store.write(ACME, put("/long.md", lines + b"%d\n" % number)).blob for number in range(20)]
    loose = git(repository, "hash-object", "-w", "--stdin", stdin="loose").strip()
    git(repository, "repack", "-a", "-d", "-f")
    packed = git(repository, "verify-pack", "-v", *map(str, repository.rglob("*.idx")))
    assert "chain length" in packed
    snapshot = Repositories(tmp_path, ManualClock()).snapshot(ACME)
    assert [snapshot.read(version) for version in versions] == [lines + b"%d\n" % number for number in range(20)]
    assert snapshot.read(type(versions[0])(loose)) == b"loose"
