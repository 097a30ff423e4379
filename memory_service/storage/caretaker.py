"""Upkeep in the background: one repository at a time, so that it never takes more than one processor."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from memory_service.domain.errors import MemoryServiceError
from memory_service.storage.git_indexes import write_indexes
from memory_service.storage.limits import StorageLimits
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.publish import Publisher
from memory_service.storage.upkeep import Abandoned, consolidate, many, superseded

_log = logging.getLogger(__name__)


class Caretaker:
    """Consolidates repositories that have come to have many packs. Its thread is started when it is first needed."""

    def __init__(self, limits: StorageLimits, git: Path | None = None) -> None:
        """``git`` is the program that writes indexes for itself, where there is one."""
        self._limits = limits
        self._git = git
        self._closing = threading.Event()
        self._guard = threading.Lock()
        self._pending: set[Path] = set()
        self._due: dict[Path, int] = {}
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="upkeep")
        self._settling: set[Publisher] = set()
        self._settlers = ThreadPoolExecutor(max_workers=1, thread_name_prefix="checkpoint")

    def look_after(self, repository: Path, objects: ObjectStore) -> None:
        """Consolidate a repository soon, if many packs have come since the last time; returns at once."""
        with self._guard:
            due = self._due.get(repository, many(self._limits))
            if objects.pack_count <= due or repository in self._pending or self._closing.is_set():
                return
            self._pending.add(repository)
            self._pool.submit(self._consolidate, repository, objects)

    def settle(self, publisher: Publisher) -> None:
        """Empty the journal of a repository soon; returns at once. It does not wait for what is consolidated."""
        with self._guard:
            if publisher not in self._settling and not self._closing.is_set():
                self._settling.add(publisher)
                self._settlers.submit(self._settle, publisher)

    def close(self) -> None:
        """Stop within moments; what is half done is abandoned without loss."""
        with self._guard:
            self._closing.set()
        self._pool.shutdown(cancel_futures=True)
        self._settlers.shutdown(cancel_futures=True)

    def _goes_on(self) -> bool:
        return not self._closing.is_set()

    def _consolidate(self, repository: Path, objects: ObjectStore) -> None:
        try:
            if consolidate(repository, objects, self._limits, self._goes_on) and self._git:
                write_indexes(repository, self._git, superseded(repository), self._goes_on)
        except Abandoned:
            pass
        except (OSError, MemoryServiceError) as error:
            _log.warning("upkeep of %s failed: %s", repository.name, type(error).__name__)
        finally:
            with self._guard:
                self._due[repository] = objects.pack_count + many(self._limits)
                self._pending.discard(repository)

    def _settle(self, publisher: Publisher) -> None:
        try:
            publisher.checkpoint()
        except (OSError, MemoryServiceError) as error:
            _log.warning("the journal of %s is not emptied: %s", publisher.name, type(error).__name__)
        finally:
            with self._guard:
                self._settling.discard(publisher)
