"""Folders in which pushes are kept aside, one for each, until they are good or gone."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from memory_service.domain.errors import Overloaded
from memory_service.domain.ids import PushId
from memory_service.storage.locks import held

FOLDER = "quarantine"
_LOCK = "quarantine.lock"


@contextmanager
def quarantine(repository: Path, push: PushId, patience: float) -> Iterator[Path]:
    """A folder for one push, on the file system of the repository; it is gone afterwards, whatever was left in it.

    Raises:
        Overloaded: the folders of dead processes are being removed for longer than one may wait.
        OSError: the disk failed.
    """
    with held(repository / _LOCK, patience, fcntl.LOCK_SH):
        folder = repository / FOLDER / push
        try:
            folder.mkdir(parents=True)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def clear(repository: Path) -> None:
    """Remove what dead processes have left; nothing while any push is under way, in whatever process."""
    with suppress(Overloaded), held(repository / _LOCK, 0):
        shutil.rmtree(repository / FOLDER, ignore_errors=True)
