"""What differs between two trees: only folders that are unequal are looked into."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from memory_service.storage.objects import Oid
from memory_service.storage.tree_cache import Trees
from memory_service.storage.trees import EMPTY, FILE, FOLDER, TreeEntry


class Difference(NamedTuple):
    """A memory file that two trees do not agree on."""

    path: bytes
    """As git writes it, relative to the root."""
    old: Oid | None
    new: Oid | None


def is_memory(name: bytes) -> bool:
    """Whether a file in a tree is a memory file, going by its name."""
    return name.endswith(b".md") and len(name) > len(b".md")


def every(name: bytes) -> bool:
    """Whether a file in a tree is a file."""
    return True


def differences(
    trees: Trees,
    old: Oid | None,
    new: Oid | None,
    prefix: bytes = b"",
    wanted: Callable[[bytes], bool] = is_memory,
) -> Iterator[Difference]:
    """The files that differ between two folders, in any order; None is a folder without anything.

    ``wanted`` says by its name whether a file is of interest.
    """
    if old == new:
        return
    before = trees[old] if old else EMPTY
    after = trees[new] if new else EMPTY
    pairs: dict[bytes, list[TreeEntry | None]] = {}
    for side, own in enumerate((before.without(after), after.without(before))):
        for entry in own:
            pairs.setdefault(entry.name, [None, None])[side] = entry
    for name, (one, other) in pairs.items():
        if not is_text(name):
            continue
        path = prefix + name
        yield from differences(trees, _oid(one, FOLDER), _oid(other, FOLDER), path + b"/", wanted)
        files = _oid(one, FILE), _oid(other, FILE)
        if files[0] != files[1] and wanted(name):
            yield Difference(path, *files)


def is_text(name: bytes) -> bool:
    """Whether a name is one that a path can have; in a history that was brought along some may not be."""
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def _oid(entry: TreeEntry | None, mode: bytes) -> Oid | None:
    return entry.oid if entry and entry.mode == mode else None
