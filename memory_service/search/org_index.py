"""The index of one organisation: which view is current, and how a new generation is made."""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from threading import Lock
from time import monotonic, sleep

from memory_service.domain.errors import Overloaded, StorageFull
from memory_service.domain.ids import CommitId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File
from memory_service.search.building import Builders
from memory_service.search.documents import analyse
from memory_service.search.generations import Generation, Unusable
from memory_service.search.postings import PostingsCache
from memory_service.search.segments import OpenFile
from memory_service.search.views import View

_PAUSE = 0.02
"""Seconds between two tries to get the lock: a lock of files cannot be waited for within a time."""
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}

_Signature = tuple[int, int, int]


class OrgIndex:
    """Over a folder that any number of processes share, and that may be deleted at any time.

    ``generation`` is the current one, ``building`` the folder in which the holder of ``build.lock`` makes the next.
    """

    def __init__(self, folder: Path, builders: Builders, cache: PostingsCache, patience: float) -> None:
        self._folder = folder
        self._builders = builders
        self._cache = cache
        self._patience = patience
        self._lock = Lock()
        self._signature: _Signature | None = None
        self._view: View | None = None

    def view(self) -> View | None:
        """The index as it is now, of whichever process made it; None when there is nothing usable."""
        with self._lock:
            self._adopt()
            return self._view

    def apply(self, base: CommitId, head: CommitId, files: Iterable[File], gone: Iterable[MemoryPath]) -> bool:
        """Take in what changed from ``base`` to ``head``; False when the index is not, or no longer, at ``base``."""
        view = self.view()
        if view is None or view.commit != base:
            return False
        later = view.after(head, map(analyse, files), gone)
        with self._lock:
            if self._view is not view:
                return False
            self._view = later
            return True

    def rebuild(self, head: CommitId, files: Iterable[File]) -> None:
        """Make a generation of the files of ``head`` and let it take the place of the current one.

        Raises:
            Overloaded: another process is making one, and that takes longer than this one waits; or the process that
                made it was killed, or the indexes are closed.
            StorageFull: the disk has no room for it.
        """
        try:
            with self._turn() as (lock, waited):
                view = self.view() if waited else None
                if view is None or view.generation.layer.commit != head:
                    self._build(head, files, lock)
        except OSError as error:
            if error.errno in _NO_SPACE:
                raise StorageFull from error
            raise

    @property
    def stale(self) -> bool:
        """Whether a new generation is worth its making, and nobody is making it."""
        view = self.view()
        return view is not None and view.stale and not self._being_built()

    def _adopt(self) -> None:
        """Open the generation on disk if it is not the one that is open. The lock is held."""
        path = self._folder / "generation"
        try:
            if _signature(path.stat()) == self._signature:
                return
            file = OpenFile(path)
        except (FileNotFoundError, NotADirectoryError):
            self._signature = self._view = None
            return
        self._signature, self._view = _signature(file.stat()), None
        with suppress(Unusable):
            self._view = View.of(Generation(file, self._cache))

    def _build(self, head: CommitId, files: Iterable[File], lock: int) -> None:
        building = self._folder / "building"
        shutil.rmtree(building, ignore_errors=True)  # of a builder that was killed
        building.mkdir()
        try:
            made = self._builders.build(building, head, files, lock)
            # Not forced to the disk: what a power cut leaves of it fails the checksum, and is built again.
            made.replace(self._folder / "generation")
        finally:
            shutil.rmtree(building, ignore_errors=True)

    @contextmanager
    def _turn(self) -> Iterator[tuple[int, bool]]:
        """Hold the lock of those who build; tells its descriptor, and whether another held it before."""
        deadline = monotonic() + self._patience
        waited = False
        while (descriptor := self._try_lock()) is None:
            if monotonic() >= deadline:
                raise Overloaded("the search index is being built", retry_after=5)
            waited = True
            sleep(_PAUSE)
        try:
            yield descriptor, waited
        finally:
            os.close(descriptor)

    def _being_built(self) -> bool:
        descriptor = self._try_lock()
        if descriptor is not None:
            os.close(descriptor)
        return descriptor is None

    def _try_lock(self) -> int | None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / "build.lock"
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except FileNotFoundError:
            return None  # the folder was deleted meanwhile
        locked = False
        try:
            flock(descriptor, LOCK_EX | LOCK_NB)
            # The folder may have been deleted and made anew between the opening and the locking.
            locked = os.path.samestat(os.fstat(descriptor), path.stat())
        except (BlockingIOError, FileNotFoundError):
            pass
        finally:
            if not locked:
                os.close(descriptor)
        return descriptor if locked else None


def _signature(stat: os.stat_result) -> _Signature:
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
