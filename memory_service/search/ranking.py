"""The search itself: term by term, first over the generation, then over the files that have changed since.

Sections are scored in a dictionary, beginning with the terms that can tell most. Once so many files have a score that
what is left to be told cannot lift another one above them, no further sections are taken in (the MaxScore rule of
Turtle and Flood, 1995): common words are then looked up for a few sections instead of being summed for thousands.
"""

from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cached_property, reduce
from heapq import nlargest
from operator import and_, or_

from memory_service.domain.search import Hits, Query
from memory_service.search.layers import Layer
from memory_service.search.postings import Postings
from memory_service.search.queries import Reading, understand
from memory_service.search.scoring import share, weight
from memory_service.search.views import View

_SECTIONS_PER_FILE = 4
"""How many of the best sections are looked at first for each file that is wanted; more, where one file has many."""
_LOOK_UP = 8
"""How many steps along a list cost as much as looking up one section in it."""


def search(view: View, query: Query) -> Hits:
    """The best hits for a query: by descending score, then by path; of each file its best section."""
    reading = understand(query.text)
    layers = [
        _Search(view.generation, view.kept, reading, query),
        _Search(view.overlay, view.overlay.facts.all, reading, query),
    ]
    weights = [weight(sum(held), view.count) for held in zip(*(layer.counts() for layer in layers), strict=True)]
    found = [best for layer in layers for best in layer.best(weights, query.skip + query.limit)]
    found.sort(key=lambda best: (-best[0], best[1].paths[best[1].file_of[best[2]]]))
    return Hits(
        hits=tuple(
            layer.hit(section, share(raw, sum(weights)), reading.written)
            for raw, layer, section in found[query.skip : query.skip + query.limit]
        ),
        total=sum(layer.total() for layer in layers),
        terms=reading.terms,
    )


class _Search:
    """One query in one layer."""

    def __init__(self, layer: Layer, kept: int, reading: Reading, query: Query) -> None:
        """``kept`` are the files that still count, as the bits of a number."""
        self._layer = layer
        self._kept = kept
        self._below = layer.facts.within(query.folder)
        self._asked = layer.facts.chosen(query) & kept
        """The files that the query asks of."""
        self._phrases = [layer.phrase(phrase) for phrase in reading.phrases]
        self._lists = [*map(layer.term, reading.terms), *self._phrases]

    def counts(self) -> list[int]:
        """How many files hold each of the terms and phrases, whether the query asks of them or not."""
        return [(postings.files & self._kept).bit_count() for postings in self._lists]

    def total(self) -> int:
        """How many files answer the query."""
        return self._files().bit_count()

    def best(self, weights: Sequence[int], limit: int) -> list[tuple[int, Layer, int]]:
        """The best of the files that answer: raw score, layer and section."""
        lists = sorted(zip(weights, self._lists, strict=True), key=lambda item: item[0] * item[1].peak, reverse=True)
        left = sum(worth * postings.peak for worth, postings in lists)
        scores = dict.fromkeys(self._begins(), 0)
        best: list[tuple[int, int]] = []
        for worth, postings in lists:
            if self._phrases or (best and len(best) == limit and best[-1][0] > left):
                if best:
                    scores = {section: raw for section, raw in scores.items() if raw + left >= best[-1][0]}
                _add(scores, worth, postings.sections, postings.impacts)
            else:
                scores = _united(scores, self._gains(worth, postings))
            left -= worth * postings.peak
            best = _best(scores, self._layer.file_of, limit)
        return [(raw, self._layer, section) for raw, section in best]

    def _files(self) -> int:
        """The files that answer: they hold all phrases, or any term where there is no phrase."""
        if self._phrases:
            return reduce(and_, (postings.files for postings in self._phrases), self._asked)
        return reduce(or_, (postings.files for postings in self._lists), 0) & self._asked

    def _begins(self) -> set[int]:
        """The sections where phrases begin, in files that hold all of them."""
        files, file_of = self._files(), self._layer.file_of
        begins = {section for postings in self._phrases for section in postings.sections}
        return {section for section in begins if files >> file_of[section] & 1}

    def _gains(self, worth: int, postings: Postings) -> dict[int, int]:
        """What a list of some weight adds to the scores of sections that the query asks of.

        Whatever the filters, that takes no longer than it takes to add up the whole list.
        """
        starts, file_of = self._layer.starts, self._layer.file_of
        first, last = starts[self._below.start], starts[self._below.stop]
        span = slice(bisect_left(postings.sections, first), bisect_left(postings.sections, last))
        sections, impacts = postings.sections[span], postings.impacts[span]
        asked = self._asked.bit_count() * len(file_of) // len(self._layer.paths) if sections else 0
        if (last - first - asked) * _LOOK_UP <= len(sections):
            gains = dict(zip(sections, map(worth.__mul__, impacts), strict=True))
            for section in self._left_out:
                gains.pop(section, None)
            return gains
        if asked * _LOOK_UP <= len(sections):
            gains = dict.fromkeys(self._sections, 0)
            _add(gains, worth, sections, impacts)
            return {section: raw for section, raw in gains.items() if raw}
        marks = self._marks
        return {
            section: worth * impact
            for section, impact in zip(sections, impacts, strict=True)
            if marks[file_of[section]] == "1"
        }

    @cached_property
    def _marks(self) -> str:
        """For each file whether the query asks of it."""
        return f"{self._asked:0{len(self._layer.paths)}b}"[::-1]

    @cached_property
    def _sections(self) -> list[int]:
        """The sections of the files that the query asks of."""
        return self._layer.sections(self._asked)

    @cached_property
    def _left_out(self) -> list[int]:
        """The other sections below the folder."""
        return self._layer.sections(((1 << self._below.stop) - (1 << self._below.start)) & ~self._asked)


def _united(scores: dict[int, int], gains: dict[int, int]) -> dict[int, int]:
    """Scores with what they gain; sections that had none are taken in."""
    more, fewer = (gains, scores) if len(gains) > len(scores) else (scores, gains)
    so_far = more.get
    for section, raw in fewer.items():
        more[section] = so_far(section, 0) + raw
    return more


def _add(scores: dict[int, int], worth: int, sections: "array[int]", impacts: bytes) -> None:
    """Add a list of some weight to the scores of the sections that have one."""
    if len(scores) * _LOOK_UP > len(sections):
        for section, impact in zip(sections, impacts, strict=True):
            if section in scores:
                scores[section] += worth * impact
        return
    for section in scores:
        place = bisect_left(sections, section)
        if place < len(sections) and sections[place] == section:
            scores[section] += worth * impacts[place]


def _best(scores: Mapping[int, int], file_of: Sequence[int], limit: int) -> list[tuple[int, int]]:
    """The best section of each of the ``limit`` best files, best first: raw score and section."""
    wanted = limit * _SECTIONS_PER_FILE
    while True:
        threshold = min(nlargest(wanted, scores.values()), default=0)
        candidates = sorted((-raw, section) for section, raw in scores.items() if raw >= threshold)
        files: dict[int, tuple[int, int]] = {}
        for raw, section in candidates:
            files.setdefault(file_of[section], (-raw, section))
        if len(files) >= limit or len(candidates) == len(scores):
            return list(files.values())[:limit]
        wanted *= _SECTIONS_PER_FILE
