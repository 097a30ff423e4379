"""A tree with some files changed."""

from collections.abc import Callable, Mapping

from memory_service.storage.objects import Kind, Oid
from memory_service.storage.tree_cache import Trees
from memory_service.storage.trees import EMPTY, FILE, FOLDER, TreeEntry, encode

Add = Callable[[Kind, bytes], Oid]


class NameTaken(Exception):
    """A path would be both a file and a folder."""

    def __init__(self, path: bytes) -> None:
        super().__init__(path)
        self.path = path


def changed(
    trees: Trees, root: Oid | None, files: Mapping[bytes, Oid | None], add: Add, prefix: bytes = b""
) -> Oid | None:
    """Put files, by path, into a folder or (None) take them away; answers the folder made, if any is left.

    Raises:
        NameTaken: files and folders stand against each other.
    """
    own: dict[bytes, Oid | None] = {}
    inner: dict[bytes, dict[bytes, Oid | None]] = {}
    for path, blob in files.items():
        name, slash, rest = path.partition(b"/")
        if slash:
            inner.setdefault(name, {})[rest] = blob
        else:
            own[name] = blob
    folders = {entry.name: entry for entry in (trees[root] if root else EMPTY) if entry.is_folder}
    others = {entry.name: entry for entry in (trees[root] if root else EMPTY) if not entry.is_folder}
    for name, blob in own.items():
        others.pop(name, None)
        if blob:
            others[name] = TreeEntry(name, FILE, blob)
    for name, rests in inner.items():
        there = folders.pop(name, None)
        made = changed(trees, there.oid if there else None, rests, add, prefix + name + b"/")
        if made:
            folders[name] = TreeEntry(name, FOLDER, made)
    for name in others.keys() & folders.keys():
        raise NameTaken(prefix + name)
    if prefix and not others and not folders:
        return None
    return add(Kind.TREE, encode([*others.values(), *folders.values()]))
