"""Putting a backup into an empty data folder: everything is made aside and checked, and then put in place."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from memory_service.backup.manifest import Manifest, StoredOrg
from memory_service.backup.places import Source, held, usable
from memory_service.database import Database, Orgs
from memory_service.domain.errors import BackupDamaged, DataCorrupt, DataFolderNotEmpty, DataFolderUnusable
from memory_service.domain.progress import Progress, Stages
from memory_service.storage import disk, restore_repository

_ASIDE = ".restoring"
_UNFINISHED = "unfinished"
_COMPLETE = "complete"
_DATABASE = "memory.db"
_ORGS = "orgs"
_PARTS = (_ORGS, _DATABASE)
_SCRATCH = "bundle"


def is_being_restored(data: Path) -> bool:
    """Whether a restore into a data folder has begun and not ended: nobody may work on it."""
    return (data / _ASIDE / _UNFINISHED).exists()


def restore(source: Source, data: Path, stages: Stages) -> Manifest:
    """Put a backup into a data folder that holds no file, or leave it as it was.

    Raises:
        DataFolderNotEmpty: the folder holds files.
        DataFolderUnusable: it cannot be written, or another restore into it is at work.
        BackupDamaged: a file of the backup is missing or damaged.
        DataCorrupt: the database in it is of a newer version of the service.
        StorageFull: the disk has no room.
    """
    manifest = source.manifest
    with _aside(data) as aside:
        with stages("Restoring the database") as progress:
            progress(0, 1)
            source.copy(manifest.database, aside / _DATABASE)
            _check_database(aside / _DATABASE, manifest, source.place)
            progress(1, 1)
        with stages("Restoring repositories") as progress:
            _restore_repositories(source, aside, progress)
        _put_in_place(aside, data)
    return manifest


def _check_database(path: Path, manifest: Manifest, place: str) -> None:
    """Bring the database to the schema of this version, and see that it is sound and belongs to the repositories."""
    with closing(Database(path)) as database:
        problems = database.integrity()
        orgs = {org.name for org in Orgs(database).list()}
    if problems:
        raise BackupDamaged(place, f"its database is not sound ({problems[0]})")
    if orgs != {org.name for org in manifest.orgs}:
        raise BackupDamaged(place, "its database has other organisations than its manifest")
    disk.sync(path)


def _restore_repositories(source: Source, aside: Path, progress: Progress) -> None:
    root = aside / _ORGS
    root.mkdir()
    orgs = source.manifest.orgs
    total, done = sum(bundle.file.size for org in orgs for bundle in org.bundles), 0
    progress(done, total)
    for org in orgs:
        config = org.config.encode("utf-8", "surrogateescape")
        try:
            restore_repository(root, org.name, org.commit, config, _bundles(source, org, aside / _SCRATCH))
        except BackupDamaged:
            raise
        except DataCorrupt as error:
            raise BackupDamaged(source.place, f"{org.name}: {error.message}") from error
        done += sum(bundle.file.size for bundle in org.bundles)
        progress(done, total)


def _bundles(source: Source, org: StoredOrg, scratch: Path) -> Iterator[BinaryIO]:
    """The bundles of an organisation, each looked at as a whole before a byte of it is read."""
    for bundle in org.bundles:
        source.copy(bundle.file, scratch)
        with scratch.open("rb") as file:
            yield file
        scratch.unlink()


@contextmanager
def _aside(data: Path) -> Iterator[Path]:
    """A folder within an empty data folder, to be put in place from; whatever fails, all is as it was before.

    The folder is marked before the data folder is looked through, and a server looks for the mark after it has made its
    own folders: so one of the two sees the other.
    """
    aside = data / _ASIDE
    with usable(DataFolderUnusable, data):
        busy = DataFolderUnusable(str(data), "another restore into it is at work")
        is_new = not data.exists()
        aside.mkdir(parents=True, exist_ok=True)
        with held(os.open(aside, os.O_RDONLY | os.O_CLOEXEC), busy):
            try:
                _undo(data, aside)
                disk.mark(aside / _UNFINISHED, b"")
                disk.sync(aside)
                _refuse_files(data)
                yield aside
            finally:
                _undo(data, aside)
                aside.rmdir()
                if is_new and not any(data.iterdir()):
                    data.rmdir()


def _put_in_place(aside: Path, data: Path) -> None:
    """What is made aside becomes the data folder at the moment at which the last mark is removed."""
    disk.mark(aside / _COMPLETE, b"")
    disk.sync(aside)
    for name in _PARTS:
        disk.rename(aside / name, data / name)
    disk.sync(data)
    disk.sync(data.parent)
    disk.remove(aside / _UNFINISHED)
    disk.sync(aside)


def _undo(data: Path, aside: Path) -> None:
    """Take back what a restore has put in place that has not ended, and empty the folder of it."""
    if (aside / _UNFINISHED).exists() and (aside / _COMPLETE).exists():
        for name in _PARTS:
            if (data / name).exists() and not (aside / name).exists():
                (data / name).rename(aside / name)
    # The marks go last: without them it would not be known what else is left.
    left = sorted(aside.iterdir(), key=lambda path: (path.name == _UNFINISHED, path.name == _COMPLETE))
    for path in left:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _refuse_files(data: Path) -> None:
    for path in data.iterdir():
        if path.name not in {_ASIDE, "lost+found"}:
            found = path if not path.is_dir() else next((one for one in path.rglob("*") if not one.is_dir()), None)
            if found:
                raise DataFolderNotEmpty(str(data), found.relative_to(data).as_posix())
