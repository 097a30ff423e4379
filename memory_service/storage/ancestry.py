"""How commits are related: what they have in common, and what only one of them has."""

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from memory_service.storage.commits import Commit
from memory_service.storage.objects import Oid

Load = Callable[[Oid], Commit]
"""Gives a commit that somebody refers to."""

_ONE, _OTHER, _BOTH = 1, 2, 3
STALE = 4
"""The colour of commits that are of no more interest, nor are any before them."""


@dataclass(frozen=True, slots=True)
class Relation:
    """Two lines of history that meet, or not."""

    bases: tuple[Oid, ...]
    """The best common ancestors, those that no other common one comes after, in order of name; mostly one."""
    only_one: int
    """Commits that the one has and the other has not."""
    only_other: int


def relation(commit: Load, one: Oid, other: Oid) -> Relation:
    """How two commits are related, each counted as one of its own ancestors."""
    colours = paint(commit, {one: _ONE} | {other: _BOTH if one == other else _OTHER}, _stale_beneath_both)
    common = sorted(oid for oid, colour in colours.items() if colour == _BOTH)
    if len(common) > 1:
        # Clocks that were wrong may have let a common commit be met before one that comes after it.
        common = [oid for oid in common if not any(_precedes(commit, oid, later) for later in common if later != oid)]
    sides = [colour & _BOTH for colour in colours.values()]
    return Relation(tuple(common), sides.count(_ONE), sides.count(_OTHER))


def contains(commit: Load, head: Oid, oid: Oid) -> bool:
    """Whether a commit is a head or one of those before it."""
    return head == oid or _precedes(commit, oid, head)


def _precedes(commit: Load, oid: Oid, later: Oid) -> bool:
    colours = paint(commit, {oid: _ONE, later: _OTHER}, _stale_beneath_both, until=lambda seen: seen[oid] & _OTHER != 0)
    return colours[oid] & _OTHER != 0


def _stale_beneath_both(oid: Oid, colour: int) -> int:
    return colour | STALE if colour & _BOTH == _BOTH else colour


def paint(
    commit: Load,
    starts: Mapping[Oid, int],
    beneath: Callable[[Oid, int], int],
    until: Callable[[Mapping[Oid, int]], bool] = lambda seen: False,
) -> Mapping[Oid, int]:
    """Colour commits, the newest first, until all that are left are stale (paint_down_to_common in commit-reach.c).

    Colours are sets of bits; ``beneath`` says what the parents of a commit of some colour get, 0 for none at all.
    """
    colours: dict[Oid, int] = {}
    queue: list[tuple[int, Oid]] = []
    fresh: set[Oid] = set()

    def mark(oid: Oid, colour: int) -> None:
        old = colours.get(oid, 0)
        if old | colour != old:
            colours[oid] = old | colour
            heapq.heappush(queue, (-commit(oid).time, oid))
            (fresh.discard if colours[oid] & STALE else fresh.add)(oid)

    for oid, colour in starts.items():
        mark(oid, colour)
    while fresh and not until(colours):
        _, oid = heapq.heappop(queue)
        fresh.discard(oid)
        colour = beneath(oid, colours[oid])
        for parent in commit(oid).parents:
            mark(parent, colour)
    return colours
