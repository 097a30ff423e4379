"""Which objects a client lacks."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from memory_service.storage.ancestry import STALE, Load, paint
from memory_service.storage.commits import Commit
from memory_service.storage.objects import Oid
from memory_service.storage.tree_cache import Trees
from memory_service.storage.trees import SUBMODULE, Tree

_WANTED = 1


@dataclass(frozen=True, slots=True)
class Depth:
    """Where a history is cut off, at the client's wish."""

    shallow: set[Oid]
    """Commits that it gets without their parents."""
    deeper: set[Oid]
    """Commits that it has without their parents and gets these of now."""


def cut(commit: Load, wants: Iterable[Oid], depth: int, shallow: Collection[Oid]) -> Depth:
    """Cut a history off so many commits deep; ``shallow`` is where the client's own ends."""
    reached: set[Oid] = set()
    ends: set[Oid] = set()
    level = list(dict.fromkeys(wants))
    for left in range(depth - 1, -1, -1):
        reached.update(level)
        parents = {oid: commit(oid).parents for oid in level}
        if not left:
            ends.update(oid for oid in level if parents[oid])
        level = list(dict.fromkeys(parent for each in parents.values() for parent in each if parent not in reached))
        if not level:
            break
    return Depth(ends, {oid for oid in shallow if oid in reached and oid not in ends})


def commits_between(
    commit: Load, wants: Iterable[Oid], haves: Iterable[Oid], ends: Collection[Oid], had: Collection[Oid]
) -> dict[Oid, Commit]:
    """The commits that lead to what is wanted and not to what the client has.

    ``ends`` are those that are wanted without parents, ``had`` those that the client has without parents.
    """

    def beneath(oid: Oid, colour: int) -> int:
        return 0 if oid in (had if colour & STALE else ends) else colour

    starts = dict.fromkeys(wants, _WANTED) | dict.fromkeys(haves, STALE)
    colours = paint(commit, starts, beneath)
    return {oid: commit(oid) for oid, colour in colours.items() if colour == _WANTED}


def objects_of(commits: dict[Oid, Commit], commit: Load, trees: Trees, ends: Collection[Oid]) -> dict[Oid, None]:
    """What these commits lead to beside what their parents do, themselves included, in the order for a pack."""
    found: dict[Oid, None] = dict.fromkeys(commits)
    for oid, made in commits.items():
        before = [] if oid in ends else [commit(parent).tree for parent in made.parents]
        for each in _new_in(trees, made.tree, before):
            found[each] = None
    return found


def _new_in(trees: Trees, root: Oid, before: list[Oid]) -> Iterator[Oid]:
    if root in before:
        return
    yield root
    others = [trees[oid] for oid in before]
    for entry in trees[root].new_beside(others):
        if entry.is_folder:
            yield from _new_in(trees, entry.oid, [old for other in others for old in _folder(other, entry.name)])
        elif entry.mode != SUBMODULE:
            yield entry.oid


def _folder(tree: Tree, name: bytes) -> Iterator[Oid]:
    entry = tree.find(name)
    if entry and entry.is_folder:
        yield entry.oid
