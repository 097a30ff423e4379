"""How two commits are related: what they have in common, and what only one of them has."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass

from memory_service.storage.commits import Commit
from memory_service.storage.objects import Oid

_ONE, _OTHER, _BOTH, _STALE = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Relation:
    """Two lines of history that meet, or not."""

    bases: tuple[Oid, ...]
    """The best common ancestors, those that no other common one comes after, in order of name; mostly one."""
    only_one: int
    """Commits that the one has and the other has not."""
    only_other: int


def relation(commit: Callable[[Oid], Commit], one: Oid, other: Oid) -> Relation:
    """How two commits are related, each counted as one of its own ancestors; ``commit`` loads those that it needs."""
    colours = _paint(commit, one, other)
    common = sorted(oid for oid, colour in colours.items() if colour == _BOTH)
    if len(common) > 1:
        # Clocks that were wrong may have let a common commit be met before one that comes after it.
        common = [oid for oid in common if not any(_precedes(commit, oid, later) for later in common if later != oid)]
    sides = [colour & _BOTH for colour in colours.values()]
    return Relation(tuple(common), sides.count(_ONE), sides.count(_OTHER))


def contains(commit: Callable[[Oid], Commit], head: Oid, oid: Oid) -> bool:
    """Whether a commit is a head or one of those before it."""
    return head == oid or _precedes(commit, oid, head)


def _precedes(commit: Callable[[Oid], Commit], oid: Oid, later: Oid) -> bool:
    return _paint(commit, oid, later, until=oid)[oid] & _OTHER != 0


def _paint(commit: Callable[[Oid], Commit], one: Oid, other: Oid, until: Oid | None = None) -> dict[Oid, int]:
    """Mark each commit with the sides it belongs to, newest first (paint_down_to_common in git's commit-reach.c).

    Common ones before other common ones are stale, as is all that is before them. Ends early once ``until`` is common.
    """
    colours: dict[Oid, int] = {}
    queue: list[tuple[int, Oid]] = []
    fresh: set[Oid] = set()

    def mark(oid: Oid, colour: int) -> None:
        old = colours.get(oid, 0)
        if old | colour != old:
            colours[oid] = old | colour
            heapq.heappush(queue, (-commit(oid).time, oid))
            (fresh.discard if colours[oid] & _STALE else fresh.add)(oid)

    mark(one, _ONE)
    mark(other, _OTHER)
    while fresh and (until is None or colours[until] & _BOTH != _BOTH):
        _, oid = heapq.heappop(queue)
        fresh.discard(oid)
        colour = colours[oid]
        for parent in commit(oid).parents:
            mark(parent, colour | _STALE if colour & _BOTH == _BOTH else colour)
    return colours
