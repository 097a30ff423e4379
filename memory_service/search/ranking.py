"""The search itself: term by term, first over the generation, then over the files that have changed since."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from heapq import nlargest

from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import Hits, Query
from memory_service.search.layers import Layer
from memory_service.search.postings import Postings
from memory_service.search.queries import Reading, understand
from memory_service.search.scoring import FULL_IMPACT, share, weight
from memory_service.search.views import View

_ROOT = MemoryPath("/")
_SECTIONS_PER_FILE = 4
"""How many of the best sections are looked at first for each file that is wanted; more, where one file has many."""


def search(view: View, query: Query) -> Hits:
    """The best hits for a query: by descending score, then by path; of each file its best section."""
    reading = understand(query.text)
    layers = [_Search(view.generation, view.replaced, reading), _Search(view.overlay, (), reading)]
    weights = [weight(sum(held), view.count) for held in zip(*(layer.counts() for layer in layers), strict=True)]
    folder = query.folder or _ROOT
    found = [best for layer in layers for best in layer.best(weights, folder, query.limit)]
    found.sort(key=lambda best: (-best[0], best[1].paths[best[1].file_of[best[2]]]))
    return Hits(
        hits=tuple(layer.hit(section, share(raw, sum(weights))) for raw, layer, section in found[: query.limit]),
        total=sum(layer.total(folder) for layer in layers),
        terms=reading.terms,
    )


class _Search:
    """One query in one layer, some of whose files are replaced by what other layers hold."""

    def __init__(self, layer: Layer, replaced: Sequence[int], reading: Reading) -> None:
        self._layer = layer
        self._replaced = replaced
        self._kept = (1 << len(layer.paths)) - 1
        for number in replaced:
            self._kept ^= 1 << number
        self._phrases = [layer.phrase(phrase) for phrase in reading.phrases]
        self._lists = [*map(layer.term, reading.terms), *self._phrases]

    def counts(self) -> list[int]:
        """How many files hold each of the terms and phrases."""
        return [(postings.files & self._kept).bit_count() for postings in self._lists]

    def total(self, folder: MemoryPath) -> int:
        """How many files below a folder answer the query."""
        below = self._layer.within(folder)
        return (self._files() >> below.start & (1 << len(below)) - 1).bit_count()

    def best(self, weights: Sequence[int], folder: MemoryPath, limit: int) -> list[tuple[int, Layer, int]]:
        """The best files below a folder: raw score, layer and section."""
        scores = self._scores(weights, self._layer.within(folder))
        if self._phrases:
            files = self._files()
            begins = {section for postings in self._phrases for section in postings.sections}
            scores = {
                section: raw
                for section, raw in scores.items()
                if section in begins and files >> self._layer.file_of[section] & 1
            }
        return [(raw, self._layer, section) for raw, section in _best(scores, self._layer.file_of, limit)]

    def _files(self) -> int:
        """The files that answer: they hold all phrases, or any term where there is no phrase."""
        files = self._kept if self._phrases else 0
        for postings in self._phrases or self._lists:
            files = files & postings.files if self._phrases else files | postings.files
        return files & self._kept

    def _scores(self, weights: Sequence[int], files: range) -> dict[int, int]:
        """Section → raw score, of the sections of some files that hold any of the terms and phrases."""
        starts = self._layer.starts
        first, last = starts[files.start], starts[files.stop]
        scores: dict[int, int] = {}
        # The longest list comes first: it fills the dictionary without a loop.
        for worth, postings in sorted(
            zip(weights, self._lists, strict=True), key=lambda item: len(item[1].sections), reverse=True
        ):
            _add(scores, worth, postings, first, last)
        for number in self._replaced:
            for section in range(starts[number], starts[number + 1]):
                scores.pop(section, None)
        return scores


def _add(scores: dict[int, int], worth: int, postings: Postings, first: int, last: int) -> None:
    """Add what a term or phrase of some weight tells of the sections from ``first`` to before ``last``."""
    span = slice(bisect_left(postings.sections, first), bisect_left(postings.sections, last))
    sections, impacts = postings.sections[span], postings.impacts[span]
    gains = [worth * impact for impact in range(FULL_IMPACT + 1)]
    if not scores:
        scores.update(zip(sections, map(gains.__getitem__, impacts), strict=True))
        return
    so_far = scores.get
    for section, impact in zip(sections, impacts, strict=True):
        scores[section] = so_far(section, 0) + gains[impact]


def _best(scores: Mapping[int, int], file_of: Sequence[int], limit: int) -> list[tuple[int, int]]:
    """The best section of each of the ``limit`` best files: raw score and section."""
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
