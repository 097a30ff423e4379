"""The search itself: term by term, first over the generation, then over the files that have changed since."""

from collections.abc import Iterable, Sequence
from functools import cached_property, reduce
from itertools import repeat
from operator import and_, or_

from memory_service.domain.search import Hit, Hits, Query
from memory_service.search.corrections import mended
from memory_service.search.layers import Layer
from memory_service.search.queries import Reading, Word, missing_phrases, understand
from memory_service.search.scoring import share, weight
from memory_service.search.selection import Best, Sums, Term, added, first_looked_at, terms_of
from memory_service.search.views import View

_LOOK_UP = 8
"""How many steps along a list cost as much as looking up one section in it."""


def search(view: View, query: Query) -> Hits:
    """The best hits for a query: by descending score, then by path; of each file its best section."""
    reading = understand(query.text)
    layers = _layers(view, reading, query)
    held = _held(layers)
    reading, corrections = mended(reading, held, _Vocabulary(view))
    if corrections:
        layers = _layers(view, reading, query)
        held = _held(layers)
    weights = [times * weight(files, view.count) for times, files in zip(reading.times, held, strict=True)]
    asked = sum(weights)
    best = _best(layers, weights, query.skip + query.limit)
    return Hits(
        hits=tuple(layer.hit(section, share(raw, asked)) for raw, section, layer in best[query.skip :]),
        total=sum(layer.total() for layer in layers),
        terms=reading.terms,
        corrections=corrections,
        missing_phrase=next((phrase.written for phrase in missing_phrases(reading, held)), None),
    )


class _Vocabulary:
    """What corrections know of a view."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.terms, self.files_with = view.terms, view.files_with

    def example(self, term: str) -> Hit:
        layers = _layers(self._view, Reading((Word(term, term),), ()), Query(text=term, limit=1))
        ((_, section, layer),) = _best(layers, [1], 1)
        return layer.hit(section, 1)


def _layers(view: View, reading: Reading, query: Query) -> list["_Search"]:
    return [_Search(live.layer, live.files, reading, query) for live in view.layers]


def _best(layers: list["_Search"], weights: Sequence[int], limit: int) -> list[tuple[int, int, "_Search"]]:
    """Raw score, section and layer of the best files of all layers, best first."""
    found: list[tuple[int, str, int, _Search]] = []
    floor = 0
    for layer in layers:
        best = layer.best(weights, limit, floor)
        found += ((-raw, layer.path(section), section, layer) for raw, section in best)
        floor = best.floor
    found.sort()
    return [(-raw, section, layer) for raw, _, section, layer in found[:limit]]


def _held(layers: list["_Search"]) -> list[int]:
    """How many files hold each of the terms and phrases."""
    return list(map(sum, zip(*(layer.counts() for layer in layers), strict=True)))


class _Search:
    """One query in one layer."""

    def __init__(self, layer: Layer, live: int, reading: Reading, query: Query) -> None:
        """``live`` are the files that still count, as the bits of a number."""
        self._layer = layer
        self._live = live
        self._below = layer.facts.within(query.folder)
        self._asked = layer.facts.chosen(query) & live
        """The files that the query asks of."""
        self._words = reading.words
        self._phrases = [layer.phrase(phrase) for phrase in reading.phrases]
        self._lists = [*map(layer.term, reading.terms), *self._phrases]

    def counts(self) -> list[int]:
        """How many files hold each of the terms and phrases, whether the query asks of them or not."""
        return [(postings.files & self._live).bit_count() for postings in self._lists]

    def total(self) -> int:
        """How many files answer the query."""
        return self._files().bit_count()

    def path(self, section: int) -> str:
        """The path of the file of a section."""
        return self._layer.paths[self._layer.file_of[section]]

    def hit(self, section: int, score: float) -> Hit:
        """A section as a hit."""
        told = zip(self._words, self._lists, strict=False)
        return self._layer.hit(section, score, tuple(word.written for word, held in told if held.holds(section)))

    def best(self, weights: Sequence[int], limit: int, floor: int) -> Best:
        """The best of the files that answer; of those that do not reach a raw score some may be missing."""
        terms = terms_of(weights, self._lists)
        best = Best(limit, self._layer.file_of, sum(weights), floor)
        if self._phrases:
            best.take(added(_unscored(self._begins()), terms))
        elif self._asked_sections * _LOOK_UP <= sum(len(term.postings.sections) for term in terms):
            sections = self._layer.sections(self._asked)
            best.take(found for found in added(_unscored(sections), terms) if found[1])
        else:
            self._go_through(terms, best)
        return best

    def _go_through(self, terms: Sequence[Term], best: Best) -> None:
        """Take the sections of the files that the query asks of, list by list."""
        starts = self._layer.starts
        begin, end = starts[self._below.start], starts[self._below.stop]
        if not best.floor:
            best.take(self._asked_of(added(_unscored(first_looked_at(terms)), terms)))
        for nth, term in enumerate(terms, 1):
            least = best.least_told(term.held)
            best.take(self._asked_of(added(term.sums(least, begin, end), terms[nth:], least)))

    def _asked_of(self, sums: Sums) -> Sums:
        """Those that are in files that the query asks of."""
        if self._asked == self._layer.facts.all:
            return sums
        marks, file_of = self._marks, self._layer.file_of
        return (found for found in sums if marks[file_of[found[0]]] == "1")

    @property
    def _asked_sections(self) -> int:
        """About how many sections there are in the files that the query asks of."""
        return self._asked.bit_count() * len(self._layer.file_of) // max(1, len(self._layer.paths))

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

    @cached_property
    def _marks(self) -> str:
        """For each file whether the query asks of it."""
        return f"{self._asked:0{len(self._layer.paths)}b}"[::-1]


def _unscored(sections: Iterable[int]) -> Sums:
    return zip(sections, repeat(0))
