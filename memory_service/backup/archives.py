"""A backup as one file: a tar archive (POSIX.1-1988, with GNU's header for large members), without compression."""

import os
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, cast

from memory_service.backup.manifest import MANIFEST, Manifest, StoredFile, parse_manifest
from memory_service.backup.places import Source, Target, busy, held, parts_of, usable
from memory_service.domain.errors import BackupDamaged, BackupNotFound, BackupPlaceTaken, BackupPlaceUnusable
from memory_service.storage import disk

_BLOCK = tarfile.BLOCKSIZE
_LARGEST_MANIFEST = 1 << 28


class ArchiveTarget(Target):
    """An archive that takes the place of an earlier one once it is whole."""

    def __init__(self, path: Path, partial: Path, scratch: Path, file: BinaryIO) -> None:
        self.previous = _manifest_of(path) if path.exists() else None
        self._path = path
        self._partial = partial
        self._file = file
        self.scratch = scratch

    def fill(self, name: str, parts: Iterable[bytes]) -> StoredFile:
        """Write a member, whose size is not known before its end: its header is written last."""
        start = self._file.tell()
        self._file.write(bytes(_BLOCK))
        digest, size = sha256(), 0
        for part in parts:
            digest.update(part)
            size += self._file.write(part)
        end = self._file.seek(0, os.SEEK_CUR) + self._file.write(bytes(-size % _BLOCK))
        self._file.seek(start)
        self._file.write(_header(name, size))
        self._file.seek(end)
        return StoredFile(name=name, size=size, sha256=digest.hexdigest())

    def take_in(self, name: str) -> StoredFile:
        """Take in the file at ``scratch``."""
        stored = self.fill(name, parts_of(self.scratch))
        disk.remove(self.scratch)
        return stored

    def holds(self, files: Iterable[StoredFile]) -> bool:
        """Nothing is taken over from an earlier archive."""
        return False

    def finish(self, manifest: Manifest) -> None:
        """Complete the archive and give it its name."""
        self.fill(MANIFEST, [manifest.encode()])
        self._file.write(bytes(2 * _BLOCK))
        self._file.flush()
        disk.sync(self._partial)
        disk.rename(self._partial, self._path)
        disk.sync(self._path.parent)


@contextmanager
def archive_target(path: Path) -> Iterator[ArchiveTarget]:
    """Begin an archive beside the place where it is to be.

    Raises:
        BackupPlaceTaken: there is a file of another kind.
        BackupPlaceUnusable: it cannot be written, or another backup is being written there.
    """
    with usable(BackupPlaceUnusable, path):
        partial = path.with_name(path.name + ".partial")
        disk.before("create", partial)
        descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with held(descriptor, busy(path)), os.fdopen(descriptor, "r+b", closefd=False) as file:
            if not _is_named(descriptor, partial):
                raise busy(path)  # it was finished between the opening and the locking
            file.truncate(0)
            scratch = partial.with_name(partial.name + "-memory.db")
            try:
                disk.remove(scratch)
                yield ArchiveTarget(path, partial, scratch, file)
            finally:
                with suppress(OSError):
                    scratch.unlink(missing_ok=True)
                    if _is_named(descriptor, partial):
                        partial.unlink()


class ArchiveSource(Source):
    """A backup in an archive. Members are read, never unpacked: no name in it becomes a path."""

    def __init__(self, path: Path, archive: tarfile.TarFile) -> None:
        super().__init__(str(path))
        self._archive = archive
        try:
            self._members = {member.name: member for member in archive if member.isreg()}
        except tarfile.TarError as error:
            raise BackupDamaged(self.place, "it is cut off") from error
        with self._opened(MANIFEST) as manifest:
            self.manifest = parse_manifest(self.place, manifest.read(_LARGEST_MANIFEST))

    @contextmanager
    def open(self, file: StoredFile) -> Iterator[BinaryIO]:
        """Open a member."""
        with self._opened(file.name) as opened:
            yield opened

    @contextmanager
    def _opened(self, name: str) -> Iterator[BinaryIO]:
        member = self._members.get(name)
        if member is None:
            raise BackupDamaged(self.place, f"{name} is missing")
        try:
            with cast("BinaryIO", self._archive.extractfile(member)) as opened:
                yield opened
        except tarfile.TarError as error:
            raise BackupDamaged(self.place, "it is cut off") from error


@contextmanager
def archive_source(path: Path) -> Iterator[ArchiveSource]:
    """Open an archive.

    Raises:
        BackupNotFound: the file is none.
        BackupDamaged: it lacks something.
    """
    try:
        archive = tarfile.open(path, "r:")  # noqa: SIM115 - closed by the next statement
    except tarfile.TarError as error:
        raise BackupNotFound(str(path)) from error
    with archive:
        yield ArchiveSource(path, archive)


def _is_named(descriptor: int, path: Path) -> bool:
    return path.exists() and os.path.samestat(os.fstat(descriptor), path.stat())


def _manifest_of(path: Path) -> Manifest:
    """What is in an archive that is to be replaced."""
    try:
        with archive_source(path) as source:
            return source.manifest
    except (BackupNotFound, BackupDamaged) as error:
        raise BackupPlaceTaken(str(path), "the file there is no backup") from error


def _header(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member.tobuf(tarfile.GNU_FORMAT)
