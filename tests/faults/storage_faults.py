"""Faults of the disk, made at the n-th operation of a store; and what must hold after each."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from memory_service.domain.ids import OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.storage import Repositories, StorageLimits, disk
from tests.clocks import ManualClock
from tests.edits import append
from tests.real_git import git

ACME = OrgId("acme")
NOTE = "/daily/note.md"


def made_store(root: Path) -> Repositories:
    """A store with one repository and one note of one line, without upkeep of its own accord."""
    store = Repositories(root, ManualClock(), StorageLimits(packs=10_000))
    store.create(ACME, author="Ada", author_id="key_1")
    store.write(ACME, append(NOTE, b"first\n"))
    return store


def note_of(store: Repositories) -> bytes:
    """What the note says."""
    snapshot = store.snapshot(ACME)
    entry = snapshot.entry(MemoryPath(NOTE))
    assert entry
    assert entry.blob
    return snapshot.read(entry.blob)


def assert_sound(root: Path) -> None:
    """Git finds no fault, and nothing of a dead process is left."""
    repository = root / "acme.git"
    git(repository, "fsck", "--full", "--strict")
    left = [path for path in root.rglob("*") if path.name.startswith((".new-", ".merge-"))]
    left += [*repository.rglob("*.keep"), *repository.rglob("main.*"), *repository.glob("quarantine/*")]
    assert not left
    assert {path.stem for path in repository.rglob("*.idx")} == {path.stem for path in repository.rglob("*.pack")}


@contextmanager
def hooked(hook: Callable[[str, Path], None]) -> Iterator[None]:
    """Call a hook before each operation of the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "before", hook)
        yield


def label_of(operation: str, path: Path) -> str:
    """What an operation is called: the names of packs, and of what is made of them, change with each run."""
    return f"{operation} {path.suffix or path.name}"


def steps_of(work: Callable[[], object]) -> list[str]:
    """The operations that some work does, in order."""
    steps: list[str] = []
    with hooked(lambda operation, path: steps.append(label_of(operation, path))):
        work()
    return steps


@contextmanager
def failing_at(step: int, error: int, *, for_good: bool = False) -> Iterator[None]:
    """Let the n-th operation, counting from 0, fail with an error number; with ``for_good``, all after it too."""
    left = [step]

    def fail(operation: str, path: Path) -> None:
        left[0] -= 1
        if left[0] == -1 or (for_good and left[0] < 0):
            raise OSError(error, os.strerror(error), str(path))

    with hooked(fail):
        yield


def killed_at(step: int, work: Callable[[], object]) -> None:
    """Do some work in a forked process that kills itself before its n-th operation, counting from 0."""
    child = os.fork()
    if child == 0:
        left = [step]

        def kill(operation: str, path: Path) -> None:
            left[0] -= 1
            if left[0] == -1:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            disk.before = kill
            work()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the process was to be killed at this step"
