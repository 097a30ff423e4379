"""Merging two trees that were made from one: file by file, and line by line where both sides changed a file."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from memory_service.storage.merge.attributes import Attributes, Driver
from memory_service.storage.merge.folders import Add, NameTaken, changed
from memory_service.storage.merge.renames import moved_to
from memory_service.storage.merge.text_merge import LineRange, merge_texts
from memory_service.storage.objects import Kind, Oid
from memory_service.storage.tree_cache import Trees
from memory_service.storage.tree_diff import Difference, differences, every

_ATTRIBUTES = b".gitattributes"
_RANGES = 10


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file that a person has to merge."""

    path: bytes
    """Where it is, or was, on main."""
    reason: str
    """What they did and what was done on main; who did that is still to be said."""
    was_changed: bool = True
    """Whether somebody did something to this very file."""


class Conflicted(Exception):
    """Both sides have changed the same, and not in the same way."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        super().__init__(conflicts)
        self.conflicts = conflicts


class MergeTooLong(Exception):
    """Merging takes longer than the server works at it."""


class TreeMerge:
    """Merges trees that are all in one place.

    ``read`` gives the content of blobs; ``add`` takes what comes into being. Files of more than ``most_lines`` lines
    are not merged, and no file is begun after some seconds.
    """

    def __init__(self, trees: Trees, read: Callable[[Oid], bytes], add: Add, most_lines: int, seconds: float) -> None:
        self._trees = trees
        self._read = read
        self._add = add
        self._most_lines = most_lines
        self._deadline = time.monotonic() + seconds
        self._attributes = Attributes(b"")
        self._files: dict[bytes, Oid | None] = {}
        self._targets: set[bytes] = set()
        self._conflicts: list[Conflict] = []

    def merge(self, bases: Sequence[Oid], ours: Oid, theirs: Oid) -> Oid:
        """The tree that has what both sides have changed since they were one.

        Where there are several bases, as after merges to and fro, what depends on which of them is taken is a conflict.

        Raises:
            Conflicted: the sides stand against each other.
            MergeTooLong: it would take too long.
        """
        first, *others = [self._merge(base, ours, theirs) for base in bases]
        unsure = {change.path for other in others for change in differences(self._trees, first, other, wanted=every)}
        if unsure:
            raise Conflicted([Conflict(path, "it was changed on main in more than one way") for path in sorted(unsure)])
        return first

    def _merge(self, base: Oid, ours: Oid, theirs: Oid) -> Oid:
        mine, their = self._changes(base, ours), self._changes(base, theirs)
        self._files, self._targets, self._conflicts = {}, set(), []
        self._attributes = Attributes(b"")
        gone: list[Difference] = []
        # What the merged attributes say counts for all other files.
        for paths in (their.keys() & {_ATTRIBUTES}, sorted(their.keys() - {_ATTRIBUTES})):
            gone += [their[path] for path in paths if not self._bring(their[path], mine)]
            self._attributes = Attributes(self._content_at_root(ours, _ATTRIBUTES))
        for change in gone:
            self._follow(change, mine, their)
        try:
            merged = changed(self._trees, ours, self._files, self._add)
        except NameTaken as error:
            self._conflicts.append(
                Conflict(error.path, "it is a file on one side and a folder on the other", was_changed=False)
            )
            merged = None
        if self._conflicts or merged is None:
            raise Conflicted(sorted(self._conflicts, key=lambda conflict: conflict.path))
        return merged

    def _changes(self, base: Oid, side: Oid) -> dict[bytes, Difference]:
        return {change.path: change for change in differences(self._trees, base, side, wanted=every)}

    def _bring(self, change: Difference, mine: Mapping[bytes, Difference]) -> bool:
        """Take over what they did to a file; False where one side has it no longer and the other has changed it."""
        ours = mine.get(change.path)
        if ours is None:
            self._files[change.path] = change.new
            return True
        if ours.new and change.new and ours.new != change.new:
            self._join(change.path, change.path, (change.old, ours.new, change.new))
            return True
        return ours.new == change.new

    def _follow(self, change: Difference, mine: Mapping[bytes, Difference], their: Mapping[bytes, Difference]) -> None:
        """Merge a file that one side has changed and the other has moved, if it has."""
        ours = mine[change.path]
        mover, other = (their, mine) if change.new is None else (mine, their)
        added = {
            path: moved.new
            for path, moved in mover.items()
            if moved.old is None and moved.new and path not in other and path not in self._targets
        }
        target = moved_to(change.old, added, self._read) if change.old else None
        if target is None:
            did, done = ("deleted", "changed") if change.new is None else ("changed", "deleted")
            self._conflicts.append(Conflict(change.path, f"you have {did} it, and it was {done} on main"))
            return
        self._targets.add(target)
        if change.new is None:
            self._files[change.path] = None
            note = f"you have moved it to {target.decode()}, and "
            self._join(target, change.path, (change.old, ours.new, added[target]), note)
        else:
            note = f"on main it was moved here from {change.path.decode()}, and "
            self._join(target, target, (change.old, added[target], change.new), note)

    def _join(self, path: bytes, on_main: bytes, blobs: Sequence[Oid | None], note: str = "") -> None:
        """Merge the three contents of a file (base, ours, theirs) line by line."""
        if time.monotonic() > self._deadline:
            raise MergeTooLong
        contents = [self._read(blob) if blob else b"" for blob in blobs]
        driver = self._attributes.driver(path.decode())
        long = max(content.count(b"\n") for content in contents) > self._most_lines
        if driver is Driver.BINARY or long or any(b"\0" in content for content in contents):
            reason = "it cannot be merged line by line, and was changed on main too"
            self._conflicts.append(Conflict(on_main, note + reason))
            return
        merged = merge_texts(*contents, union=driver is Driver.UNION)
        if merged.conflicts:
            self._conflicts.append(Conflict(on_main, f"{note}{_told(merged.conflicts)} changed on main too"))
        else:
            self._files[path] = self._add(Kind.BLOB, merged.content)

    def _content_at_root(self, ours: Oid, name: bytes) -> bytes:
        entry = self._trees[ours].find(name)
        blob = self._files.get(name, entry.oid if entry and not entry.is_folder else None)
        return self._read(blob) if blob else b""


def _told(ranges: Sequence[LineRange]) -> str:
    """Lines of main in words."""
    told = [f"{first}-{last}" if first < last else str(first) for first, last in ranges[:_RANGES]]
    more = " and others" if len(ranges) > _RANGES else ""
    one = len(ranges) == 1 and ranges[0][0] >= ranges[0][1]
    return f"{'line' if one else 'lines'} {', '.join(told)}{more} {'was' if one else 'were'}"
