"""A sync fails, and the next one does not: what could not be written is written again, or nobody says that it is there.

After a failed sync the system may let go of what it was to write, and say nothing of it the next time (fsync(2)).
"""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from shutil import copytree

import pytest

from memory_service.domain.errors import InternalError
from memory_service.storage import Repositories, disk
from tests.clocks import ManualClock
from tests.edits import append
from tests.faults.storage_faults import ACME, NOTE, hooked, label_of, made_store, note_of


class Forgetful:
    """A disk whose syncs of some files fail as often as it is told, and forget what was written to them, or keep it."""

    def __init__(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.failing: list[tuple[str, bool]] = []
        """Operations that fail, in this order, and whether what was written is on the disk all the same."""
        self._journal = repository / "journal"
        self._platter = bytearray(self._journal.read_bytes())
        self._written: list[tuple[bytes, int]] = []
        self._lost: list[int] = []
        self._overwrite = disk.overwrite
        monkeypatch.setattr(disk, "overwrite", self._note)

    def __call__(self, operation: str, path: Path) -> None:
        failing = bool(self.failing) and self.failing[0][0] == label_of(operation, path)
        kept = not failing or self.failing.pop(0)[1]
        if operation == "sync" and path == self._journal:
            for data, place in self._written if kept else ():
                self._platter.extend(bytes(max(0, place + len(data) - len(self._platter))))
                self._platter[place : place + len(data)] = data
            self._written.clear()
        elif operation == "sync" and not kept:
            # Kept open, so that its number is not given to another file.
            self._lost.append(os.open(path, os.O_RDONLY))
        if failing:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    def leave(self, root: Path, target: Path) -> Repositories:
        """A store of what is on the disk when power is lost now: of what a sync that failed was to write, nothing."""
        numbers = {os.fstat(descriptor).st_ino for descriptor in self._lost}
        lost = [path for path in root.rglob("*") if path.stat().st_ino in numbers]
        copytree(root, target)
        for path in (target / path.relative_to(root) for path in lost):
            path.chmod(0o644)
            path.write_bytes(bytes(path.stat().st_size))
        (target / "acme.git" / "journal").write_bytes(self._platter)
        return Repositories(target, ManualClock())

    def close(self) -> None:
        """Let go of the files that were lost."""
        for descriptor in self._lost:
            os.close(descriptor)

    def _note(self, descriptor: int, path: Path, data: bytes, place: int) -> None:
        self._overwrite(descriptor, path, data, place)
        self._written.append((data, place))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "orgs"


@pytest.fixture
def store(root: Path) -> Repositories:
    return made_store(root)


@pytest.fixture
def forgetful(store: Repositories, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forgetful]:
    with closing(Forgetful(root / "acme.git", monkeypatch)) as made:
        yield made


def found(store: Repositories) -> bytes:
    """The note, after somebody has asked what became of a call."""
    store.find(ACME, "Execution-Id", "exec_1", ManualClock()())
    return note_of(store)


def emptied(store: Repositories) -> None:
    """Empty the journal."""
    with store.opened(ACME) as repository:
        repository.publisher.checkpoint()


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("then", ["overwrite journal", "sync journal"])
def test_what_became_of_a_write_is_not_told_before_it_is_durable(
    store: Repositories, root: Path, tmp_path: Path, forgetful: Forgetful, then: str, kept: bool
) -> None:
    with hooked(forgetful):
        forgetful.failing = [("sync journal", kept), (then, False)]
        with pytest.raises(InternalError):
            store.write(ACME, append(NOTE, b"second\n"))
        told = found(store)
    assert not forgetful.failing
    (root / "acme.git" / "refs" / "heads" / "main").write_bytes(bytes(41))
    with closing(forgetful.leave(root, tmp_path / "left")) as left:
        assert note_of(left) == told


@pytest.mark.parametrize("file", ["sync .pack", "sync .idx", "sync main"])
@pytest.mark.parametrize("empty", [emptied, Repositories.close])
def test_what_a_checkpoint_could_not_sync_is_written_again_before_the_journal_is_empty(
    store: Repositories,
    root: Path,
    tmp_path: Path,
    forgetful: Forgetful,
    file: str,
    empty: Callable[[Repositories], None],
) -> None:
    store.write(ACME, append(NOTE, b"second\n"))
    with hooked(forgetful):
        forgetful.failing = [(file, False)]
        with pytest.raises(InternalError):
            emptied(store)
        empty(store)
    with closing(forgetful.leave(root, tmp_path / "left")) as left:
        assert note_of(left) == b"first\nsecond\n"
        assert left.verify(ACME) == []
