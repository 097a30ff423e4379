"""Merging two texts that were made from one, line by line, by the rules of git (xdl_merge in xmerge.c)."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from memory_service.storage.merge.line_matching import Lines, matches

LineRange = tuple[int, int]
"""The first and the last of some lines, counted from 1; the last is before the first where only a place is meant."""


@dataclass(frozen=True, slots=True)
class MergedText:
    """What became of two texts."""

    content: bytes
    """Of no use where there are conflicts."""
    conflicts: tuple[LineRange, ...]
    """Where our text stands against theirs."""


class _Change(NamedTuple):
    """Lines of the base, from one up to another, and the lines in their place."""

    base: int
    base_end: int
    start: int
    end: int


class _Cluster(NamedTuple):
    """Changes that touch one another, and the lines of the base that they reach over."""

    base: int
    base_end: int
    ours: list[_Change]
    theirs: list[_Change]


def merge_texts(base: bytes, ours: bytes, theirs: bytes, *, union: bool) -> MergedText:
    """Merge line by line; ``union`` takes both where they stand against each other, ours first.

    Changes that touch each other stand against each other, unless they are the same.
    """
    lines, mine, other = _lines(base), _lines(ours), _lines(theirs)
    parts: list[bytes] = []
    conflicts: list[LineRange] = []
    place = 0
    for cluster in _clusters(_changes(lines, mine), _changes(lines, other)):
        parts += lines[place : cluster.base]
        place = cluster.base_end
        start, end = _span(cluster, cluster.ours)
        if not cluster.theirs:
            parts += mine[start:end]
            continue
        begin, finish = _span(cluster, cluster.theirs)
        if not cluster.ours:
            parts += other[begin:finish]
            continue
        for agreed, left, right, first in _compared(mine[start:end], other[begin:finish]):
            parts += left if agreed else [*_ended(left), *right]
            if not agreed:
                conflicts.append((start + first + 1, start + first + len(left)))
    parts += lines[place:]
    return MergedText(b"".join([*_ended(parts[:-1]), *parts[-1:]]), () if union else tuple(conflicts))


def _lines(text: bytes) -> list[bytes]:
    return io.BytesIO(text).readlines()


def _ended(lines: Sequence[bytes]) -> Iterator[bytes]:
    """Lines before others: one that ended its text without a line break gets one."""
    return (line if line.endswith(b"\n") else line + b"\n" for line in lines)


def _changes(base: Lines, side: Lines) -> list[_Change]:
    changes: list[_Change] = []
    place = start = 0
    for match in [*matches(base, side), None]:
        base_end, end = (match.one, match.other) if match else (len(base), len(side))
        if place < base_end or start < end:
            changes.append(_Change(place, base_end, start, end))
        if match:
            place, start = match.one + match.length, match.other + match.length
    return _settled(changes, base, side)


def _settled(changes: Sequence[_Change], base: Lines, side: Lines) -> list[_Change]:
    """The same changes as far down as they can be told to be, so that the same change is told the same on both sides.

    Of several equal lines any may be the one that came or went (xdl_change_compact in git's xdiffi.c).
    """
    settled: list[_Change] = []
    for change in reversed(changes):
        below = settled[-1].base if settled else len(base)
        while change.base_end < below and _slides(change, base, side):
            change = _Change(*(place + 1 for place in change))
        if settled and change.base_end == below:
            change = _Change(change.base, settled[-1].base_end, change.start, settled.pop().end)
        settled.append(change)
    return settled[::-1]


def _slides(change: _Change, base: Lines, side: Lines) -> bool:
    """Whether a change that only adds or only removes lines may as well be one line further down."""
    if change.base == change.base_end:
        return side[change.start] == side[change.end]
    return change.start == change.end and base[change.base] == base[change.base_end]


def _clusters(ours: Sequence[_Change], theirs: Sequence[_Change]) -> Iterator[_Cluster]:
    waiting = sorted([*((change, True) for change in ours), *((change, False) for change in theirs)], reverse=True)
    while waiting:
        first, _ = waiting[-1]
        cluster = _Cluster(first.base, first.base_end, [], [])
        while waiting and waiting[-1][0].base <= cluster.base_end:
            change, is_ours = waiting.pop()
            (cluster.ours if is_ours else cluster.theirs).append(change)
            cluster = cluster._replace(base_end=max(cluster.base_end, change.base_end))
        yield cluster


def _span(cluster: _Cluster, changes: Sequence[_Change]) -> LineRange:
    """The lines of a side that stand for the lines of the base that a cluster reaches over."""
    if not changes:
        return 0, 0
    first, last = changes[0], changes[-1]
    return first.start - (first.base - cluster.base), last.end + (cluster.base_end - last.base_end)


def _compared(ours: Lines, theirs: Lines) -> Iterator[tuple[bool, Lines, Lines, int]]:
    """Runs of lines: whether both have them, ours, theirs, and where ours begin."""
    place = start = 0
    for match in [*matches(ours, theirs), None]:
        end, finish = (match.one, match.other) if match else (len(ours), len(theirs))
        if place < end or start < finish:
            yield False, ours[place:end], theirs[start:finish], place
        if match:
            place, start = match.one + match.length, match.other + match.length
            yield True, ours[match.one : place], theirs[match.other : start], match.one
