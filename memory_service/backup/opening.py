"""Which of the two kinds of places a path means."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from memory_service.backup.archives import archive_source, archive_target
from memory_service.backup.folders import FolderSource, folder_target
from memory_service.backup.manifest import MANIFEST
from memory_service.backup.places import Source, Target, usable
from memory_service.domain.errors import BackupNotFound, BackupPlaceTaken, BackupPlaceUnusable

ARCHIVE = ".tar"


@contextmanager
def opened_target(path: Path) -> Iterator[Target]:
    """Begin a backup at a path: one archive where it ends in ``.tar``, else a folder.

    Raises:
        BackupPlaceTaken: there is something else.
        BackupPlaceUnusable: it cannot be written, or another backup is being written there.
        StorageFull: the disk has no room.
    """
    with usable(BackupPlaceUnusable, path):
        is_archive = path.suffix == ARCHIVE and not path.is_dir()
        if not is_archive and path.exists() and not path.is_dir():
            raise BackupPlaceTaken(str(path), f"it is a file whose name does not end in {ARCHIVE}")
    with archive_target(path) if is_archive else folder_target(path) as target:
        yield target


@contextmanager
def opened_source(path: Path) -> Iterator[Source]:
    """Open the backup at a path.

    Raises:
        BackupNotFound: there is none.
        BackupDamaged: its manifest or a part of it is missing or damaged.
        BackupOfAnotherVersion: it is of a format that this version does not know.
        BackupPlaceUnusable: it cannot be read.
    """
    with usable(BackupPlaceUnusable, path):
        if not (path / MANIFEST if path.is_dir() else path).is_file():
            raise BackupNotFound(str(path))
        if path.is_dir():
            yield FolderSource(path)
        else:
            with archive_source(path) as source:
                yield source
