"""Which folders and files may become part of a memory.

A folder is looked at where it differs from what was there before, and each pair of folders once: what a push can make
anybody look at grows with the pack, not with the number of paths that it stands for.
"""

import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from memory_service.domain.errors import DataCorrupt
from memory_service.domain.paths import MAX_DEPTH, MAX_PATH_BYTES, MEMORY_SUFFIX, is_git_file, name_fault
from memory_service.storage.candidates import text_fault
from memory_service.storage.git_import import KEPT
from memory_service.storage.limits import PushLimits, StorageLimits
from memory_service.storage.object_store import Objects
from memory_service.storage.objects import Kind, Oid
from memory_service.storage.receive.faults import Faults, shown
from memory_service.storage.receive.unpacking import Unpacked
from memory_service.storage.tree_cache import TreeCache, Trees
from memory_service.storage.tree_diff import is_memory
from memory_service.storage.trees import EXECUTABLE, FILE, SUBMODULE, SYMLINK, Tree, TreeEntry

_MODES = {
    SYMLINK: "symbolic links cannot be kept in a memory",
    SUBMODULE: "submodules cannot be kept in a memory",
    EXECUTABLE: "executable files cannot be kept in a memory: git update-index --chmod=-x",
}
_NAMES = 1 << 16


class Extent(NamedTuple):
    """How far that reaches which is new in a folder."""

    depth: int
    """The most parts of a path, from there."""
    length: int
    """The bytes of the longest path, from there."""
    files: int
    """How many there are, each as often as a path leads to it."""


_NOTHING = Extent(0, 0, 0)


