"""Folders as git stores them: parsed, looked up, and patched without being built anew."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from operator import lt
from typing import NamedTuple

from memory_service.domain.errors import DataCorrupt
from memory_service.domain.paths import MAX_NAME_BYTES, fold
from memory_service.storage.objects import Kind, Oid, oid_of

FILE = b"100644"
FOLDER = b"40000"
EXECUTABLE = b"100755"
SYMLINK = b"120000"
SUBMODULE = b"160000"


class TreeEntry(NamedTuple):
    """One name in a folder."""

    name: bytes
    mode: bytes
    """As git writes it: octal digits, without leading zeros."""
    oid: Oid

    @property
    def is_folder(self) -> bool:
        """Whether a tree is behind it."""
        return self.mode == FOLDER


class Tree:
    """An immutable folder: git's bytes, and where each entry begins in them, in git's order."""

    def __init__(self, raw: bytes, keys: list[bytes], starts: list[int], folds: frozenset[str] | None = None) -> None:
        self.raw = raw
        self._keys = keys  # as sort_key makes them
        self._starts = starts
        self._folds = folds

    @classmethod
    def parse(cls, raw: bytes) -> "Tree":
        """Read git's bytes.

        Raises:
            DataCorrupt: they are no tree.
        """
        keys: list[bytes] = []
        starts: list[int] = []
        start, end = 0, len(raw)
        try:
            while start < end:
                space = raw.index(b" ", start)
                zero = raw.index(b"\0", space)
                name = raw[space + 1 : zero]
                keys.append(name + b"/" if raw[start:space] == FOLDER else name)
                starts.append(start)
                start = zero + 21
        except ValueError as error:
            raise DataCorrupt("A stored folder cannot be read") from error
        if start != end:
            raise DataCorrupt("A stored folder is cut off")
        return cls(raw, keys, starts)

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[TreeEntry]:
        return (entry_of(self.raw[start:end]) for start, end in pairwise([*self._starts, len(self.raw)]))

    @cached_property
    def oid(self) -> Oid:
        """The name of this tree."""
        return oid_of(Kind.TREE, self.raw)

    @property
    def cost(self) -> int:
        """About the bytes of memory that this takes."""
        return 4 * len(self.raw) + 1000

    def find(self, name: bytes) -> TreeEntry | None:
        """The file or folder of this name."""
        for key in (name, name + b"/"):
            place = bisect_left(self._keys, key)
            if place < len(self._keys) and self._keys[place] == key:
                return self._entry(place)
        return None

    def children(self) -> list[tuple[Oid, Kind]]:
        """The objects that this leads to; a submodule leads to none."""
        return [(entry.oid, Kind.TREE if entry.is_folder else Kind.BLOB) for entry in self if entry.mode != SUBMODULE]

    def twin(self, name: str) -> bool:
        """Whether another name is the same to some file system; for a name that is not here itself."""
        if self._folds is None:
            self._folds = frozenset(fold(key.rstrip(b"/").decode("utf-8", "replace")) for key in self._keys)
        return fold(name) in self._folds

    @property
    def in_order(self) -> bool:
        """Whether the entries are in git's order, none of them twice."""
        return all(map(lt, self._keys, self._keys[1:]))

    def twins(self) -> Iterator[tuple[bytes, bytes]]:
        """Pairs of names that are the same to some file system."""
        seen: dict[str, bytes] = {}
        for key in self._keys:
            name = key.removesuffix(b"/")
            other = seen.setdefault(_folded(name), name)
            if other is not name:
                yield other, name

    def put(self, name: bytes, mode: bytes, oid: Oid) -> "Tree":
        """This folder with an entry set; one that is there already keeps being a file or a folder."""
        key = name + b"/" if mode == FOLDER else name
        place = bisect_left(self._keys, key)
        chunk = b"%b %b\0%b" % (mode, name, oid)
        there = place < len(self._keys) and self._keys[place] == key
        start, end = self._span(place) if there else (self._start(place), self._start(place))
        shift = len(chunk) - (end - start)
        later = self._starts[place + there :]
        return Tree(
            self.raw[:start] + chunk + self.raw[end:],
            self._keys if there else [*self._keys[:place], key, *self._keys[place:]],
            [*self._starts[:place], start, *([other + shift for other in later] if shift else later)],
            self._folds if there or self._folds is None else self._folds | {fold(name.decode("utf-8", "replace"))},
        )

    def without(self, other: "Tree") -> list[TreeEntry]:
        """The entries that another folder does not have, or has otherwise.

        Versions of one folder mostly agree from the first entry up to some, and from some up to the last; so long as
        bytes agree they are compared as a whole, since this runs over folders of thousands for a change of one.
        """
        most = min(len(self), len(other))
        same = bisect_left(range(most), x=True, key=lambda count: self.first(count + 1) != other.first(count + 1))
        rest = bisect_left(range(most - same), x=True, key=lambda count: self.last(count + 1) != other.last(count + 1))
        known = set(other.chunks(same, len(other) - rest))
        return [entry_of(chunk) for chunk in self.chunks(same, len(self) - rest) if chunk not in known]

    def new_beside(self, others: Sequence["Tree"]) -> list[TreeEntry]:
        """The entries that none of some other folders has as they are here."""
        found = self.without(others[0]) if others else list(self)
        for other in others[1:]:
            unlike = set(self.without(other))
            found = [entry for entry in found if entry in unlike]
        return found

    def first(self, count: int) -> bytes:
        """Git's bytes of so many entries from the first."""
        return self.raw[: self._start(count)]

    def last(self, count: int) -> bytes:
        """Git's bytes of so many entries up to the last."""
        return self.raw[self._start(len(self) - count) :]

    def chunks(self, first: int, end: int) -> list[bytes]:
        """Git's bytes of each entry in a range of places."""
        return [self.raw[slice(*self._span(place))] for place in range(first, end)]

    def _start(self, place: int) -> int:
        return self._starts[place] if place < len(self._starts) else len(self.raw)

    def _span(self, place: int) -> tuple[int, int]:
        return self._starts[place], self._start(place + 1)

    def _entry(self, place: int) -> TreeEntry:
        start, end = self._span(place)
        return entry_of(self.raw[start:end])


@lru_cache(maxsize=1 << 16)
def _folded(name: bytes) -> str:
    text = name.decode("utf-8", "replace")
    # A longer name is refused, and might take minutes: marks are put in order in a time that grows with their square.
    return fold(text) if len(name) <= MAX_NAME_BYTES else text


def entry_of(chunk: bytes) -> TreeEntry:
    """An entry from git's bytes."""
    mode, _, name = chunk[:-21].partition(b" ")
    return TreeEntry(name, mode, chunk[-20:])


def encode(entries: Iterable[TreeEntry]) -> bytes:
    """Git's bytes of a folder with these entries, given in any order."""
    ordered = sorted(entries, key=sort_key)
    return b"".join(b"%b %b\0%b" % (entry.mode, entry.name, entry.oid) for entry in ordered)


def sort_key(entry: TreeEntry) -> bytes:
    """Where an entry stands in git's order: as if names of folders ended in a slash (base_name_compare in tree.c)."""
    return entry.name + b"/" if entry.is_folder else entry.name


EMPTY = Tree(b"", [], [])
