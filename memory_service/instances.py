"""Which server processes work on a data folder: each holds a lock that the kernel frees when the process ends."""

import fcntl
import os
from pathlib import Path
from typing import IO


class ProcessInstances:
    """The processes of one data folder; this one holds its own lock until closed, or else until the process ends: no
    end of an object frees it."""

    def __init__(self, folder: Path, own: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._own = own
        # One at a time: a lock file that is made but not yet locked must not be swept as one left behind.
        with (folder / "instances").open("wb") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            self._sweep()
            self._lock = os.open(folder / f"{own}.lock", os.O_WRONLY | os.O_CREAT)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    @property
    def own(self) -> str:
        """The name under which this process owns its executions."""
        return self._own

    def alive(self, owner: str) -> bool:
        """Whether the process of that name still runs."""
        if owner == self._own:
            return True
        try:
            with (self._folder / f"{owner}.lock").open("rb") as lock:
                return not _free(lock)
        except FileNotFoundError:
            return False

    def close(self) -> None:
        """Give up the own lock: from now on this process counts as gone."""
        (self._folder / f"{self._own}.lock").unlink(missing_ok=True)
        os.close(self._lock)

    def _sweep(self) -> None:
        """Remove what processes left that were killed."""
        for path in self._folder.glob("*.lock"):
            if not self.alive(path.stem):
                path.unlink(missing_ok=True)


def _free(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
