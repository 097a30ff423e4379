"""The one way in which commits become part of main: see docs/decisions/0004-durable-publish.md."""

from contextlib import suppress
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


def publish(objects: ObjectStore, main: Main, pack: tuple[FinishedPack, bytes], old: Oid, new: Oid, log: bytes) -> bool:
    """Store a pack and let main name its last commit, if main still names ``old``; answers whether it did.

    What it raises as OSError, it raises before main has moved.

    Raises:
        InternalError: main has moved, but may move back when the machine loses power.
    """
    finished, data = pack
    folder = objects.pack_folder
    staged = folder / f"{UNFINISHED}{finished.name}-pack"
    keep = folder / f"pack-{finished.name}.keep"
    disk.remove(staged)
    try:
        # A repack by hand that looked at the refs before main moves would take the pack for waste (git-repack, -d).
        disk.mark(keep, KEEP)
        disk.write_new(staged, data)
        objects.add(land(folder, staged, finished))
        if not main.move(old, new, log):
            return False
    finally:
        with suppress(OSError):
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
