"""The repositories of all organisations: the store that the memory stands on."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from memory_service.domain.errors import MemoryServiceError, OrgNotFound
from memory_service.domain.ids import Clock, CommitId, OrgId
from memory_service.domain.progress import Progress
from memory_service.domain.trees import Edit, Published, Trailed
from memory_service.storage import creation, disk
from memory_service.storage.caretaker import Caretaker
from memory_service.storage.creation import Created
from memory_service.storage.layout import folder_of, orgs_in
from memory_service.storage.limits import StorageLimits
from memory_service.storage.messages import identity
from memory_service.storage.repository import Repository
from memory_service.storage.snapshot import Snapshot
from memory_service.storage.tree_cache import TreeCache
from memory_service.storage.upkeep import consolidate, due

_LIMITS = StorageLimits()
_CLOSING = 0.5
"""Seconds in which journals are emptied at the end, so that the repositories are durable as git sees them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """What was done, or would be, so that a repository has few packs."""

    packs: int
    """Those that were there."""
    together: int
    """Those of them that were put into one; 0 too when somebody else is at it."""
    size: int
    """Bytes of them."""
    removed: int
    """Those that had been put together before, and that nobody reads any more."""


class Repositories:
    """One bare git repository per organisation, ``<root>/<org>.git``; for any thread, and several processes at once.

    Repositories are opened when they are first asked for; nothing is held open between calls.
    """

    def __init__(self, root: Path, clock: Clock, limits: StorageLimits = _LIMITS, git: Path | None = None) -> None:
        """``git`` is the program that writes its own indexes beside large packs, where there is one."""
        self._root = root
        self._clock = clock
        self.limits = limits
        self._trees = TreeCache(limits.tree_cache_bytes)
        self._caretaker = Caretaker(limits, git)
        self._guard = threading.Lock()
        self._opened: OrderedDict[OrgId, Repository] = OrderedDict()
        with disk.told():
            creation.clear_unfinished(root)

    def names(self) -> Sequence[OrgId]:
        """The organisations that have a repository, in order of name."""
        with disk.told():
            return orgs_in(self._root)

    def exists(self, org: OrgId) -> bool:
        """Whether an organisation has a repository."""
        folder = folder_of(self._root, org)
        return folder is not None and folder.is_dir()

    def create(
        self,
        org: OrgId,
        *,
        author: str,
        author_id: str,
        source: Path | None = None,
        progress: Progress = lambda done, total: None,
    ) -> Created:
        """Make the repository of a new organisation; it is there whole or not at all.

        ``source`` is None (one commit without memory files), a folder of markdown (one commit of its files), or a git
        repository (its history up to HEAD, and one more commit if its files are no valid memory). ``progress`` is told
        the steps done and all steps, first of the history, then of the files.

        Raises:
            OrgExists: there is one of this name.
            RequestInvalid: the name or the source is of no use.
            StorageFull: the disk has no room.
        """
        with disk.told():
            by = identity(author, author_id)
            return creation.create(self._root, org, by, source, self._clock, self.limits, progress)

    def remove(self, org: OrgId) -> None:
        """Remove an organisation's repository and all that it holds.

        Raises:
            OrgNotFound: it has none.
        """
        with self.opened(org):
            creation.remove(self._root, org, self.limits)
        with self._guard:
            self._opened.pop(org, None)

    def head(self, org: OrgId) -> CommitId:
        """The commit that ``main`` names at this moment.

        Raises:
            OrgNotFound: the organisation has no repository.
        """
        with self.opened(org) as repository:
            return CommitId(repository.main.read().hex())

    def snapshot(self, org: OrgId, at: CommitId | None = None) -> Snapshot:
        """A view of a commit; of the head where none is named.

        Raises:
            OrgNotFound: the organisation has no repository.
            NotFound: it has no such commit.
        """
        with self.opened(org) as repository:
            return repository.snapshot(at)

    def write(self, org: OrgId, edit: Edit) -> Published:
        """Apply an edit to the head and publish it as one commit; returns once it is durable on disk.

        ``edit.apply`` may be called again when somebody else moves the head meanwhile.

        Raises:
            OrgNotFound: the organisation has no repository.
            PathInvalid: another name is the same on some file systems.
            MemoryExists: a folder has the file's name, or a file has a folder's.
            MemoryNotFound: the edit leaves an absent file absent.
            PayloadTooLarge: the file would be over its limit.
            QuotaExceeded: a folder would be over its limit.
            StorageFull: the disk has no room.
            Overloaded: too many writes wait.
        """
        with self.opened(org) as repository:
            return repository.write(edit)

    def find(self, org: OrgId, trailer: str, value: str, since: datetime) -> Trailed | None:
        """The commit that the service made with a trailer of this value, at or after a moment.

        Ten minutes before the moment are searched too, for a clock that was put back.

        Raises:
            OrgNotFound: the organisation has no repository.
        """
        with self.opened(org) as repository:
            return repository.find(trailer, value, since)

    def verify(self, org: OrgId) -> Sequence[str]:
        """Read all that ``main`` leads to; answers a sentence for each thing that is missing, damaged or invalid.

        Raises:
            OrgNotFound: the organisation has no repository.
        """
        with self.opened(org) as repository:
            return repository.verify()

    def upkeep(self, org: OrgId, *, dry_run: bool) -> Upkeep:
        """Put the packs of an organisation together now, if there are many; or only tell what would be done.

        Raises:
            OrgNotFound: the organisation has no repository.
            DataCorrupt: what is in a pack is damaged; all packs stay.
        """
        with self.opened(org) as repository:
            work = due(repository.folder, repository.objects, self.limits)
            size, together = work.size, len(work.together)
            if not dry_run:
                together = consolidate(repository.folder, repository.objects, self.limits, lambda: True)
            return Upkeep(
                packs=work.packs, together=together, size=size, removed=len(work.superseded) if together else 0
            )

    def close(self) -> None:
        """Stop the upkeep and let go of all repositories."""
        self._caretaker.close()
        with self._guard:
            repositories = list(self._opened.values())
            self._opened.clear()
        deadline = time.monotonic() + _CLOSING
        for repository in repositories:
            # Whatever is left in a journal is found there by whoever opens the repository next.
            with suppress(OSError, MemoryServiceError):
                if time.monotonic() < deadline:
                    repository.publisher.checkpoint()

    @contextmanager
    def opened(self, org: OrgId) -> Iterator[Repository]:
        """The repository of an organisation, for others of this room; failures of the disk within are told.

        Raises:
            OrgNotFound: the organisation has no repository.
        """
        with disk.told():
            try:
                repository = self._open(org)
                repository.prepare()
                yield repository
            except FileNotFoundError as error:
                if self.exists(org):
                    raise
                raise OrgNotFound(org) from error

    def _open(self, org: OrgId) -> Repository:
        with self._guard:
            repository = self._opened.get(org)
            if repository:
                self._opened.move_to_end(org)
                return repository
            folder = folder_of(self._root, org)
            if folder is None or not folder.is_dir():
                raise OrgNotFound(org)
            repository = Repository(folder, self._clock, self.limits, self._trees, self._caretaker)
            self._opened[org] = repository
            self._let_go()
        return repository

    def _let_go(self) -> None:
        """Close the repositories that were not used for longest, if too much is held open."""
        mapped = sum(repository.objects.mapped for repository in self._opened.values())
        while len(self._opened) > self.limits.open_repositories or (
            mapped > self.limits.mapped_indexes and len(self._opened) > 1
        ):
            _, repository = self._opened.popitem(last=False)
            mapped -= repository.objects.mapped
