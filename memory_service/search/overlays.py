"""Documents in memory: the files that have changed since a generation was made."""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, partial
from itertools import compress, count, islice, repeat, takewhile
from operator import contains

from memory_service.domain.ids import BlobId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import Hit
from memory_service.search.documents import Document
from memory_service.search.filters import FileFacts
from memory_service.search.layers import Layer
from memory_service.search.postings import Postings
from memory_service.search.scoring import FULL_IMPACT

_WASTE = 2
"""How many times as many documents are held as are left of them, at most."""
_PER_TERM = 200
"""Bytes of a term and of its array, about, without what it tells."""
_SECTION, _DOCUMENT = 8, 40
"""Where in a number that stands for an impact the section begins, and the document."""
_WITHIN = (1 << _DOCUMENT) - 1


class Overlay(Layer):
    """A layer that looks through its documents one by one: made in no time, and searched in proportion to its size."""

    def __init__(self, documents: Iterable[Document] = ()) -> None:
        self.documents = sorted(documents, key=lambda document: document.path.text)
        self._terms = [document.terms for document in self.documents]
        facts = FileFacts(
            [document.path.text for document in self.documents],
            [document.updated_at for document in self.documents],
            [document.tags for document in self.documents],
        )
        super().__init__(
            facts,
            [[part.length for part in document.parts] for document in self.documents],
        )
        self.size = sum(document.size for document in self.documents)
        """Bytes of memory, about."""

    def blobs(self) -> Iterator[tuple[MemoryPath, BlobId]]:
        """Path and blob of every file, in order of path."""
        return ((document.path, document.blob) for document in self.documents)

    def term(self, term: str) -> Postings:
        """Where a term stands, in texts and titles."""
        found = [
            (section, impacts[term])
            for number in compress(count(), map(contains, self._terms, repeat(term)))
            for section, impacts in enumerate(self.documents[number].impacts, self.starts[number])
            if term in impacts
        ]
        return self.postings(array("I", [section for section, _ in found]), bytes(impact for _, impact in found))

    def terms(self, prefix: str) -> Iterator[str]:
        """All terms that begin in some way, ascending."""
        following = islice(self._all_terms, bisect_left(self._all_terms, prefix), None)
        return takewhile(lambda term: term.startswith(prefix), following)

    @cached_property
    def _all_terms(self) -> list[str]:
        """Ascending."""
        return sorted(set().union(*self._terms))

    def occurrences(self, words: Sequence[str], files: Iterable[int]) -> Iterator[int]:
        """Where some words stand one after another in some files, counted through all files."""
        wanted = tuple(words)
        for number in files:
            line, begin = self.documents[number].words, self.span(number)[0]
            for place, word in enumerate(line):
                if word == wanted[0] and line[place : place + len(wanted)] == wanted:
                    yield begin + place

    def hit(self, section: int, score: float, matched: tuple[str, ...]) -> Hit:
        """A section as a hit."""
        number = self.file_of[section]
        document = self.documents[number]
        part = document.parts[section - self.starts[number]]
        return Hit(
            path=document.path,
            blob=document.blob,
            updated_at=document.updated_at,
            score=score,
            title=document.title,
            heading=part.heading,
            start_line=part.start_line,
            end_line=part.end_line,
            matched=matched,
        )


class Run:
    """What the terms of some documents tell, as they came together."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = documents
        self.told: dict[str, array[int]] = defaultdict(partial(array, "Q"))
        """Term → document, section of it and impact in one number."""
        for nth, document in enumerate(documents):
            for section, impacts in enumerate(document.impacts):
                above = nth << _DOCUMENT | section << _SECTION
                for term, impact in impacts.items():
                    self.told[term].append(above | impact)
        self.size = sum(document.size for document in documents) + _PER_TERM * len(self.told)
        """Bytes of memory, about."""


class Settled(Overlay):
    """An overlay that finds its documents by their terms. Those that join it are looked through then; all of them, only
    when most of what it holds is no more as it was."""

    def __init__(self, documents: Sequence[Document] = (), runs: Sequence[Run] = ()) -> None:
        super().__init__(documents)
        begins = {id(document): start << _SECTION for document, start in zip(self.documents, self.starts, strict=False)}
        self._runs = [(run, [begins.get(id(document)) for document in run.documents]) for run in runs]
        """With where the sections of each document of a run begin here, None for one that is no more."""
        self.size = sum(run.size for run in runs)

    @property
    def runs(self) -> Sequence[Run]:
        """What it is made of, and shares with overlays that came of it."""
        return [run for run, _ in self._runs]

    def joined(self, live: Sequence[Document], later: Sequence[Document]) -> "Settled":
        """What still counts of this overlay, and further documents."""
        known = set(map(id, live))
        runs = [run for run in self.runs if not known.isdisjoint(map(id, run.documents))]
        if sum(len(run.documents) for run in runs) > _WASTE * len(live):
            runs = [Run(live)]
        return Settled([*live, *later], [*runs, Run(later)])

    def term(self, term: str) -> Postings:
        """Where a term stands, in texts and titles."""
        found = sorted(
            begin + (told & _WITHIN)
            for run, begins in self._runs
            for told in run.told.get(term, ())
            if (begin := begins[told >> _DOCUMENT]) is not None
        )
        sections = array("I", [told >> _SECTION for told in found])
        return self.postings(sections, bytes(told & FULL_IMPACT for told in found))
