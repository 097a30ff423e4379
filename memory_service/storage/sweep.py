"""Clearing away what a process that died while it wrote has left behind."""

from contextlib import suppress
from pathlib import Path

from memory_service.domain.errors import Overloaded
from memory_service.storage import disk
from memory_service.storage.locks import in_turn
from memory_service.storage.publish import KEEP, UNFINISHED
from memory_service.storage.refs import Main


def sweep(repository: Path, packs: Path, main: Main) -> None:
    """Remove leftovers, unless somebody writes at this moment, which nobody who left some does."""
    with suppress(Overloaded), in_turn(repository, 0):
        main.sweep()
        for path in list(packs.iterdir()):
            if path.name.startswith(UNFINISHED):
                disk.remove(path)
            elif path.suffix == ".keep" and path.read_bytes() == KEEP:
                # A pack without index has never been seen by anybody. One with an index stays: others may rely on it.
                if not path.with_suffix(".idx").exists():
                    disk.remove(path.with_suffix(".pack"))
                disk.remove(path)
