"""Documents in memory, looked through one by one: the files that have changed since a generation was made."""

from array import array
from collections.abc import Iterable

from memory_service.domain.search import Hit
from memory_service.search.documents import Document
from memory_service.search.layers import GAP, Layer
from memory_service.search.postings import Postings


class Overlay(Layer):
    """A layer that costs nothing to make, and to search in proportion to its size."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents = sorted(documents, key=lambda document: document.path)
        self._parts = [part for document in self._documents for part in document.parts]
        self._impacts = [part.impacts for part in self._parts]
        self._shifts: list[int] = []
        """For each section, where its file begins on the line of all words: a document counts its own from 0."""
        files = []
        begin = 0
        for document in self._documents:
            files.append((document.path.text, [begin + part.position for part in document.parts]))
            self._shifts += [begin] * len(document.parts)
            begin += document.end + GAP
        super().__init__(files)

    def term(self, term: str) -> Postings:
        """Where a term stands, in texts and titles."""
        sections = [section for section, impacts in enumerate(self._impacts) if term in impacts]
        told = bytes(self._impacts[section][term] for section in sections)
        return Postings(array("I", sections), told, self.files(sections))

    def places(self, term: str) -> "array[int]":
        """Where a term stands on the line of all words, ascending."""
        standing = [(part.places.get(term, ()), shift) for part, shift in zip(self._parts, self._shifts, strict=True)]
        return array("I", [shift + place for places, shift in standing for place in places])

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
