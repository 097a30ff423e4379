"""Which lines of two texts are the same ones.

Lines that are in both texts once are put into relation first (patience diff): that follows what people have done better
than the shortest diff does, and takes about as long as sorting however the texts were made. Only short stretches
without such lines are compared exactly.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

Lines = Sequence[bytes]

_DEEPEST = 32
_EXACT_LINES = 400
_EXACT_PAIRS = 20_000


class Match(NamedTuple):
    """A run of lines that both texts have."""

    one: int
    other: int
    length: int


class _Stretch(NamedTuple):
    """A part of each text, from a line up to another."""

    one: int
    one_end: int
    other: int
    other_end: int
    depth: int


def matches(one: Lines, other: Lines) -> list[Match]:
    """The runs of equal lines, in order, apart from one another in at least one text."""
    found: list[Match] = []
    waiting = [_Stretch(0, len(one), 0, len(other), 0)]
    while waiting:
        rest = _trimmed(one, other, waiting.pop(), found)
        if rest.one == rest.one_end or rest.other == rest.other_end:
            continue
        anchors = _anchors(one, other, rest) if rest.depth < _DEEPEST else []
        if anchors:
            waiting += _between(anchors, rest)
        else:
            found += _exact(one, other, rest)
    return _joined(sorted(found))


def _trimmed(one: Lines, other: Lines, rest: _Stretch, found: list[Match]) -> _Stretch:
    """Take the equal lines at both ends."""
    start, end, begin, finish, depth = rest
    most = min(end - start, finish - begin)
    first = next((n for n in range(most) if one[start + n] != other[begin + n]), most)
    most -= first
    last = next((n for n in range(most) if one[end - 1 - n] != other[finish - 1 - n]), most)
    if first:
        found.append(Match(start, begin, first))
    if last:
        found.append(Match(end - last, finish - last, last))
    return _Stretch(start + first, end - last, begin + first, finish - last, depth)


def _anchors(one: Lines, other: Lines, rest: _Stretch) -> list[tuple[int, int]]:
    """Lines that each side has once, as many as keep their order."""
    places = _once(other, rest.other, rest.other_end)
    pairs = [(place, places[line]) for line, place in _once(one, rest.one, rest.one_end).items() if line in places]
    return _longest_rising(sorted(pairs))


def _once(lines: Lines, start: int, end: int) -> dict[bytes, int]:
    counts = Counter(lines[start:end])
    return {lines[place]: place for place in range(start, end) if counts[lines[place]] == 1}


def _longest_rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest subsequence in which the second numbers rise (patience sorting)."""
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        pile = bisect_left(tops, place)
        before.append(ends[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [place]
        ends[pile : pile + 1] = [number]
    rising: list[tuple[int, int]] = []
    number = ends[-1] if ends else -1
    while number >= 0:
        rising.append(pairs[number])
        number = before[number]
    return rising[::-1]


def _between(anchors: list[tuple[int, int]], rest: _Stretch) -> Iterator[_Stretch]:
    """The stretches that anchors divide another into; each anchor begins one, where it is trimmed away."""
    depth = rest.depth + 1
    places = [(rest.one, rest.other), *anchors, (rest.one_end, rest.other_end)]
    return (_Stretch(one, one_end, other, other_end, depth) for (one, other), (one_end, other_end) in pairwise(places))


def _exact(one: Lines, other: Lines, rest: _Stretch) -> Iterator[Match]:
    mine, theirs = one[rest.one : rest.one_end], other[rest.other : rest.other_end]
    counts = Counter(theirs)
    if len(mine) + len(theirs) > _EXACT_LINES or sum(counts[line] for line in mine) > _EXACT_PAIRS:
        return
    for block in SequenceMatcher(None, mine, theirs, autojunk=False).get_matching_blocks():
        if block.size:
            yield Match(rest.one + block.a, rest.other + block.b, block.size)


def _joined(found: list[Match]) -> list[Match]:
    joined: list[Match] = []
    for match in found:
        last = joined[-1] if joined else None
        if last and (last.one + last.length, last.other + last.length) == match[:2]:
            joined[-1] = Match(last.one, last.other, last.length + match.length)
        else:
            joined.append(match)
    return joined
