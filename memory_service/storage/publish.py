"""The one way in which commits become part of main: see docs/decisions/0004-durable-publish.md."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from memory_service.domain.errors import InternalError
from memory_service.storage import disk
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.objects import Oid
from memory_service.storage.pack_reading import Pack, PackIndex
from memory_service.storage.pack_writing import FinishedPack
from memory_service.storage.refs import Main

KEEP = b"memory-service: its commits are being published\n"
UNFINISHED = ".new-"
"""How names begin that no reader looks at; they have no suffix, since git takes any ``*.idx`` for an index, and are not
called ``tmp_*``, since ``git prune`` removes those."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A pack that is durable, on the file system of the repository, under a name that no reader looks at."""

    path: Path
    finished: FinishedPack

    @property
    def pack(self) -> Pack:
        """For reading, as long as it has not been published."""
        return Pack(self.path, PackIndex(self.finished.index))


def stage(folder: Path, finished: FinishedPack, data: bytes) -> Staged:
    """Make a pack durable that is in memory; among the packs of the repository only in the writer's turn."""
    path = folder / f"{UNFINISHED}{finished.name}-pack"
    disk.remove(path)
    disk.write_new(path, data)
    return Staged(path, finished)


def publish(objects: ObjectStore, main: Main, packs: Sequence[Staged], old: Oid, new: Oid, log: bytes) -> bool:
    """Store packs and let main name the last commit in them, if main still names ``old``; answers whether it did.

    What it raises as OSError, it raises before main has moved.

    Raises:
        InternalError: main has moved, but may move back when the machine loses power.
    """
    folder = objects.pack_folder
    keeps = [folder / f"pack-{pack.finished.name}.keep" for pack in packs]
    try:
        for pack, keep in zip(packs, keeps, strict=True):
            # A repack by hand that looked at the refs before main moves would take it for waste (git-repack, -d).
            disk.mark(keep, KEEP)
            objects.add(land(folder, pack.path, pack.finished))
        if not main.move(old, new, log):
            return False
    finally:
        for pack, keep in zip(packs, keeps, strict=True):
            with suppress(OSError):
                pack.path.unlink(missing_ok=True)
                disk.remove(keep)
    try:
        main.settle()
    except OSError as error:
        raise InternalError from error
    return True


def land(folder: Path, staged: Path, finished: FinishedPack) -> Pack:
    """Give a pack that is durable at ``staged`` its name and its index; both are durable when this returns."""
    target = folder / f"pack-{finished.name}.pack"
    index = folder / f"{UNFINISHED}{finished.name}-idx"
    try:
        disk.remove(index)
        disk.write_new(index, finished.index)
        disk.rename(staged, target)
        disk.rename(index, target.with_suffix(".idx"))
    except OSError:
        with suppress(OSError):
            staged.unlink(missing_ok=True)
            index.unlink(missing_ok=True)
            if not target.with_suffix(".idx").exists():
                target.unlink(missing_ok=True)
        raise
    disk.sync(folder)
    return Pack(target, PackIndex(finished.index))
