"""Documents in memory, looked through one by one: the files that have changed since a generation was made."""

from array import array
from collections.abc import Iterable, Iterator, Sequence

from memory_service.domain.search import Hit
from memory_service.search.documents import Document
from memory_service.search.layers import Layer
from memory_service.search.postings import Postings


class Overlay(Layer):
    """A layer that costs nothing to make, and to search in proportion to its size."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents = sorted(documents, key=lambda document: document.path)
        self._parts = [part for document in self._documents for part in document.parts]
        self._impacts = [part.impacts for part in self._parts]
        super().__init__((document.path.text, [part.length for part in document.parts]) for document in self._documents)

    def term(self, term: str) -> Postings:
        """Where a term stands, in texts and titles."""
        sections = [section for section, impacts in enumerate(self._impacts) if term in impacts]
        told = bytes(self._impacts[section][term] for section in sections)
        return self.postings(array("I", sections), told)

    def occurrences(self, words: Sequence[str], files: Iterable[int]) -> Iterator[int]:
        """Where some words stand one after another in some files, counted through all files."""
        wanted = tuple(words)
        for number in files:
            line, begin = self._documents[number].words, self.span(number)[0]
            for place, word in enumerate(line):
                if word == wanted[0] and line[place : place + len(wanted)] == wanted:
                    yield begin + place

    def hit(self, section: int, score: float) -> Hit:
        """A section as a hit."""
        document, part = self._documents[self.file_of[section]], self._parts[section]
        return Hit(
            path=document.path,
            blob=document.blob,
            updated_at=document.updated_at,
            score=score,
            title=document.title,
            heading=part.heading,
            start_line=part.start_line,
            end_line=part.end_line,
        )
