"""Parsed folders in memory, and their loading."""

import threading
from collections import OrderedDict

from memory_service.storage.object_store import Objects
from memory_service.storage.objects import Kind, Oid
from memory_service.storage.trees import FOLDER, Tree, TreeEntry


class TreeCache:
    """The folders used last, up to a number of bytes. Usable from any thread."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._turn = threading.Lock()
        self._trees: OrderedDict[Oid, Tree] = OrderedDict()
        self._size = 0

    def get(self, oid: Oid) -> Tree | None:
        """A folder, if it is here."""
        with self._turn:
            tree = self._trees.get(oid)
            if tree:
                self._trees.move_to_end(oid)
            return tree

    def put(self, oid: Oid, tree: Tree) -> None:
        """Keep a folder for a while."""
        with self._turn:
            if oid in self._trees:
                return
            self._trees[oid] = tree
            self._size += tree.cost
            while self._size > self._limit and self._trees:
                _, oldest = self._trees.popitem(last=False)
                self._size -= oldest.cost


class Trees:
    """The folders of one repository."""

    def __init__(self, objects: Objects, cache: TreeCache) -> None:
        self._objects = objects
        self._cache = cache

    def __getitem__(self, oid: Oid) -> Tree:
        """A folder.

        Raises:
            DataCorrupt: it is missing or damaged.
        """
        tree = self._cache.get(oid)
        if tree is None:
            tree = Tree.parse(self._objects.need(oid, Kind.TREE))
            self._cache.put(oid, tree)
        return tree

    def find(self, root: Oid, path: bytes) -> TreeEntry | None:
        """The file or folder at a path as git writes it, relative to a folder; that folder for an empty path."""
        entry: TreeEntry | None = TreeEntry(b"", FOLDER, root)
        for name in path.split(b"/") if path else ():
            entry = self[entry.oid].find(name) if entry and entry.is_folder else None
        return entry

    def keep(self, oid: Oid, tree: Tree) -> None:
        """Take in a folder that has just been published."""
        self._cache.put(oid, tree)
