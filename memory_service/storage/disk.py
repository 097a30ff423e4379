"""Every change that is made to the disk, and how its failures are told.

What is written here is on the platter when the call returns, unless its docstring says otherwise.
"""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from memory_service.domain.errors import InternalError, Overloaded, StorageFull

_SYNC_DATA: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_BUSY = {errno.EMFILE, errno.ENFILE}


def _go_on(operation: str, path: Path) -> None:
    """Nothing stands in the way."""


before: Callable[[str, Path], None] = _go_on
"""Called before each operation with its name and the path it changes. Tests put faults here: an error, a kill."""


@contextmanager
def told() -> Iterator[None]:
    """Tell failures of the disk in the words of the service.

    Raises:
        StorageFull: there is no room.
        Overloaded: all file descriptors are in use.
        InternalError: the disk failed otherwise.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _BUSY:
            raise Overloaded("too many files are open") from error
        raise (StorageFull() if error.errno in _FULL else InternalError()) from error


def write_new(path: Path, data: bytes, mode: int = 0o444, *, durable: bool = True) -> None:
    """Write a file that must not exist yet; its folder is still to be synced. What fails leaves no file.

    The file itself is synced unless ``durable`` says no.
    """
    before("create", path)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        before("write", path)
        _write_all(descriptor, data)
        if durable:
            before("sync", path)
            os.fsync(descriptor)
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise
    finally:
        os.close(descriptor)


def create(path: Path, mode: int = 0o444) -> BinaryIO:
    """Open a new file for writing and reading back. Not synced."""
    before("create", path)
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), "w+b")


def mark(path: Path, data: bytes) -> None:
    """Write a small file that may be there already. Not synced."""
    before("mark", path)
    path.write_bytes(data)


def append(path: Path, data: bytes) -> None:
    """Add to a file, which is made if needed, all or nothing. Not synced."""
    before("append", path)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        try:
            _write_all(descriptor, data)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def overwrite(descriptor: int, path: Path, data: bytes, place: int) -> None:
    """Write at a place of an open file. Not synced."""
    before("overwrite", path)
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, place)
        place, rest = place + written, rest[written:]


def rename(source: Path, target: Path) -> None:
    """Give a file another name, replacing what had it; the folders are still to be synced."""
    before("rename", target)
    source.rename(target)


def link(source: Path, target: Path) -> None:
    """Give a file a second name, which must be free."""
    before("link", target)
    os.link(source, target)


def remove(path: Path) -> None:
    """Remove a file if it is there; the folder is still to be synced."""
    before("remove", path)
    path.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the platter."""
    before("sync", path)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def hasten(path: Path) -> None:
    """Let the system begin to write a file, if it is there: many that are then synced take half the time."""
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)


def sync_data(descriptor: int, path: Path) -> None:
    """Bring what was written to an open file to the platter, and no more of the file than reading it takes."""
    before("sync", path)
    _SYNC_DATA(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
