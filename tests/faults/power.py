"""A disk that loses its power: what is left of a folder when only what was synced is sure to be there.

A run of some work is watched after each operation. Names and contents are looked at apart, as a file system may keep
them: a folder's sync makes its names durable, a file's sync its content, and nothing else does. Of what was changed
since, a loss of power leaves each change or not, in any order, and contents in part.
"""

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.faults.storage_faults import hooked, label_of

SECTOR = 512
AGES = 2 * 3600

Content = bytes
Names = dict[str, int]


@dataclass
class Node:
    """A file or a folder, as long as it has a name or ever had one."""

    mode: int
    folder: bool
    contents: list[Content] = field(default_factory=lambda: [b""])
    """Of a file: what it held when it was last durable, and each time it was changed since."""
    names: list[Names] = field(default_factory=lambda: [{}])
    """Of a folder: the same of the nodes in it."""

    def settle(self) -> None:
        """Be durable as it is."""
        self.contents, self.names = self.contents[-1:], self.names[-1:]

    def copy(self) -> "Node":
        """The same, for keeping."""
        return Node(self.mode, self.folder, list(self.contents), list(self.names))


@dataclass(frozen=True)
class Moment:
    """The disk between two operations."""

    before: str
    acknowledged: int
    nodes: dict[int, Node]
    root: int


class Watch:
    """Keeps the moments of a run over a folder."""

    def __init__(self, root: Path, left_out: str) -> None:
        self.moments: list[Moment] = []
        self.acknowledged = 0
        self._root = root
        self._left_out = left_out
        self._nodes: dict[int, Node] = {}
        self._held: list[int] = []
        self._look()
        for node in self._nodes.values():
            node.settle()

    def __call__(self, operation: str, path: Path) -> None:
        self._look()
        label = label_of(operation, path)
        self._keep(label)
        if operation == "sync" and label != self._left_out:
            self._nodes[path.stat().st_ino].settle()

    def end(self) -> None:
        """The run is over."""
        self._look()
        self._keep("the end")
        for descriptor in self._held:
            os.close(descriptor)

    def _keep(self, label: str) -> None:
        nodes = {number: node.copy() for number, node in self._nodes.items()}
        self.moments.append(Moment(label, self.acknowledged, nodes, self._root.stat().st_ino))

    def _look(self) -> None:
        for folder, folders, files in os.walk(self._root):
            names = {name: self._node(Path(folder, name)) for name in (*folders, *files)}
            node = self._nodes[self._node(Path(folder))]
            if node.names[-1] != names:
                node.names.append(names)
            for name in files:
                file = self._nodes[names[name]]
                content = Path(folder, name).read_bytes()
                if file.contents[-1] != content:
                    file.contents.append(content)

    def _node(self, path: Path) -> int:
        found = path.stat()
        if found.st_ino not in self._nodes:
            # Kept open, so that its number is not given to another file.
            self._held.append(os.open(path, os.O_RDONLY))
            self._nodes[found.st_ino] = Node(found.st_mode & 0o7777, path.is_dir())
        return found.st_ino


def watched(root: Path, work: Callable[[Callable[[], None]], None], left_out: str = "") -> list[Moment]:
    """The moments of some work on a folder. It is given what to call whenever something is acknowledged.

    Operations that are called ``left_out`` make nothing durable.
    """
    watch = Watch(root, left_out)

    def acknowledge() -> None:
        watch.acknowledged += 1

    with hooked(watch):
        work(acknowledge)
    watch.end()
    return watch.moments


@dataclass(frozen=True)
class Loss:
    """What a loss of power leaves of each thing that was changed since it was durable."""

    name: str
    content: Callable[[list[Content]], Content]
    names: Callable[[list[Names]], Names]

    def leave(self, moment: Moment, target: Path) -> None:
        """Make the folder that is there when power is back."""
        made: dict[int, Path] = {}

        def make(number: int, path: Path) -> None:
            node = moment.nodes[number]
            if node.folder:
                path.mkdir()
                for name, inner in sorted(self.names(node.names).items()):
                    make(inner, path / name)
            elif number in made:
                os.link(made[number], path)
            else:
                made[number] = path
                path.write_bytes(self.content(node.contents))
                path.chmod(node.mode)
                # The machine was off for a while.
                os.utime(path, (path.stat().st_mtime - AGES,) * 2)

        make(moment.root, target)


def _zeros(versions: list[Content]) -> Content:
    return _mixed(versions[0], versions[-1], lambda old, new: new if old == new else bytes(len(new)))


NAMES_AND_ZEROS = Loss("names and zeros", _zeros, lambda versions: versions[-1])
_ALL_OR_NOTHING = [
    Loss("nothing but what was synced", lambda versions: versions[0], lambda versions: versions[0]),
    Loss("everything", lambda versions: versions[-1], lambda versions: versions[-1]),
    Loss("names without content", lambda versions: versions[0], lambda versions: versions[-1]),
    Loss("content without names", lambda versions: versions[-1], lambda versions: versions[0]),
    NAMES_AND_ZEROS,
]
_CHANCES = 4


def losses(seed: int) -> Iterator[Loss]:
    """Losses that leave all or nothing of a kind, and some that leave whatever chance will have."""
    yield from _ALL_OR_NOTHING
    for number in range(_CHANCES):
        chance = random.Random(f"{seed} {number}")  # noqa: S311 - no secret, and the same each time
        yield Loss(f"chance {number}", partial(_torn, chance), partial(_some, chance))


def _some(chance: random.Random, versions: list[Names]) -> Names:
    """Each name as it was in any version: one that was given later may be there without one that was given before."""
    left = {}
    for name in sorted({name for version in versions for name in version}):
        found = chance.choice(versions).get(name)
        if found is not None:
            left[name] = found
    return left


def _torn(chance: random.Random, versions: list[Content]) -> Content:
    """Each sector as it was in any version, or empty."""
    content = versions[0]
    for version in versions[1:]:
        content = _mixed(content, version, lambda old, new: chance.choice([old, new, new, bytes(len(new))]))
    return content


def _mixed(old: Content, new: Content, pick: Callable[[bytes, bytes], bytes]) -> Content:
    """What is left of a change, sector by sector; a sector that is the same before and after is not touched."""
    size = max(len(old), len(new))
    old, new = old.ljust(size, b"\0"), new.ljust(size, b"\0")
    sectors = ((old[start : start + SECTOR], new[start : start + SECTOR]) for start in range(0, size, SECTOR))
    return b"".join(one if one == other else pick(one, other) for one, other in sectors)