class TreeRules:
    """Looks at folders, tells what is wrong, and notes which pushed objects they lead to."""

    def __init__(
        self, objects: Objects, unpacked: Unpacked, faults: Faults, store: StorageLimits, limits: PushLimits
    ) -> None:
        self.reached: set[Oid] = set()
        """Folders and files that were looked at."""
        self._objects = objects
        self._trees = Trees(objects, TreeCache(store.tree_cache_bytes))
        self._unpacked = unpacked
        self._faults = faults
        self._store = store
        self._limits = limits
        self._suffixes = tuple(suffix.encode() for suffix in store.suffixes)
        self._seen: dict[tuple[Oid, tuple[Oid, ...]], Extent] = {}
        self._note = ""

    def check(self, root: Oid, before: Sequence[Oid], note: str = "") -> None:
        """Look at a root folder where it differs from all of some others; ``note`` is added to each fault.

        Raises:
            Enough: there are many faults.
        """
        self._note = note
        extent = self._folder(root, tuple(dict.fromkeys(before)), b"", 0)
        if extent.files > self._limits.files:
            self._fault(b"/", f"{extent.files} files are changed at once; {self._limits.files} are allowed")

    def _folder(self, oid: Oid, before: tuple[Oid, ...], prefix: bytes, depth: int) -> Extent:
        seen = self._seen.get((oid, before))
        if seen:
            self._place(prefix, depth, seen)
            return seen
        if depth >= MAX_DEPTH:
            self._fault(prefix, f"its path has more than {MAX_DEPTH} parts")
            return _NOTHING
        tree = self._read(oid, prefix)
        if tree is None:
            return _NOTHING
        others = [other for other in map(self._known, before) if other]
        changed = tree.new_beside(others)
        self._form(tree, others, {entry.name for entry in changed}, prefix)
        extent = _NOTHING
        for entry in changed:
            extent = _joined(extent, self._entry(entry, others, prefix, depth))
        self._seen[oid, before] = extent
        return extent

    def _entry(self, entry: TreeEntry, others: Sequence[Tree], prefix: bytes, depth: int) -> Extent:
        path = prefix + entry.name
        fault = _name_fault(entry.name, is_folder=entry.is_folder) or _MODES.get(entry.mode)
        if fault:
            self._fault(path, fault)
            return _NOTHING
        if entry.is_folder:
            there = (other.find(entry.name) for other in others)
            before = tuple(dict.fromkeys(old.oid for old in there if old and old.is_folder))
            inner = self._folder(entry.oid, before, path + b"/", depth + 1)
            return Extent(inner.depth + 1, inner.length + len(entry.name) + 1, inner.files)
        fault = self._file(entry, path)
        if fault:
            self._fault(path, fault)
        extent = Extent(1, len(entry.name), 1)
        self._place(path, depth, extent)
        return extent

    def _file(self, entry: TreeEntry, path: bytes) -> str | None:
        if entry.mode != FILE:
            return f"its mode {shown(entry.mode)} is none that git writes"
        is_text = path in KEPT or is_memory(entry.name)
        if not is_text and not entry.name.endswith(self._suffixes):
            suffixes = ", ".join((MEMORY_SUFFIX, *self._store.suffixes))
            return f"files that end in {suffixes} can be kept; leave others out, by .gitignore for example"
        self.reached.add(entry.oid)
        size = self._unpacked.large.get(entry.oid)
        if size is None and entry.oid in self._unpacked.blobs:
            return self._unpacked.blobs[entry.oid] if is_text else None
        found = self._objects.get(entry.oid) if size is None else None
        size = size or len(found.data if found else b"")
        if size > self._store.file_bytes:
            return f"it has {size} bytes; {self._store.file_bytes} are allowed"
        if found is None or found.kind is not Kind.BLOB:
            return "its content is missing from the push"
        return text_fault(found.data) if is_text else None

    def _read(self, oid: Oid, prefix: bytes) -> Tree | None:
        self.reached.add(oid)
        try:
            return self._trees[oid]
        except DataCorrupt as error:
            self._fault(prefix or b"/", error.message)
            return None

    def _known(self, oid: Oid) -> Tree | None:
        with suppress(DataCorrupt):
            return self._trees[oid]
        return None

    def _form(self, tree: Tree, others: Sequence[Tree], changed: set[bytes], prefix: bytes) -> None:
        if not tree.in_order:
            self._fault(prefix, "its entries are not in git's order, or one is there twice")
        if prefix and not len(tree):
            self._fault(prefix, "the folder is empty")
        if len(tree) > max([self._store.folder_entries, *map(len, others)]):
            self._fault(prefix, f"the folder has {len(tree)} entries; {self._store.folder_entries} are allowed")
        for one, other in tree.twins() if changed else ():
            if one in changed or other in changed or len(others) > 1:
                new, old = (other, one) if other in changed else (one, other)
                but = "but for case" if _lower(new) == _lower(old) else "on some file systems"
                self._fault(prefix + new, f"same name as {shown(prefix + old)} {but}")

    def _place(self, where: bytes, depth: int, extent: Extent) -> None:
        """Tell what would be too deep or too long where some part of a tree stands."""
        if depth + extent.depth > MAX_DEPTH:
            self._fault(where, f"its path has more than {MAX_DEPTH} parts")
        length = 1 + where.rfind(b"/") + 1 + extent.length
        if length > MAX_PATH_BYTES:
            self._fault(where, f"its path has {length} bytes; {MAX_PATH_BYTES} are allowed")

    def _fault(self, place: bytes, reason: str) -> None:
        self._faults.add(place, reason + self._note)


def _joined(one: Extent, other: Extent) -> Extent:
    return Extent(max(one.depth, other.depth), max(one.length, other.length), one.files + other.files)


def _lower(name: bytes) -> str:
    return name.decode("utf-8", "replace").lower()


@lru_cache(maxsize=_NAMES)
def _name_fault(name: bytes, *, is_folder: bool) -> str | None:
    try:
        text = name.decode()
    except UnicodeDecodeError:
        return "its name is not in UTF-8"
    if "/" in text:
        return "its name holds a slash"
    if is_folder and is_git_file(text):
        return "a folder cannot have the name of a file that git clients obey"
    if fault := name_fault(text):
        return fault[1]
    # Not of a name that is too long: its marks are sorted in a time that grows with the square of their number.
    return None if unicodedata.is_normalized("NFC", text) else "its name is not in Unicode normal form C (NFC)"
