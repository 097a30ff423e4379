"""A backup as a folder: what is new is written beside what is there, and then the manifest is exchanged."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from memory_service.backup.manifest import FILE_NAME, MANIFEST, Manifest, StoredFile, parse_manifest
from memory_service.backup.places import Source, Target, busy, held, parts_of, usable
from memory_service.domain.errors import BackupDamaged, BackupPlaceTaken, BackupPlaceUnusable
from memory_service.storage import disk

_NEXT = "manifest.new"
_SCRATCH = "memory.new"
_OWN = {"orgs", MANIFEST, _NEXT, _SCRATCH, "lost+found"}


class FolderTarget(Target):
    """A folder that is brought up to date."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.scratch = folder / _SCRATCH
        manifest = folder / MANIFEST
        self.previous = parse_manifest(str(folder), manifest.read_bytes()) if manifest.exists() else None

    def fill(self, name: str, parts: Iterable[bytes]) -> StoredFile:
        """Write a file; its folder is synced at the end."""
        path = self._folder / name
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        digest, size = sha256(), 0
        with disk.create(path, 0o600) as file:
            for part in parts:
                digest.update(part)
                size += file.write(part)
        disk.sync(path)
        disk.sync(path.parent)
        return StoredFile(name=name, size=size, sha256=digest.hexdigest())

    def take_in(self, name: str) -> StoredFile:
        """Take in the file at ``scratch``, unless the previous backup has the same."""
        digest = sha256()
        for part in parts_of(self.scratch):
            digest.update(part)
        size = self.scratch.stat().st_size
        former = self.previous and self.previous.database
        if former and (former.size, former.sha256) == (size, digest.hexdigest()) and self.holds([former]):
            disk.remove(self.scratch)
            return former
        disk.sync(self.scratch)
        disk.rename(self.scratch, self._folder / name)
        return StoredFile(name=name, size=size, sha256=digest.hexdigest())

    def holds(self, files: Iterable[StoredFile]) -> bool:
        """Whether files are there, in their sizes."""
        with suppress(FileNotFoundError):
            return all((self._folder / file.name).stat().st_size == file.size for file in files)
        return False

    def finish(self, manifest: Manifest) -> None:
        """Exchange the manifest, and remove what it does not name."""
        for folder in (self._folder / "orgs", self._folder):
            if folder.is_dir():
                disk.sync(folder)
        disk.write_new(self._folder / _NEXT, manifest.encode(), 0o600)
        disk.rename(self._folder / _NEXT, self._folder / MANIFEST)
        disk.sync(self._folder)
        self.previous = manifest

    def clear(self) -> None:
        """Remove what the backup that is there does not name: of one that was cut off, or of an earlier one."""
        named = {file.name for file in self.previous.files()} if self.previous else set[str]()
        for path in [*self._folder.glob("memory.*.db"), *self._folder.glob("orgs/*/*.bundle")]:
            name = path.relative_to(self._folder).as_posix()
            if FILE_NAME.fullmatch(name) and name not in named:
                disk.remove(path)
        for leftover in (_NEXT, _SCRATCH):
            disk.remove(self._folder / leftover)
        for folder in [*self._folder.glob("orgs/*"), self._folder / "orgs"]:
            with suppress(OSError):
                folder.rmdir()


@contextmanager
def folder_target(folder: Path) -> Iterator[FolderTarget]:
    """Hold a folder for a backup.

    Raises:
        BackupPlaceTaken: there is something else in it.
        BackupPlaceUnusable: it cannot be written, or another backup is being written there.
        BackupDamaged, BackupOfAnotherVersion: the backup there cannot be built on.
    """
    with usable(BackupPlaceUnusable, folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with held(os.open(folder, os.O_RDONLY | os.O_CLOEXEC), busy(folder)):
            others = [path.name for path in folder.iterdir() if path.name not in _OWN and not _is_database(path)]
            if others:
                raise BackupPlaceTaken(str(folder), f"it holds other files, such as {min(others)}")
            target = FolderTarget(folder)
            target.clear()
            try:
                yield target
            finally:
                with suppress(OSError):
                    target.clear()


class FolderSource(Source):
    """A backup in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._folder = folder
        self.manifest = parse_manifest(self.place, (folder / MANIFEST).read_bytes())

    @contextmanager
    def open(self, file: StoredFile) -> Iterator[BinaryIO]:
        """Open a file, which is no link: those could lead anywhere."""
        try:
            descriptor = os.open(self._folder / file.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise BackupDamaged(self.place, f"{file.name} is missing") from error
        with os.fdopen(descriptor, "rb") as opened:
            yield opened


def _is_database(path: Path) -> bool:
    return FILE_NAME.fullmatch(path.name) is not None
