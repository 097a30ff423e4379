"""Clearing away what a process that died while it wrote has left behind."""

from contextlib import suppress
from pathlib import Path

from memory_service.domain.errors import Overloaded
from memory_service.storage import disk
from memory_service.storage.git_indexes import LOCK
from memory_service.storage.locks import held, in_turn
from memory_service.storage.pack_files import UNFINISHED, is_ours
from memory_service.storage.receive import quarantine
from memory_service.storage.refs import Main
from memory_service.storage.upkeep import clear_merging

_OLD = 3600
"""Age in seconds, by the clock of the file system."""


def sweep(repository: Path, packs: Path, main: Main) -> None:
    """Remove leftovers, except where somebody is at work at this moment, who will not have left any."""
    with suppress(Overloaded), in_turn(repository, 0):
        main.sweep()
        for path in list(packs.iterdir()):
            if path.name.startswith(UNFINISHED) or (path.suffix == ".idx" and not _pack(path).exists()):
                disk.remove(path)
            elif path.suffix == ".keep" and is_ours(path):
                # A pack without index has never been seen by anybody. One with an index stays: others may rely on it.
                if not path.with_suffix(".idx").exists():
                    disk.remove(_pack(path))
                disk.remove(path)
        _remove_halves(packs)
    with suppress(Overloaded), held(repository / LOCK, 0):
        clear_merging(packs)
    quarantine.clear(repository)


def _remove_halves(packs: Path) -> None:
    """Remove packs without an index that no live git can be about to give one: a loss of power has left them."""
    halves = [path for path in packs.glob("*.pack") if not path.with_suffix(".idx").exists()]
    if halves:
        probe = packs / f"{UNFINISHED}probe"
        disk.mark(probe, b"")
        now = probe.stat().st_mtime
        for path in halves:
            if now - path.stat().st_mtime > _OLD:
                disk.remove(path)
        disk.remove(probe)


def _pack(path: Path) -> Path:
    return path.with_suffix(".pack")
