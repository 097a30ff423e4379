"""What git keeps beside packs to be quick: written by the program itself, in the background; nothing here needs it.

``git log`` of a path in a long history is quicker with these, and objects are found sooner among many packs: see
git-commit-graph(1) and git-multi-pack-index(1).
"""

import os
import struct
import subprocess
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path

from memory_service.domain.errors import Overloaded
from memory_service.storage import disk
from memory_service.storage.git_environment import clean_environment
from memory_service.storage.locks import held

LOCK = "upkeep.lock"
"""Held by whoever adds packs up, removes some, or writes an index that names them."""
_LARGE = 1 << 20
"""Smaller packs come and go; git looks into each of them itself."""
_SECONDS = 600
_LOOK = 0.1
_PRIORITY = 10


def write_indexes(repository: Path, git: Path, superseded: Collection[str], go_on: Callable[[], bool]) -> bool:
    """Have git write its index of the large packs and its graph of the commits, if there are other large packs than
    the last time; answers whether it did. ``superseded`` packs are left out, since they are removed soon."""
    folder = repository / "objects" / "pack"
    with suppress(Overloaded, FileNotFoundError), held(repository / LOCK, 0):
        large = {
            path.stem
            for path in folder.glob("pack-*.pack")
            if path.stat().st_size >= _LARGE and path.stem not in superseded and path.with_suffix(".idx").exists()
        }
        if large == _named(folder / "multi-pack-index"):
            return False
        names = "".join(f"{name}.idx\n" for name in sorted(large))
        return (
            _run(git, repository, ["multi-pack-index", "write", "--stdin-packs"], names, go_on)
            and _run(git, repository, ["commit-graph", "write", "--reachable", "--changed-paths", "--split"], "", go_on)
        )  # fmt: skip
    return False


def forget(folder: Path, packs: Collection[str]) -> None:
    """Remove the index that names one of some packs, durably, before these are removed: git would complain."""
    naming = [index for index in folder.glob("multi-pack-index*") if _may_name(index, packs)]
    for index in naming:
        disk.remove(index)
    if naming:
        disk.sync(folder)


def _may_name(index: Path, packs: Collection[str]) -> bool:
    named = _named(index)
    return not named or not named.isdisjoint(packs)


def _named(index: Path) -> set[str]:
    """The packs that an index spans (gitformat-pack, "multi-pack-index": chunk PNAM)."""
    try:
        with index.open("rb") as file:
            _, _, _, chunks, _, _ = struct.unpack(">4sBBBBL", file.read(12))
            table = list(struct.iter_unpack(">4sQ", file.read(12 * (chunks + 1))))
            place = [name for name, _ in table].index(b"PNAM")
            file.seek(table[place][1])
            names = file.read(table[place + 1][1] - table[place][1])
    except (OSError, ValueError, struct.error):
        return set()
    return {name.decode("ascii", "replace").removesuffix(".idx") for name in names.split(b"\0") if name}


def _run(git: Path, repository: Path, command: Sequence[str], said: str, go_on: Callable[[], bool]) -> bool:
    with subprocess.Popen(
        [git, "-c", "safe.directory=*", "-c", "pack.threads=1", *command],
        cwd=repository,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=clean_environment(git),
        start_new_session=True,
    ) as process:
        try:
            with suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, process.pid, _PRIORITY)
            told: bytes | None = said.encode()
            for _ in range(round(_SECONDS / _LOOK)):
                if not go_on():
                    return False
                with suppress(subprocess.TimeoutExpired):
                    process.communicate(told, timeout=_LOOK)
                    return process.returncode == 0
                told = None
        finally:
            process.kill()
    return False
