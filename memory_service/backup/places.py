"""Where backups are: a folder that is brought up to date, or one file."""

import errno
import fcntl
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from memory_service.backup.manifest import Manifest, StoredFile
from memory_service.domain.errors import BackupDamaged, BackupPlaceUnusable, MemoryServiceError, StorageFull
from memory_service.storage import disk

CHUNK = 1 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Target(ABC):
    """A place that a backup is being written to; until it is finished, the backup that is there stays as it is."""

    previous: Manifest | None
    """The backup that is there, if this one can build on it."""
    scratch: Path
    """A path that is free, and from which a file is taken in."""

    @abstractmethod
    def fill(self, name: str, parts: Iterable[bytes]) -> StoredFile:
        """Write a file."""

    @abstractmethod
    def take_in(self, name: str) -> StoredFile:
        """Take in the file at ``scratch``; an earlier one may stand for it that is the same."""

    @abstractmethod
    def holds(self, files: Iterable[StoredFile]) -> bool:
        """Whether files of the previous backup are still there, as far as their sizes tell."""

    @abstractmethod
    def finish(self, manifest: Manifest) -> None:
        """Let this be the backup of the place, durably."""


class Source(ABC):
    """A backup to be read."""

    manifest: Manifest

    def __init__(self, place: str) -> None:
        self.place = place

    @abstractmethod
    @contextmanager
    def open(self, file: StoredFile) -> Iterator[BinaryIO]:
        """Open a file of the backup.

        Raises:
            BackupDamaged: it is not there.
        """

    def parts(self, file: StoredFile) -> Iterator[bytes]:
        """A file of the backup, of which nothing is to be believed before its end.

        Raises:
            BackupDamaged: it is missing, or is not what was written.
            BackupPlaceUnusable: it cannot be read.
        """
        digest, size = sha256(), 0
        with usable(BackupPlaceUnusable, self.place), self.open(file) as source:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                yield chunk
        if (size, digest.hexdigest()) != (file.size, file.sha256):
            raise BackupDamaged(self.place, f"{file.name} is not what was written")

    def copy(self, file: StoredFile, to: Path) -> None:
        """Write a file of the backup to a new path, durably.

        Raises:
            BackupDamaged: it is missing, or is not what was written.
            BackupPlaceUnusable: it cannot be read.
        """
        with disk.create(to, 0o644) as target:
            for part in self.parts(file):
                target.write(part)
        disk.sync(to)


@contextmanager
def usable(unusable: Callable[[str, str], MemoryServiceError], place: Path | str) -> Iterator[None]:
    """Tell failures of the disk at a place in the words of the service.

    Raises:
        StorageFull: there is no room.
        what ``unusable`` makes of the place and a reason: the disk failed otherwise.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull from error
        raise unusable(str(place), error.strerror or str(error)) from error


@contextmanager
def held(descriptor: int, otherwise: MemoryServiceError) -> Iterator[None]:
    """Hold an open file or folder against other processes, and close it at the end; the error if one holds it."""
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise otherwise from error
        yield
    finally:
        os.close(descriptor)


def busy(place: Path) -> BackupPlaceUnusable:
    """Two want to write the same backup."""
    return BackupPlaceUnusable(str(place), "another backup is being written there")


def parts_of(path: Path) -> Iterator[bytes]:
    """A file, in parts."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
