"""A tree under construction, which takes in only what keeps it a valid memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from memory_service.domain.paths import MemoryPath, fold
from memory_service.storage.objects import Kind, Oid
from memory_service.storage.trees import FILE, FOLDER, TreeEntry, encode

Add = Callable[[Kind, bytes], Oid]
"""Stores an object and answers its name."""


@dataclass(slots=True)
class _Folder:
    entries: dict[str, "Oid | _Folder"] = field(default_factory=dict)
    folds: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, entry: "Oid | _Folder") -> None:
        self.entries[name] = entry
        self.folds[fold(name)] = name


class Draft:
    """Files by path; folders come into being with their first file."""

    def __init__(self, folder_entries: int) -> None:
        self._root = _Folder()
        self._limit = folder_entries

    def fault(self, path: MemoryPath) -> str | None:
        """Why a file cannot be put at a path, or None."""
        folder = self._root
        for name, is_last in _steps(path):
            entry = folder.entries.get(name)
            if entry is None:
                twin = folder.folds.get(fold(name))
                if twin is not None:
                    return f'"{name}" has the same name as "{twin}" on some file systems'
                if len(folder.entries) >= self._limit:
                    return f"its folder holds {self._limit} entries already"
                return None
            if is_last or not isinstance(entry, _Folder):
                return f'"{name}" is both a file and a folder'
            folder = entry
        return None

    def put(self, path: MemoryPath, blob: Oid) -> None:
        """Put a file at a path that has no fault."""
        folder = self._root
        for name, is_last in _steps(path):
            entry = folder.entries.get(name)
            if is_last:
                folder.put(name, blob)
            elif isinstance(entry, _Folder):
                folder = entry
            else:
                made = _Folder()
                folder.put(name, made)
                folder = made

    def build(self, add: Add) -> Oid:
        """Store the folders; answers the name of the root."""
        return _build(self._root, add)


def _build(folder: _Folder, add: Add) -> Oid:
    entries = (
        TreeEntry(name.encode(), FOLDER, _build(entry, add))
        if isinstance(entry, _Folder)
        else TreeEntry(name.encode(), FILE, entry)
        for name, entry in folder.entries.items()
    )
    return add(Kind.TREE, encode(entries))


def _steps(path: MemoryPath) -> Iterator[tuple[str, bool]]:
    parts = path.parts
    return ((name, place == len(parts)) for place, name in enumerate(parts, 1))
