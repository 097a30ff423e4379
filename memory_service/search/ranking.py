"""The search itself: term by term, first over the generation, then over the files that have changed since.

Sections are scored in a dictionary, beginning with the terms that can tell most. Once so many files have a score that
what is left to be told cannot lift another one above them, no further sections are taken in (the MaxScore rule of
Turtle and Flood, 1995): common words are then looked up for a few sections instead of being summed for thousands.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, reduce
from heapq import nlargest
from operator import and_, or_

from memory_service.domain.search import Hits, Query
from memory_service.search.corrections import corrected
from memory_service.search.layers import Layer
from memory_service.search.postings import Postings
from memory_service.search.queries import Reading, understand
from memory_service.search.scoring import FULL_IMPACT, least_told, most_for, raw_score, share, weight
from memory_service.search.views import View

_SECTIONS_PER_FILE = 4
"""How many of the best sections are looked at first for each file that is wanted; more, where one file has many."""
_LOOK_UP = 8
"""How many steps along a list cost as much as looking up one section in it."""
_BITS = 32
"""A sum is two in one number, which costs no more than one to add up: in the last so many bits the weight of what a
section holds of the query (below 2^25 for all terms that a query can have), and above them what that tells of it."""
_HELD = (1 << _BITS) - 1


def search(view: View, query: Query) -> Hits:
    """The best hits for a query: by descending score, then by path; of each file its best section."""
    reading = understand(query.text)
    layers = _layers(view, reading, query)
    missing = [word for word, files in zip(reading.words, _held(layers), strict=False) if not files]
    reading, corrections = corrected(reading, missing, view.terms, view.files_with)
    if corrections:
        layers = _layers(view, reading, query)
    weights = [times * weight(files, view.count) for times, files in zip(reading.times, _held(layers), strict=True)]
    asked = sum(weights)
    found = [best for layer in layers for best in layer.best(weights, query.skip + query.limit)]
    found.sort(key=lambda best: (-best[0], best[1].paths[best[1].file_of[best[2]]]))
    return Hits(
        hits=tuple(
            layer.hit(section, share(raw, asked), reading.written)
            for raw, layer, section in found[query.skip : query.skip + query.limit]
        ),
        total=sum(layer.total() for layer in layers),
        terms=reading.terms,
        corrections=corrections,
    )


def _layers(view: View, reading: Reading, query: Query) -> list["_Search"]:
    return [
        _Search(view.generation, view.kept, reading, query),
        _Search(view.overlay, view.overlay.facts.all, reading, query),
    ]


def _held(layers: list["_Search"]) -> list[int]:
    """How many files hold each of the terms and phrases."""
    return list(map(sum, zip(*(layer.counts() for layer in layers), strict=True)))


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
        asked, file_of = sum(weights), self._layer.file_of
        lists = sorted(zip(weights, self._lists, strict=True), key=lambda item: item[0] * item[1].peak, reverse=True)
        left = sum(_sum(worth, postings.peak) for worth, postings in lists)
        sums = dict.fromkeys(self._begins(), 0)
        for worth, postings in lists:
            reach = _raw(left, asked)
            floor = _floor(sums, file_of, asked, limit, reach)
            if self._phrases or floor > reach:
                least = (least_told(floor, asked) << _BITS) - left
                sums = {section: so_far for section, so_far in sums.items() if so_far >= least}
                _add(sums, worth, postings.sections, postings.impacts)
            else:
                sums = _united(sums, self._gains(worth, postings))
            left -= _sum(worth, postings.peak)
        return [(raw, self._layer, section) for raw, section in _best(sums, file_of, asked, limit)]

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
            gains = dict(zip(sections, _all_sums(worth, impacts), strict=True))
            for section in self._left_out:
                gains.pop(section, None)
            return gains
        if asked * _LOOK_UP <= len(sections):
            gains = dict.fromkeys(self._sections, 0)
            _add(gains, worth, sections, impacts)
            return {section: gain for section, gain in gains.items() if gain}
        marks = self._marks
        return {
            section: gain
            for section, gain in zip(sections, _all_sums(worth, impacts), strict=True)
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


def _sum(worth: int, impact: int) -> int:
    """What one term or phrase adds to a sum."""
    return worth * impact << _BITS | worth if impact else 0


def _all_sums(worth: int, impacts: bytes) -> Iterable[int]:
    """``_sum`` for each impact, looked up where there are more of them than can differ."""
    if len(impacts) <= FULL_IMPACT:
        return [_sum(worth, impact) for impact in impacts]
    return map([_sum(worth, impact) for impact in range(FULL_IMPACT + 1)].__getitem__, impacts)


def _raw(so_far: int, asked: int) -> int:
    return raw_score(so_far >> _BITS, so_far & _HELD, asked)


def _united(sums: dict[int, int], gains: dict[int, int]) -> dict[int, int]:
    """Sums with what they gain; sections that had none are taken in."""
    more, fewer = (gains, sums) if len(gains) > len(sums) else (sums, gains)
    so_far = more.get
    for section, gain in fewer.items():
        more[section] = so_far(section, 0) + gain
    return more


def _add(sums: dict[int, int], worth: int, sections: "array[int]", impacts: bytes) -> None:
    """Add a list of some weight to the sums of the sections that have one."""
    if len(sums) * _LOOK_UP > len(sections):
        for section, gain in zip(sections, _all_sums(worth, impacts), strict=True):
            if section in sums:
                sums[section] += gain
        return
    for section in sums:
        place = bisect_left(sections, section)
        if place < len(sections) and sections[place] == section:
            sums[section] += _sum(worth, impacts[place])


def _best(sums: Mapping[int, int], file_of: Sequence[int], asked: int, limit: int) -> list[tuple[int, int]]:
    """The best section of each of the ``limit`` best files, best first: raw score and section."""
    least = least_told(_floor(sums, file_of, asked, limit), asked) << _BITS
    return _files(sums, least, file_of, asked)[:limit]


def _floor(sums: Mapping[int, int], file_of: Sequence[int], asked: int, limit: int, above: int = 0) -> int:
    """A raw score that ``limit`` files reach; 0 when there are not so many, or when no score is above so much."""
    if most_for(max(sums.values(), default=0) >> _BITS, asked) <= above:
        return 0
    wanted = limit * _SECTIONS_PER_FILE
    while True:
        files = _files(sums, min(nlargest(wanted, sums.values())), file_of, asked)
        if len(files) >= limit:
            return files[limit - 1][0]
        if wanted >= len(sums):
            return 0
        wanted *= _SECTIONS_PER_FILE


def _files(sums: Mapping[int, int], least: int, file_of: Sequence[int], asked: int) -> list[tuple[int, int]]:
    """The best section of each file, best first, of those with so large a sum: raw score and section."""
    files: dict[int, tuple[int, int]] = {}
    sections = [section for section, so_far in sums.items() if so_far >= least]
    for raw, section in sorted((-_raw(sums[section], asked), section) for section in sections):
        files.setdefault(file_of[section], (-raw, section))
    return list(files.values())
