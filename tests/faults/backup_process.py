"""A process of one thread, in which backups and restores are killed by forking: ``python -m … WORK FOLDER``.

For each step of the work there is a folder in ``FOLDER/killed``, in which it was killed before that step.
"""

import os
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.faults.storage_faults import killed_at, steps_of
from tests.unit.backup.places import back_up, made_data, restored, write

DATA, PLACE, AGAIN = "data", "backup", "again"


def into_folder(root: Path) -> None:
    """Bring a backup in a folder up to date."""
    back_up(root / DATA, root / PLACE)


def into_archive(root: Path) -> None:
    """Put an archive in the place of another."""
    back_up(root / DATA, root / f"{PLACE}.tar")


def back(root: Path) -> None:
    """Restore a backup."""
    restored(root / PLACE, root / AGAIN)


def something_new(root: Path, work: Callable[[Path], None]) -> None:
    """Make a backup, and write something that it does not have."""
    made_data(root / DATA)
    work(root)
    write(root / DATA, 100, 101)


def a_backup(root: Path) -> None:
    """Make a backup of two bundles."""
    something_new(root, into_folder)
    into_folder(root)


WORKS: dict[str, tuple[Callable[[Path], None], Callable[[Path], None]]] = {
    "folder": (partial(something_new, work=into_folder), into_folder),
    "archive": (partial(something_new, work=into_archive), into_archive),
    "restore": (a_backup, back),
}


def main(work: str, folder: Path) -> None:
    """Kill a kind of work at each of its steps."""
    os.fsync = lambda descriptor: None  # type: ignore[assignment] # what the kernel has outlives a process
    prepare, work_in = WORKS[work]
    prepared, rehearsal = folder / "prepared", folder / "rehearsal"
    prepared.mkdir()
    prepare(prepared)
    shutil.copytree(prepared, rehearsal)
    for step, name in enumerate(steps_of(lambda: work_in(rehearsal))):
        root = folder / "killed" / f"{step:02} {name}"
        shutil.copytree(prepared, root)
        killed_at(step, partial(work_in, root))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
