"""Documents in memory, looked through one by one: the files that have changed since a generation was made."""

from array import array
from collections.abc import Iterable, Iterator, Sequence

from memory_service.domain.search import Hit
from memory_service.search.documents import Document
from memory_service.search.filters import FileFacts
from memory_service.search.layers import Layer
from memory_service.search.postings import Postings


class Overlay(Layer):
    """A layer that costs nothing to make, and to search in proportion to its size."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents = sorted(documents, key=lambda document: document.path.text)
        facts = FileFacts(
            [document.path.text for document in self._documents],
            [document.updated_at for document in self._documents],
            [document.tags for document in self._documents],
        )
        super().__init__(
            facts,
            [[part.length for part in document.parts] for document in self._documents],
        )

    def term(self, term: str) -> Postings:
        """Where a term stands, in texts and titles."""
        found = [
            (section, impacts[term])
            for document, start in zip(self._documents, self.starts, strict=False)
            if term in document.terms
            for section, impacts in enumerate(document.impacts, start)
            if term in impacts
        ]
        return self.postings(array("I", [section for section, _ in found]), bytes(impact for _, impact in found))

    def terms(self, prefix: str) -> set[str]:
        """All terms that begin in some way."""
        return {term for document in self._documents for term in document.terms if term.startswith(prefix)}

    def occurrences(self, words: Sequence[str], files: Iterable[int]) -> Iterator[int]:
        """Where some words stand one after another in some files, counted through all files."""
        wanted = tuple(words)
        for number in files:
            line, begin = self._documents[number].words, self.span(number)[0]
            for place, word in enumerate(line):
                if word == wanted[0] and line[place : place + len(wanted)] == wanted:
                    yield begin + place

    def hit(self, section: int, score: float, matched: tuple[str, ...]) -> Hit:
        """A section as a hit."""
        number = self.file_of[section]
        document = self._documents[number]
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
