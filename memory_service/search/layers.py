"""A set of documents that can be ranked: files in order of path, cut into sections that are numbered through.

Because of that order a folder is a range of numbers, and equal scores are told in order of their numbers.
"""

from abc import ABC, abstractmethod
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import accumulate, chain, repeat
from operator import and_, itemgetter

from memory_service.domain.ids import BlobId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import Hit
from memory_service.search.filters import FileFacts
from memory_service.search.postings import Postings, file_set, numbers_of
from memory_service.search.queries import Phrase
from memory_service.search.scoring import phrase_impact


class Layer(ABC):
    """Immutable, and safe for any number of threads."""

    def __init__(self, facts: FileFacts, lengths: Sequence[Sequence[int]]) -> None:
        """``lengths``: for each file how many words its sections have."""
        self.facts = facts
        self.paths = facts.paths
        """Files are numbered by it, from 0."""
        counts = list(map(len, lengths))
        self.starts = array("I", accumulate(counts, initial=0))
        """The number of the first section of each file, and the number of all sections."""
        self.file_of = array("I", chain.from_iterable(map(repeat, range(len(counts)), counts)))
        """The number of the file of each section."""
        self.positions = array("I", accumulate(chain.from_iterable(lengths), initial=0))
        """Where each section begins when the words of all files are counted through, and where the last one ends."""

    @abstractmethod
    def blobs(self) -> Iterator[tuple[MemoryPath, BlobId]]:
        """Path and blob of every file, in order of path."""

    @abstractmethod
    def term(self, term: str) -> Postings:
        """Where a term stands, in texts and titles."""

    @abstractmethod
    def terms(self, prefix: str) -> Iterable[str]:
        """All terms that begin in some way, ascending."""

    @abstractmethod
    def occurrences(self, words: Sequence[str], files: Iterable[int]) -> Iterable[int]:
        """Where some words stand one after another in some files, counted through all files."""

    @abstractmethod
    def hit(self, section: int, score: float, matched: tuple[str, ...]) -> Hit:
        """A section as a hit."""

    def span(self, number: int) -> tuple[int, int]:
        """Where a file begins and ends when the words of all files are counted through."""
        return self.positions[self.starts[number]], self.positions[self.starts[number + 1]]

    def sections(self, files: int) -> list[int]:
        """The sections of a set of files."""
        ranges = (range(self.starts[number], self.starts[number + 1]) for number in numbers_of(files))
        return list(chain.from_iterable(ranges))

    def phrase(self, phrase: Phrase) -> Postings:
        """Where a phrase begins."""
        files = reduce(and_, (self.term(term).files for term in phrase.terms))
        begins = self.occurrences(phrase.words, numbers_of(files))
        counts = sorted(Counter(bisect_right(self.positions, begin) - 1 for begin in begins).items())
        sections = array("I", map(itemgetter(0), counts))
        return self.postings(sections, bytes(phrase_impact(count) for _, count in counts))

    def postings(self, sections: "array[int]", impacts: bytes) -> Postings:
        """What is known of a term or phrase that tells so much of some sections."""
        files = file_set(map(self.file_of.__getitem__, sections), len(self.paths))
        return Postings(sections, impacts, files, max(impacts, default=0), len(self.file_of))
