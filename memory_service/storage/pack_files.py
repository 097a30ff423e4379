"""Packs as files: written under names that nobody looks at, then given the names under which they are found."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from memory_service.storage import disk
from memory_service.storage.laps import LARGEST
from memory_service.storage.pack_reading import Pack, PackIndex
from memory_service.storage.pack_writing import FinishedPack
from memory_service.storage.records import KeptPack

KEEP = b"memory-service: its commits are being published\n"
UNFINISHED = ".new-"
"""How names begin that no reader looks at; they have no suffix, since git takes any ``*.idx`` for an index, and are not
called ``tmp_*``, since ``git prune`` removes those."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A pack on the file system of the repository, under a name that no reader looks at."""

    path: Path
    finished: FinishedPack
    data: bytes = b""
    """Its content, for the journal; empty where the file is durable."""

    @property
    def pack(self) -> Pack:
        """For reading, as long as it has not been published."""
        return Pack(self.path, PackIndex(self.finished.index))

    @property
    def kept(self) -> KeptPack:
        """What a record holds of it."""
        return KeptPack(self.finished, self.data)


def stage(folder: Path, finished: FinishedPack, data: bytes) -> Staged:
    """Write a pack that is in memory, durable only if it is too large for the journal; among the packs of the
    repository only in the writer's turn."""
    path = folder / f"{UNFINISHED}{finished.name}-pack"
    small = len(data) + len(finished.index) <= LARGEST
    disk.remove(path)
    disk.write_new(path, data, durable=not small)
    return Staged(path, finished, data if small else b"")


def keep(folder: Path, name: str, *, durable: bool) -> None:
    """Keep git from removing a pack until main leads to it: a repack by hand that has seen the pack, but not yet what
    main names, would take it for waste (git-repack, -d)."""
    path = _keep_of(folder, name)
    disk.remove(path)
    disk.write_new(path, KEEP, 0o644, durable=durable)


def let_go(folder: Path, name: str) -> None:
    """End that; nobody else's keeping."""
    path = _keep_of(folder, name)
    if is_ours(path):
        disk.remove(path)


def is_ours(path: Path) -> bool:
    """Whether a file keeps a pack for us, or is what a loss of power has left of one that was to do so."""
    return path.exists() and KEEP.startswith(path.read_bytes().rstrip(b"\0"))


def land(folder: Path, staged: Path, finished: FinishedPack) -> Pack:
    """Give a pack that is durable at ``staged`` its name and its index; both are durable when this returns."""
    try:
        write_index(folder, finished, durable=True)
        pack = show(folder, staged, finished)
    except OSError:
        with suppress(OSError):
            clear(folder, staged, finished)
        raise
    disk.sync(folder)
    return pack


def write_index(folder: Path, finished: FinishedPack, *, durable: bool) -> None:
    """Write the index of a pack, under a name that no reader looks at."""
    path = _staged_index(folder, finished)
    disk.remove(path)
    disk.write_new(path, finished.index, durable=durable)


def show(folder: Path, staged: Path, finished: FinishedPack) -> Pack:
    """Give a pack and its index, which have been written, their names; the folder is still to be synced."""
    target = _target(folder, finished)
    disk.rename(staged, target)
    disk.rename(_staged_index(folder, finished), target.with_suffix(".idx"))
    return Pack(target, PackIndex(finished.index))


def clear(folder: Path, staged: Path, finished: FinishedPack) -> None:
    """Remove what there is of a pack that has not come to have both its names."""
    staged.unlink(missing_ok=True)
    _staged_index(folder, finished).unlink(missing_ok=True)
    if not _target(folder, finished).with_suffix(".idx").exists():
        _target(folder, finished).unlink(missing_ok=True)


def remove(folder: Path, finished: FinishedPack) -> None:
    """Remove a pack that nothing refers to, for good."""
    disk.remove(_target(folder, finished))
    disk.remove(_target(folder, finished).with_suffix(".idx"))
    disk.sync(folder)


def put_back(folder: Path, kept: KeptPack) -> Pack:
    """Write a pack again under its names, whatever is there; not durable."""
    staged = stage(folder, kept.finished, kept.data)
    write_index(folder, kept.finished, durable=False)
    return show(folder, staged.path, kept.finished)


def is_there(folder: Path, kept: KeptPack) -> bool:
    """Whether a pack has not been removed."""
    return _target(folder, kept.finished).exists()


def is_whole(folder: Path, kept: KeptPack) -> bool:
    """Whether the files of a pack hold what they should.

    Raises:
        FileNotFoundError: neither is there.
    """
    target = _target(folder, kept.finished)
    there = [path.read_bytes() if path.exists() else None for path in (target, target.with_suffix(".idx"))]
    if there == [None, None]:
        raise FileNotFoundError(target)
    return there == [kept.data, kept.finished.index]


def settle(folder: Path, packs: Sequence[KeptPack]) -> None:
    """Make the files of packs durable, where they are there, and the names in their folder."""
    targets = [_target(folder, kept.finished) for kept in packs]
    paths = [path for target in targets for path in (target, target.with_suffix(".idx"))]
    for path in paths:
        disk.hasten(path)
    for path in paths:
        with suppress(FileNotFoundError):
            disk.sync(path)
    disk.sync(folder)


def _keep_of(folder: Path, name: str) -> Path:
    return folder / f"pack-{name}.keep"


def _target(folder: Path, finished: FinishedPack) -> Path:
    return folder / f"pack-{finished.name}.pack"


def _staged_index(folder: Path, finished: FinishedPack) -> Path:
    return folder / f"{UNFINISHED}{finished.name}-idx"
