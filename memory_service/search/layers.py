"""A set of documents that can be ranked: files in order of path, cut into sections that are numbered through.

Because of that order a folder is a range of numbers, two equal scores are told in order of their numbers, and all words
of all files have positions on one line, on which a phrase is an intersection.
"""

from abc import ABC, abstractmethod
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from operator import itemgetter

from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import Hit
from memory_service.search.postings import Postings, file_set
from memory_service.search.queries import Phrase
from memory_service.search.scoring import phrase_impact

GAP = 1
"""Positions between two files, so that no phrase reaches from one into the next."""


class Layer(ABC):
    """Immutable, and safe for any number of threads."""

    def __init__(self, files: Iterable[tuple[str, Sequence[int]]]) -> None:
        """``files``: path, and where each section begins on the line of all words; in order of path."""
        self.paths: list[str] = []
        """Files are numbered by it, from 0."""
        self.starts = array("I", [0])
        """The number of the first section of each file, and the number of all sections."""
        self.file_of = array("I")
        """The number of the file of each section."""
        self.positions = array("I")
        """Where each section begins on the line of all words."""
        for number, (path, positions) in enumerate(files):
            self.paths.append(path)
            self.file_of.extend([number] * len(positions))
            self.positions.extend(positions)
            self.starts.append(len(self.positions))

    @abstractmethod
    def term(self, term: str) -> Postings:
        """Where a term stands, in texts and titles."""

    @abstractmethod
    def places(self, term: str) -> Sequence[int]:
        """Where a term stands on the line of all words, ascending."""

    @abstractmethod
    def hit(self, section: int, score: float) -> Hit:
        """A section as a hit."""

    def file(self, path: MemoryPath) -> int | None:
        """The number of a file, None when it is not there."""
        number = bisect_left(self.paths, path.text)
        return number if number < len(self.paths) and self.paths[number] == path.text else None

    def within(self, folder: MemoryPath) -> range:
        """The numbers of the files at or below a path."""
        if folder.is_root:
            return range(len(self.paths))
        number = self.file(folder)
        if number is not None:
            return range(number, number + 1)
        after = folder.text + chr(ord("/") + 1)
        return range(bisect_left(self.paths, folder.text + "/"), bisect_left(self.paths, after))

    def phrase(self, phrase: Phrase) -> Postings:
        """Where a phrase begins."""
        lists = [(self.places(term), offset - phrase[0][1]) for term, offset in phrase]
        lists.sort(key=lambda item: len(item[0]))
        rarest, offset = lists[0]
        begins = [place - offset for place in rarest]
        for places, offset in lists[1:]:
            begins = [begin for begin in begins if _holds(places, begin + offset)]
        counts = sorted(Counter(bisect_right(self.positions, begin) - 1 for begin in begins).items())
        sections = array("I", map(itemgetter(0), counts))
        return Postings(sections, bytes(phrase_impact(count) for _, count in counts), self.files(sections))

    def files(self, sections: Iterable[int]) -> int:
        """The files of some sections, as the bits of a number."""
        return file_set(map(self.file_of.__getitem__, sections), len(self.paths))


def _holds(places: Sequence[int], place: int) -> bool:
    index = bisect_left(places, place)
    return index < len(places) and places[index] == place
