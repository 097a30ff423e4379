"""Looking at a push before anybody else sees it: what is good of it ends as one pack, aside."""

import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from memory_service.storage import disk
from memory_service.storage.commits import Commit
from memory_service.storage.limits import PushLimits, StorageLimits
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.objects import Kind, Oid
from memory_service.storage.pack_order import stored_entries
from memory_service.storage.pack_reading import Pack, PackIndex
from memory_service.storage.pack_writing import FinishedPack, PackWriter
from memory_service.storage.receive.commit_rules import commit_fault
from memory_service.storage.receive.faults import Enough, Faults
from memory_service.storage.receive.incoming import Incoming
from memory_service.storage.receive.scanning import PackRefused
from memory_service.storage.receive.tree_rules import TreeRules
from memory_service.storage.receive.unpacking import Unpacked, Unpacking

PACK = "pushed.pack"
INDEX = "pushed.idx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A push to be looked at."""

    repository: Path
    aside: Path
    """A folder of its own, for what is made of it."""
    pack_start: int
    """Where the pack begins in the file that the client sent."""
    tip: Oid
    """The commit that is pushed."""
    head: Oid
    """The commit that main names."""
    now: datetime
    store: StorageLimits
    limits: PushLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """What was found."""

    damage: str = ""
    """Why the pack cannot even be read; empty when it can."""
    faults: tuple[str, ...] = ()
    more: bool = False
    """Whether there may be more faults than these."""
    commits: int = 0
    """How many commits are new."""
    pack: str = ""
    """The checksum of the pack that was made; empty when nothing is new."""


def inspect(job: Job, sent: int) -> Inspected:
    """Look at a push in an open file; what is made of it is durable when this returns.

    Raises:
        OSError: the disk failed.
    """
    raw = job.aside / "raw.pack"
    try:
        with _mapped(sent, job.pack_start) as data, disk.create(raw) as file:
            writer = PackWriter(file)
            unpacking = Unpacking(data, ObjectStore(job.repository), writer, job.store, job.limits)
            unpacked = unpacking.run() if data else Unpacked()
            finished = writer.finish()
    except PackRefused as error:
        return Inspected(damage=str(error))
    whole = Pack(raw, PackIndex(finished.index))
    faults = Faults(job.limits.faults)
    walk = _Walk(job, whole, unpacked, faults)
    try:
        commits = walk.run()
    except Enough:
        return Inspected(faults=tuple(faults.found), more=True)
    if faults.found or not commits:
        return Inspected(faults=tuple(faults.found))
    kept = _keep(whole, walk.reached, job.aside / PACK, finished)
    disk.write_new(job.aside / INDEX, kept.index)
    disk.sync(job.aside / PACK)
    return Inspected(commits=commits, pack=kept.name)


class _Walk:
    """From the commit that is pushed back to those that are here already."""

    def __init__(self, job: Job, pushed: Pack, unpacked: Unpacked, faults: Faults) -> None:
        self._job = job
        self._pushed = pushed
        self._here = ObjectStore(job.repository)
        self._faults = faults
        self._rules = TreeRules(Incoming(self._here, pushed), unpacked, faults, job.store, job.limits)
        self._new: dict[Oid, Commit] = {}

    @property
    def reached(self) -> set[Oid]:
        """All that the new commits lead to, themselves included."""
        return self._rules.reached | self._new.keys()

    def run(self) -> int:
        """Note every fault; answers how many commits are new.

        Raises:
            Enough: there are many faults.
        """
        waiting = [self._job.tip]
        while waiting:
            oid = waiting.pop()
            commit = self._commit(oid) if oid not in self._new else None
            if commit:
                self._new[oid] = commit
                waiting += reversed(commit.parents)
        for oid, commit in reversed(self._new.items()):
            before = [found.tree for found in map(self._known, commit.parents) if found]
            self._rules.check(commit.tree, before, f" (in {_short(oid)})" if len(self._new) > 1 else "")
        self._check_against_head()
        return len(self._new)

    def _check_against_head(self) -> None:
        """Look at the end as a whole, where main can move to it as it is.

        A history that was brought along may hold what is no memory, and by merging it that would come back.
        """
        if not self._faults.found and any(self._job.head in commit.parents for commit in self._new.values()):
            tip, head = self._new[self._job.tip], Commit.parse(self._here.need(self._job.head, Kind.COMMIT))
            self._rules.check(tip.tree, [head.tree])

    def _commit(self, oid: Oid) -> Commit | None:
        """A commit that is new and sound."""
        here = self._here.get(oid)
        if here and here.kind is Kind.COMMIT:
            return None
        found = here or self._pushed.get(oid)
        if found is None:
            fault: str | None = "it is missing from the push; in a shallow clone, git fetch --unshallow first"
        elif found.kind is not Kind.COMMIT:
            fault = "it is no commit"
        else:
            fault = commit_fault(found.data, self._job.now)
        if fault or found is None:
            self._faults.add(b"commit " + _short(oid).encode(), fault or "")
            return None
        return Commit.parse(found.data)

    def _known(self, oid: Oid) -> Commit | None:
        if oid in self._new:
            return self._new[oid]
        found = self._here.get(oid)
        return Commit.parse(found.data) if found and found.kind is Kind.COMMIT else None


def _keep(whole: Pack, wanted: set[Oid], target: Path, finished: FinishedPack) -> FinishedPack:
    """Give the pack its name, without what nobody asked for."""
    present = {entry.oid for entry in whole.index.entries()}
    if present <= wanted:
        disk.rename(whole.path, target)
        return finished
    with disk.create(target) as file:
        writer = PackWriter(file)
        for entry, stored in stored_entries(whole):
            if entry.oid in wanted:
                writer.copy(entry.oid, stored, entry.crc)
        kept = writer.finish()
    disk.remove(whole.path)
    return kept


@contextmanager
def _mapped(descriptor: int, start: int) -> Iterator[memoryview]:
    """A file from some place on; empty where nothing is there."""
    size = os.fstat(descriptor).st_size
    if size <= start:
        yield memoryview(b"")
        return
    with mmap.mmap(descriptor, size, access=mmap.ACCESS_READ) as data, memoryview(data) as view, view[start:] as pack:
        yield pack


def _short(oid: Oid) -> str:
    return oid.hex()[:10]
