"""The best sections of some posting lists, without adding up those that cannot be among them.

The lists are gone through from the one that can tell most, and the sections of each are followed through the lists
after it: what holds a list before was looked at there. As soon as so many files are known as are wanted, the worst of
them is a floor, and a section is let go of once all that is left to be told, and all of the query that it can still
hold, would not lift it to the floor (the MaxScore rule of Turtle and Flood, 1995, kept for each section instead of each
list). So that there is a floor from the beginning, sections of which a list tells most are added up first.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from heapq import nlargest
from itertools import compress
from typing import NamedTuple

from memory_service.search.postings import REACHING, Postings
from memory_service.search.scoring import FULL_IMPACT, least_told, raw_score

_BITS = 32
"""A sum is two in one number, which costs no more than one to add up: in the last so many bits the weight of what a
section holds of the query (below 2^25 for all terms that a query can have), and above them what that tells of it."""
_LOW = (1 << _BITS) - 1
_BEGUN = 3
"""From how many lists sections are added up first."""
_SECTIONS_PER_FILE = 4
"""How many of the best sections are looked at first for each file that is wanted; more, where one file has many."""
Sums = Iterable[tuple[int, int]]
"""Sections and their sums, no section twice; to be gone through once."""


class Term(NamedTuple):
    """A posting list as it counts in a query."""

    postings: Postings
    worth: int
    gains: Sequence[int]
    """What each impact adds to a sum."""
    told_after: int
    """The most that the lists after this one tell of a section."""
    held: int
    """The weights of this list and of those after it."""

    def sums(self, least: int, begin: int, end: int) -> Sums:
        """The sections from ``begin`` to before ``end`` of which this and the lists after it may tell so much."""
        impact = max(1, -((self.told_after - least) // self.worth))
        if impact > self.postings.peak:
            return ()
        sections, impacts = self.postings.between(begin, end)
        if impact > 1:
            reaching = impacts.translate(REACHING[impact])
            sections, impacts = array("I", compress(sections, reaching)), bytes(compress(impacts, reaching))
        return zip(sections, map(self.gains.__getitem__, impacts), strict=True)


def terms_of(weights: Sequence[int], lists: Sequence[Postings]) -> list[Term]:
    """The lists that hold anything, beginning with the one that can tell most."""
    order = sorted(zip(weights, lists, strict=True), key=lambda item: item[0] * item[1].peak)
    terms: list[Term] = []
    told = held = 0
    for worth, postings in order:
        if postings.peak:
            held += worth
            terms.append(Term(postings, worth, _gains(worth), told, held))
            told += worth * postings.peak
    return terms[::-1]


def first_looked_at(terms: Sequence[Term]) -> set[int]:
    """Sections that are likely to be among the best."""
    return {section for term in terms[:_BEGUN] for section in term.postings.highest}


def added(sums: Sums, terms: Iterable[Term], least: int = 0) -> Sums:
    """Sums with what some terms add to them, without those that end up with less than so much told."""
    for term in terms:
        enough = (least - term.told_after) << _BITS
        told, gains = term.postings.told, term.gains
        if isinstance(told, bytes):
            sums = [(section, total) for section, sum_ in sums if (total := sum_ + gains[told[section]]) >= enough]
        else:
            at = told.get
            sums = [(section, total) for section, sum_ in sums if (total := sum_ + gains[at(section, 0)]) >= enough]
    return sums


class Best:
    """The best files that were found so far, each by its best section."""

    def __init__(self, limit: int, file_of: Sequence[int], asked: int, floor: int = 0) -> None:
        """``limit`` files are wanted of a query whose weights are ``asked`` together, if they reach a raw score."""
        self._floor = floor
        self._limit = limit
        self._file_of = file_of
        self._asked = asked
        self._ranks: list[int] = []
        """For each file, best first, raw score and section in one number, the larger the better."""

    @property
    def floor(self) -> int:
        """The raw score that a section has to reach to be among these."""
        return max(self._floor, self._ranks[-1] >> _BITS if len(self._ranks) == self._limit else 0)

    def least_told(self, held: int) -> int:
        """What has to be told of a section that holds no more of the query than so much, for it to be among these."""
        return least_told(self.floor, held, self._asked)

    def take(self, sums: Sums) -> None:
        """Take in sections. One that comes again with a smaller sum counts as it came first."""
        asked = self._asked
        ranks = [raw_score(sum_ >> _BITS, sum_ & _LOW, asked) << _BITS | _LOW - section for section, sum_ in sums]
        if not ranks:
            return
        ranks += self._ranks
        wanted = self._limit * _SECTIONS_PER_FILE
        while True:
            files: dict[int, int] = {}
            for rank in nlargest(wanted, ranks):
                files.setdefault(self._file_of[_LOW - (rank & _LOW)], rank)
            if len(files) >= self._limit or wanted >= len(ranks):
                break
            wanted *= _SECTIONS_PER_FILE
        self._ranks = list(files.values())[: self._limit]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Raw score and section, best first."""
        return ((rank >> _BITS, _LOW - (rank & _LOW)) for rank in self._ranks)


def _gains(worth: int) -> list[int]:
    step = worth << _BITS
    return [0, *range(step + worth, step * FULL_IMPACT + worth + 1, step)]
