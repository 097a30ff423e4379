"""What somebody may have meant by a path that is not there."""

from collections.abc import Iterator
from difflib import get_close_matches
from itertools import islice

from memory_service.domain.paths import MEMORY_SUFFIX, MemoryPath
from memory_service.memory.listing import walk
from memory_service.memory.ports import FileTableReader, Snapshot


def similar(path: MemoryPath, snapshot: Snapshot, table: FileTableReader, limit: int) -> list[str]:
    """Up to ``limit`` paths that exist, the likeliest first; the table is read at the snapshot's commit."""
    return list(islice(dict.fromkeys(map(str, _candidates(path, snapshot, table, limit))), limit))


def _candidates(path: MemoryPath, snapshot: Snapshot, table: FileTableReader, limit: int) -> Iterator[MemoryPath]:
    with_suffix = MemoryPath(path.text + MEMORY_SUFFIX)
    if with_suffix.is_memory and snapshot.entry(with_suffix):
        yield with_suffix
    # Read as a file, a folder stands for the files in it.
    yield from islice((entry.path for entry in walk(snapshot, path) if not entry.is_folder), limit)
    siblings = {entry.path.name for entry in walk(snapshot, path.parent, depth=1) if entry.is_folder} - {path.name}
    for name in get_close_matches(path.name, sorted(siblings), limit):
        yield path.parent.child(name)
    yield from table.similar(path.name.removesuffix(MEMORY_SUFFIX), limit)
