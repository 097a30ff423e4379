"""A process of one thread, in which stores can be killed by forking: ``python -m … WORK FOLDER``.

For each step of the work there is a store in ``FOLDER/killed/<step>/orgs``, in which it was killed before that step.
"""

import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from memory_service.storage import Repositories, StorageLimits
from memory_service.storage.journal import Journal
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.upkeep import consolidate
from tests.clocks import ManualClock
from tests.edits import append
from tests.faults.pushing import OTHER, prepare_push, pushed
from tests.faults.storage_faults import ACME, NOTE, killed_at, made_store, steps_of

PACKS = 6
EXECUTION = "exec_1"
"""What appends the second line."""
SOME_LINES = [b"a\n", b"b\n", b"c\n"]


def write(root: Path) -> None:
    """Append one line to the note, and note when it is acknowledged."""
    Repositories(root, ManualClock()).write(ACME, append(NOTE, b"second\n", {"Execution-Id": EXECUTION}))
    (root.parent / "acknowledged").touch()


def put_together(root: Path) -> None:
    """Consolidate the packs of the repository."""
    repository = root / "acme.git"
    consolidate(repository, ObjectStore(repository), StorageLimits(packs=PACKS), lambda: True)


def empty_journal(root: Path) -> None:
    """Bring what is in the journal to its place."""
    store = Repositories(root, ManualClock())
    with store.opened(ACME) as repository:
        repository.publisher.checkpoint()


def recover(root: Path) -> None:
    """Open the repository."""
    Repositories(root, ManualClock()).head(ACME)


def push(root: Path) -> None:
    """Push one file, and note when it is acknowledged."""
    if pushed(root).ok:
        (root.parent / "acknowledged").touch()


def create(root: Path) -> None:
    """Make a repository from nothing."""
    Repositories(root, ManualClock()).create(ACME, author="Ada", author_id="key_1")


def remove(root: Path) -> None:
    """Remove the repository."""
    Repositories(root, ManualClock()).remove(ACME)


def nothing(root: Path) -> None:
    """Make a folder without repositories."""
    root.mkdir()


def one_note(root: Path) -> None:
    """Make a repository with one note."""
    made_store(root).close()


def a_full_journal(root: Path) -> None:
    """Make a repository with some lines that are in the journal only."""
    store = made_store(root)
    for line in SOME_LINES:
        store.write(ACME, append(NOTE, line))


def lost_files(root: Path) -> None:
    """Make such a repository, and take away what a loss of power may take: a pack, and what main and another hold."""
    a_full_journal(root)
    repository = root / "acme.git"
    (repository / "refs" / "heads" / "main").write_bytes(bytes(41))
    journaled = {
        pack.finished.name for half in Journal(repository).read() for one in half.records for pack in one.packs
    }
    one, other, *_ = (repository / "objects" / "pack" / f"pack-{name}.pack" for name in sorted(journaled))
    one.unlink()
    other.chmod(0o644)
    other.write_bytes(bytes(other.stat().st_size))


def several_packs(root: Path) -> None:
    """Make a repository with packs that were put together, and more that should be."""
    store = made_store(root)
    for line in SOME_LINES:
        store.write(ACME, append(NOTE, line))
    put_together(root)
    for line in SOME_LINES:
        store.write(ACME, append(NOTE, line))
    store.close()


def a_push(root: Path) -> None:
    """Make a repository with one note, and a push onto what it is."""
    made_store(root).close()
    prepare_push(root)


def a_push_behind(root: Path) -> None:
    """Make a repository with one note, and a push onto what it was before an agent went on."""
    a_push(root)
    store = Repositories(root, ManualClock())
    store.write(ACME, append(OTHER, b"agent\n"))
    store.close()


WORKS: dict[str, tuple[Callable[[Path], None], Callable[[Path], None]]] = {
    "write": (one_note, write),
    "push": (a_push, push),
    "merge": (a_push_behind, push),
    "consolidate": (several_packs, put_together),
    "checkpoint": (a_full_journal, empty_journal),
    "recovery": (lost_files, recover),
    "create": (nothing, create),
    "remove": (one_note, remove),
}


def main(work: str, folder: Path) -> None:
    """Kill a kind of work at each of its steps."""
    prepare, work_in = WORKS[work]
    prepared, rehearsal = folder / "prepared", folder / "rehearsal"
    prepare(prepared)
    shutil.copytree(prepared, rehearsal)
    for step, name in enumerate(steps_of(lambda: work_in(rehearsal))):
        root = folder / "killed" / f"{step:02} {name}" / "orgs"
        shutil.copytree(prepared, root)
        killed_at(step, partial(work_in, root))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
