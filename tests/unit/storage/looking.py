"""Letting pushes be looked at without a server around it: ``python -m … ROOT PACK…`` tells peaks of memory in MiB."""

import itertools
import json
import resource
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from memory_service.domain.ids import OrgId
from memory_service.storage import PushLimits, Repositories, StorageLimits
from memory_service.storage.objects import Oid
from memory_service.storage.receive.inspection import Inspected, Job, inspect
from tests.clocks import ManualClock
from tests.packs import Made

ACME = OrgId("acme")
STORE = StorageLimits(file_bytes=1000, folder_entries=20)
KEEP = {".gitattributes": b"daily/*.md merge=union\n"}
"""A tree that is good."""


class Looking:
    """A repository with one commit, onto which things are pushed."""

    def __init__(self, root: Path, clock: ManualClock) -> None:
        self.root = root
        self.folder = root / f"{ACME}.git"
        self.store = Repositories(root, clock, STORE)
        self.clock = clock
        self.limits = STORE
        self._asides = (root / f"aside-{number}" for number in itertools.count())
        self.aside = root

    @property
    def head(self) -> str:
        """What main names."""
        return self.store.head(ACME)

    def look(self, pack: bytes, tip: Oid) -> Inspected:
        """What is found in a pack; what is made of it is in ``aside``."""
        self.aside = next(self._asides)
        self.aside.mkdir()
        with tempfile.TemporaryFile() as file:
            file.write(b"a request" + pack)
            file.flush()
            return inspect(self._job(tip), file.fileno())

    def look_at(self, made: Made, tip: Oid) -> Inspected:
        """What is found in a pack of all that was made."""
        return self.look(made.pack(), tip)

    def taking(self, *suffixes: str) -> None:
        """Let files of further kinds be pushed."""
        self.limits = replace(STORE, suffixes=suffixes)

    def _job(self, tip: Oid) -> Job:
        return Job(
            repository=self.folder,
            aside=self.aside,
            pack_start=len(b"a request"),
            tip=tip,
            head=bytes.fromhex(self.head),
            now=self.clock(),
            store=self.limits,
            limits=PushLimits(),
        )


def main(root: str, *packs: str) -> None:
    """Look at packs, none of which may be taken; tell how much memory was in use at most up to each."""
    looking = Looking(Path(root), ManualClock())
    peaks = []
    for pack in packs:
        found = looking.look(Path(pack).read_bytes(), b"\x11" * 20)
        assert found.damage or found.faults, pack
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
    sys.stdout.write(json.dumps(peaks))


if __name__ == "__main__":
    main(*sys.argv[1:])
