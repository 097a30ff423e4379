"""The name ``main``: read wherever git may have put it, and moved by compare-and-swap."""

import errno
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from memory_service.domain.errors import DataCorrupt
from memory_service.storage import disk
from memory_service.storage.objects import Oid

MAIN = b"refs/heads/main"
_OID = re.compile(rb"[0-9a-f]{40}\s")
_NOTHING = bytes(20)
_PAUSE = 0.005
_LOGGED = re.compile(rb"[0-9a-f]{40} [0-9a-f]{40} ")
_LINE = 4096
_NEAR = 8192
_SPACING = 16


class Main:
    """The ref ``refs/heads/main`` of a repository.

    It is moved by one process at a time, the holder of the writer's lock. Git's own lock, ``main.lock``, is
    taken too, since people may run git in the repository; it is a second name of the file that becomes the ref, so
    whoever holds the writer's lock knows one that a dead process of ours has left. Git's own are never of that kind:
    those are waited for, and removed only when they are older than any live git holds one.
    """

    def __init__(self, repository: Path, patience: float) -> None:
        self._main = repository / "refs" / "heads" / "main"
        self._lock = repository / "refs" / "heads" / "main.lock"
        self._next = repository / "main.next"
        self._packed = repository / "packed-refs"
        self._log = repository / "logs" / "refs" / "heads" / "main"
        self._patience = patience

    def read(self) -> Oid:
        """The commit that main names.

        Raises:
            FileNotFoundError: there is no such ref.
            DataCorrupt: there is, but it names nothing.
        """
        try:
            text = self._main.read_bytes()
        except FileNotFoundError:
            text = self._read_packed()
        if not _OID.match(text):
            raise DataCorrupt("The ref main is damaged")
        return bytes.fromhex(text[:40].decode())

    def found(self) -> Oid | None:
        """The commit that main names, or None where it names nothing."""
        try:
            return self.read()
        except (FileNotFoundError, DataCorrupt):
            return None

    @contextmanager
    def moving(self, new: Oid) -> Iterator[Callable[[Oid | None, bytes], bool]]:
        """Prepare that main names ``new``; gives what lets it do so, if it names an old commit or, where None, nothing,
        and answers whether it did. What that raises, it raises before main has moved.

        The move is not synced. The bytes become a line of the reflog.
        """
        self._stage(new)
        try:
            yield partial(self._move, new)
        finally:
            with suppress(OSError):
                self.sweep()

    def settle(self) -> None:
        """Make durable what main names, whoever let it."""
        for path in (self._main, self._main.parent, self._log, self._packed.parent):
            with suppress(FileNotFoundError):
                disk.sync(path)

    def sweep(self) -> None:
        """Remove what this or a dead process has left. Called under the writer's lock."""
        if _same(self._next, self._lock) or _same(self._main, self._lock):
            disk.remove(self._lock)
        disk.remove(self._next)

    def was_moved(self, one: Oid, other: Oid) -> bool:
        """Whether the log says that main named one commit and then was let name another, and still does."""
        try:
            descriptor = os.open(self._log, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            size = os.fstat(descriptor).st_size
            named = [line[41:81].decode() for line in _lines(descriptor, max(0, size - _NEAR), size)]
        finally:
            os.close(descriptor)
        return named[-1:] == [other.hex()] and one.hex() in named

    def former(self) -> Iterator[Oid]:
        """Commits that main named before, as its log tells, newest first and ever farther apart.

        Lines of the log are about equally long, so the places to look at are found without reading all of it.
        """
        try:
            descriptor = os.open(self._log, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            size = os.fstat(descriptor).st_size
            for line in reversed(_lines(descriptor, max(0, size - _NEAR), size)):
                yield bytes.fromhex(line[41:81].decode())
            distance = _NEAR
            while distance < size:
                distance += distance // _SPACING
                start = max(0, size - distance)
                for line in _lines(descriptor, start, start + _LINE)[:1]:
                    yield bytes.fromhex(line[41:81].decode())
            for line in _lines(descriptor, 0, _LINE)[:1]:
                yield bytes.fromhex(line[:40].decode())
        finally:
            os.close(descriptor)

    def _move(self, new: Oid, old: Oid | None, log: bytes) -> bool:
        self._take()
        if self.found() != old:
            return False
        disk.rename(self._next, self._main)
        # Main has moved: from here on nothing may fail. What is left is known by being the same file as main.
        with suppress(OSError):
            names = (old or _NOTHING).hex(), new.hex()
            disk.append(self._log, b"%b %b %b\n" % (names[0].encode(), names[1].encode(), log))
        return True

    def _stage(self, oid: Oid) -> None:
        content = oid.hex().encode() + b"\n"
        try:
            disk.write_new(self._next, content, 0o644, durable=False)
        except FileExistsError:
            self.sweep()
            disk.write_new(self._next, content, 0o644, durable=False)

    def _take(self) -> None:
        met, since = None, 0.0
        while True:
            try:
                return disk.link(self._next, self._lock)
            except FileExistsError:
                now, found = time.monotonic(), _stat(self._lock)
            if (found and found.st_ino) != met:
                met, since = found and found.st_ino, now
            if found and (_same(self._main, self._lock) or self._dead(found, now - since)):
                disk.remove(self._lock)
            else:
                time.sleep(_PAUSE)

    def _dead(self, lock: os.stat_result, waited: float) -> bool:
        """Whether git's lock is too old to be held by a live one; its age is told by the clock of the file system."""
        return max(waited, self._next.stat().st_mtime - lock.st_mtime) > self._patience

    def _read_packed(self) -> bytes:
        if self._packed.exists():
            for line in self._packed.read_bytes().splitlines():
                if line[41:] == MAIN and not line.startswith(b"#"):
                    return line
        raise FileNotFoundError(errno.ENOENT, "no such ref", str(self._main))


def _lines(descriptor: int, start: int, end: int) -> list[bytes]:
    """The whole lines of a log between two places."""
    text = os.pread(descriptor, end - start, start)
    lines = text.split(b"\n")[start > 0 : -1]
    return [line for line in lines if _LOGGED.match(line)]


def _same(one: Path, other: Path) -> bool:
    first, second = _stat(one), _stat(other)
    return first is not None and second is not None and os.path.samestat(first, second)


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None
