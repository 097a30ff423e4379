"""Putting small packs together, beside readers and the writer, so that their number stays bounded.

The sizes of packs are kept in geometric order, as by ``git repack --geometric=2``: how often each byte is copied grows
with the logarithm of all there is.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from memory_service.domain.errors import DataCorrupt, InternalError, Overloaded
from memory_service.storage import disk, merging, pack_files
from memory_service.storage.git_indexes import LOCK, forget
from memory_service.storage.limits import StorageLimits
from memory_service.storage.locks import held, in_turn
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.pack_reading import Pack, PackIndex

MERGING = ".merge-"
"""How the name of a pack begins that is being put together; only who holds the lock of the upkeep writes one."""
_SUPERSEDED = "superseded"
_BESIDE = 1 << 20
"""Packs of so many bytes together are merged in a few milliseconds, for which no process is started."""
_LOOK = 0.1
_SIBLINGS = (".rev", ".bitmap", ".mtimes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What there is to do in a repository."""

    packs: int
    """All that are there."""
    together: Sequence[Pack]
    """Those to put into one; none while there are not many."""
    superseded: Sequence[str]
    """The names of those that were put together before, which are removed when it is done again."""

    @property
    def size(self) -> int:
        """Bytes that are copied."""
        return sum(pack.path.stat().st_size for pack in self.together)


class Abandoned(Exception):
    """The service is closing."""


def consolidate(repository: Path, objects: ObjectStore, limits: StorageLimits, go_on: Callable[[], bool]) -> int:
    """Put the smallest packs into one, if there are many; answers how many were put together.

    Those that were put together stay, named in a file, until it is done the next time: whoever has begun to read them,
    a git that serves a clone above all, has that long to end. Our own readers need no such time.

    Raises:
        DataCorrupt: what is in a pack is damaged; all packs stay.
        Abandoned: ``go_on`` said no.
    """
    # A pack, or all of the repository, may be gone when somebody else has repacked or removed it.
    with suppress(Overloaded, FileNotFoundError), held(repository / LOCK, 0):
        folder = objects.pack_folder
        clear_merging(folder)
        work = due(repository, objects, limits)
        if not work.together:
            return 0
        _remove(folder, work.superseded)
        merged = _merge(repository, folder, work.together, limits, go_on)
        objects.add(merged)
        names = [pack.path.stem for pack in (merged, *work.together)]
        disk.mark(repository / _SUPERSEDED, "\n".join(names).encode())
        objects.packs()
        return len(work.together)
    return 0


def due(repository: Path, objects: ObjectStore, limits: StorageLimits) -> Due:
    """What ``consolidate`` would do now."""
    packs = objects.packs()
    superseded = _superseded(repository / _SUPERSEDED, {pack.path.stem for pack in packs})
    live = [pack for pack in packs if pack.path.stem not in superseded and not _kept(pack)]
    is_due = len(live) > many(limits)
    together = _smallest(live, many(limits) // 2) if is_due else []
    return Due(packs=len(packs), together=together, superseded=superseded if is_due else [])


def many(limits: StorageLimits) -> int:
    """So many packs are put together: as many again are superseded, and some large ones stay."""
    return limits.packs // 3


def superseded(repository: Path) -> Sequence[str]:
    """The packs that were put together the last time and will be removed the next time."""
    return _superseded(repository / _SUPERSEDED, {path.stem for path in repository.glob("objects/pack/*.pack")})


def clear_merging(packs: Path) -> None:
    """Remove a pack that a dead process was putting together. Called under the lock of the upkeep."""
    for leftover in packs.glob(f"{MERGING}*"):
        disk.remove(leftover)


def _superseded(record: Path, there: set[str]) -> list[str]:
    """The packs that were put together the last time. None where the pack made of them is gone: git by hand may have
    removed it as a double of them, or a copy of the repository may have been made too early to have it."""
    names = record.read_text().split() if record.exists() else []
    return names[1:] if there.intersection(names[:1]) else []


def _smallest(packs: Sequence[Pack], left: int) -> list[Pack]:
    """The packs to put together: so many are left at most, and fewer if those are not large beside the others."""
    sized = sorted(((pack.path.stat().st_size, pack) for pack in packs), key=lambda one: one[0])
    chosen: list[Pack] = []
    total = 0
    for size, pack in sized:
        if len(chosen) > len(packs) - left and size > 2 * total:
            break
        chosen.append(pack)
        total += size
    return chosen


def _merge(
    repository: Path, folder: Path, chosen: Sequence[Pack], limits: StorageLimits, go_on: Callable[[], bool]
) -> Pack:
    """Make one pack of some; only its coming into sight is done in the writer's turn."""
    if not go_on():
        raise Abandoned
    staged = folder / f"{MERGING}{os.getpid()}"
    newest_first = sorted(chosen, key=lambda pack: pack.path.stat().st_mtime_ns, reverse=True)
    try:
        checksum = merging.merge(newest_first, staged) if _small(chosen) else _apart(newest_first, staged, go_on)
        index = PackIndex.open(merging.index_beside(staged))
        # As old as what is in it, which is how old it counts for when it is put together with others.
        os.utime(staged, ns=(0, newest_first[0].path.stat().st_mtime_ns))
        target = folder / f"pack-{checksum}.pack"
        with in_turn(repository, limits.lock_seconds):
            try:
                pack_files.keep(folder, checksum, durable=True)
                disk.rename(staged, target)
                disk.rename(merging.index_beside(staged), target.with_suffix(".idx"))
            finally:
                with suppress(OSError):
                    pack_files.let_go(folder, checksum)
        disk.sync(folder)
        return Pack(target, index)
    except BaseException:
        with suppress(OSError):
            staged.unlink(missing_ok=True)
            merging.index_beside(staged).unlink(missing_ok=True)
        raise


def _small(packs: Sequence[Pack]) -> bool:
    return sum(pack.path.stat().st_size for pack in packs) <= _BESIDE


def _apart(packs: Sequence[Pack], staged: Path, go_on: Callable[[], bool]) -> str:
    """Merge in a process of its own: what takes long must not hold up the other threads of this one."""
    with subprocess.Popen(
        [sys.executable, "-s", "-P", "-c", f"from {merging.__name__} import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,
    ) as process:
        job = {"packs": [str(pack.path) for pack in packs], "staged": str(staged)}
        try:
            outcome = json.loads(_told(process, json.dumps(job).encode(), go_on) or "{}")
        finally:
            process.kill()
    if "errno" in outcome:
        raise OSError(outcome["errno"], os.strerror(outcome["errno"]))
    if "damage" in outcome:
        raise DataCorrupt(outcome["damage"])
    if "checksum" not in outcome:
        raise InternalError("The process that puts packs together has failed")
    return str(outcome["checksum"])


def _told(process: "subprocess.Popen[bytes]", job: bytes, go_on: Callable[[], bool]) -> bytes:
    said: bytes | None = job
    while go_on():
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(said, timeout=_LOOK)[0]
        said = None
    raise Abandoned


def _kept(pack: Pack) -> bool:
    return pack.path.with_suffix(".keep").exists()


def _remove(folder: Path, names: Sequence[str]) -> None:
    """Remove packs, each before its index: an index alone says nothing to anybody, and is cleared away later."""
    if not names:
        return
    forget(folder, names)
    for name in names:
        disk.remove(folder / f"{name}.pack")
    disk.sync(folder)
    for name in names:
        for suffix in (".idx", *_SIBLINGS):
            disk.remove(folder / f"{name}{suffix}")
