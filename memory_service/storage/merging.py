"""Making one pack of several, in memory that grows by less than a hundred bytes with each object.

What is newest comes first, and whole; what it was before is stored as deltas, each after its base. Deltas that are
there are taken over as they are.
"""

import json
import os
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from memory_service.domain.errors import DataCorrupt
from memory_service.storage.commits import Commit
from memory_service.storage.deltas import delta_of, distance
from memory_service.storage.lineage import Lineage
from memory_service.storage.merge_source import Source, Sources, Stored
from memory_service.storage.objects import Kind, Oid
from memory_service.storage.pack_reading import OFS_DELTA, Pack, PackIndex, undeflated
from memory_service.storage.pack_streaming import CheckedFile, begin_pack, write_index
from memory_service.storage.pack_writing import DEFLATED, entry_head
from memory_service.storage.tree_cache import TreeCache, Trees

CHAIN = 50
"""Deltas one upon another at most, as git makes them (git-repack, --depth)."""
_TREES = 16 << 20
_COMMITS = 20_000
"""Versions are looked for in so many commits, the newest, which bounds the memory; what else is whole stays so."""
_GAIN = 3
"""So many times smaller a delta has to be than the entry in whose place it is stored, since it takes longer to read."""


def merge(packs: Sequence[Pack], staged: Path) -> str:
    """Write a pack of the objects of some packs, the newest first, and its index beside it; both are durable then.

    Answers the checksum of the pack.

    Raises:
        DataCorrupt: an entry is damaged.
        FileNotFoundError: a pack is gone.
    """
    with ExitStack() as opened:
        opened_packs = [opened.enter_context(Source(pack)) for pack in packs]
        sources = Sources(opened_packs)
        pack = opened.enter_context(CheckedFile(staged))
        index = opened.enter_context(CheckedFile(index_beside(staged)))
        begin_pack(pack, len(sources))
        _Merger(opened_packs, sources, pack).run()
        checksum = pack.finish()
        write_index(
            index,
            ((source.oid(rank), source.crcs[rank], source.moved[rank]) for source, rank in sources),
            checksum,
        )
        index.finish()
        return checksum.hex()


def index_beside(staged: Path) -> Path:
    """Where the index of a pack is that is being merged."""
    return staged.with_name(f"{staged.name}-index")


def main() -> None:
    """Merge in a process of its own, whose input says what, beside whatever else the machine has to do."""
    os.nice(10)
    job = json.loads(sys.stdin.read())
    try:
        paths = [Path(name) for name in job["packs"]]
        packs = [Pack(path, PackIndex.open(path.with_suffix(".idx"))) for path in paths]
        outcome: dict[str, str | int | None] = {"checksum": merge(packs, Path(job["staged"]))}
    except OSError as error:
        outcome = {"errno": error.errno}
    except DataCorrupt as error:
        outcome = {"damage": error.message}
    sys.stdout.write(json.dumps(outcome))


class _Merger:
    def __init__(self, packs: Sequence[Source], whole: Sources, merged: CheckedFile) -> None:
        self._packs = packs
        self._whole = whole
        self._merged = merged
        self._lineage = Lineage(Trees(whole, TreeCache(_TREES)), whole.__contains__)
        self._bases: dict[Oid, tuple[int, int]] = {}
        """Of objects that others may be made of: where they begin, and how many deltas they stand on."""

    def run(self) -> None:
        """Write all entries."""
        self._lineage.follow(islice(self._roots(), _COMMITS))
        for source in self._packs:
            for stored in source.entries():
                start = self._merged.size
                entry = self._entry(source, stored)
                source.moved[stored.rank] = start
                source.crcs[stored.rank] = zlib.crc32(entry)
                self._merged.write(entry)

    def _roots(self) -> Iterator[Oid]:
        """The root folders of commits, the newest first; where one is a delta, what changed is deltas already."""
        found = []
        for number, source in enumerate(self._packs):
            for turn, rank in enumerate(source.commits):
                commit = Commit.parse(source.content(rank).data)
                if commit.tree in self._whole:
                    found.append((-commit.time, number, turn, commit.tree))
        return (root for *_, root in sorted(found))

    def _entry(self, source: Source, stored: Stored) -> bytes:
        base = stored.header.base
        if base is None:
            return self._version(source, stored) or _deflated(stored)
        if isinstance(base, int):
            rank = source.rank_at(source.start(stored.rank) - base)
            if source.moved[rank]:
                return self._head(stored.header.size, source.moved[rank]) + stored.entry[stored.header.length :]
        return _encoded(*source.content(stored.rank))

    def _version(self, source: Source, stored: Stored) -> bytes | None:
        """An object as a delta of a newer version, where there is one and it is worth it."""
        if stored.oid not in self._lineage:
            return None
        start, depth = self._merged.size, 0
        entry = None
        newer = self._lineage.newer(stored.oid)
        if newer in self._bases:
            place, below = self._bases[newer]
            if below + 1 + source.height(stored.rank) <= CHAIN:
                kind = Kind(stored.header.number)
                base, data = self._whole.need(newer, kind), self._whole.need(stored.oid, kind)
                delta = delta_of(kind, base, data)
                made = self._head(len(delta), place) + zlib.compress(delta, DEFLATED)
                if _GAIN * len(made) < len(stored.entry):
                    entry, depth = made, below + 1
        self._bases[stored.oid] = start, depth
        return entry

    def _head(self, size: int, base: int) -> bytes:
        return entry_head(OFS_DELTA, size) + distance(self._merged.size - base)


def _deflated(stored: Stored) -> bytes:
    """A whole object, deflated where no write had the time to do so."""
    found = undeflated(stored.entry)
    return _encoded(*found) if found else stored.entry


def _encoded(kind: Kind, data: bytes) -> bytes:
    return entry_head(kind, len(data)) + zlib.compress(data, DEFLATED)
