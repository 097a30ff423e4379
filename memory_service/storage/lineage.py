"""Which objects are versions of one another: found by going through commits, the newest first."""

from collections.abc import Callable, Iterable
from itertools import pairwise

from memory_service.domain.errors import DataCorrupt
from memory_service.storage.objects import Oid
from memory_service.storage.tree_cache import Trees


class Lineage:
    """Lines of versions, each beginning with the newest."""

    def __init__(self, trees: Trees, wanted: Callable[[Oid], bool]) -> None:
        """Only objects that are ``wanted`` are put in lines; the folders that lead to them are looked up."""
        self._trees = trees
        self._wanted = wanted
        self._lines: dict[Oid, tuple[list[Oid], int]] = {}

    def follow(self, roots: Iterable[Oid]) -> None:
        """Go through the root folders of commits, given from the newest on."""
        for newer, older in pairwise(roots):
            self._pair(newer, older, is_folder=True)

    def __contains__(self, oid: Oid) -> bool:
        return oid in self._lines

    def newer(self, oid: Oid) -> Oid | None:
        """The version that an object is best made of; None for the newest.

        The n-th version is made of the one whose number lacks the last bit of n, so it takes few steps from the newest
        to any, and most of them are short (skip deltas, as in Subversion).
        """
        line, place = self._lines.get(oid, ((), 0))
        return line[place & (place - 1)] if place else None

    def _pair(self, newer: Oid, older: Oid, *, is_folder: bool) -> None:
        if newer == older:
            return
        if older not in self._lines and self._wanted(newer) and self._wanted(older):
            line, _ = self._lines.setdefault(newer, ([newer], 0))
            self._lines[older] = line, len(line)
            line.append(older)
        if not is_folder:
            return
        try:
            after, before = self._trees[newer], self._trees[older]
        except DataCorrupt:
            return  # it is in none of the packs that are looked at, nor then are its versions
        for entry in after.without(before):
            former = before.find(entry.name)
            if former and former.mode == entry.mode:
                self._pair(entry.oid, former.oid, is_folder=entry.is_folder)
