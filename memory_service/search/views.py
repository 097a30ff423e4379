"""An index at one commit: a generation on disk, and over it the files that have changed since."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from memory_service.domain.ids import BlobId, CommitId
from memory_service.domain.paths import MemoryPath
from memory_service.search.documents import Document
from memory_service.search.generations import Generation
from memory_service.search.overlays import Overlay
from memory_service.search.postings import file_set

MANY_CHANGES = 500
MANY_CHANGES_SHARE = 20
"""More than ``MANY_CHANGES`` files and more than one in ``MANY_CHANGES_SHARE`` changed: time for a new generation."""


@dataclass(frozen=True)
class View:
    """Immutable: a change makes another view, which shares with this one what stayed."""

    commit: CommitId
    generation: Generation
    kept: int
    """The files of the generation that are as they were, as the bits of a number."""
    documents: Mapping[MemoryPath, Document]
    """The files that are not in the generation, or no more as they were."""

    @classmethod
    def of(cls, generation: Generation) -> "View":
        """A generation as it is."""
        return cls(generation.commit, generation, generation.facts.all, {})

    def after(self, commit: CommitId, documents: Iterable[Document], gone: Iterable[MemoryPath]) -> "View":
        """This view with other documents, as of a later commit."""
        written = {document.path: document for document in documents}
        removed = set(gone)
        numbers = [number for number in map(self.generation.facts.file, removed | written.keys()) if number is not None]
        present = dict(self.documents)
        for path in removed:
            present.pop(path, None)
        return View(
            commit=commit,
            generation=self.generation,
            kept=self.kept & ~file_set(numbers, len(self.generation.paths)),
            documents=present | written,
        )

    @cached_property
    def overlay(self) -> Overlay:
        """The documents, to be searched."""
        return Overlay(self.documents.values())

    def terms(self, prefix: str) -> set[str]:
        """All terms that begin in some way, and some that began so in files that are no more."""
        return {*self.generation.terms(prefix), *self.overlay.terms(prefix)}

    def files_with(self, term: str) -> int:
        """How many files hold a term."""
        kept = self.generation.term(term).files & self.kept
        return kept.bit_count() + self.overlay.term(term).files.bit_count()

    @cached_property
    def size(self) -> int:
        """Bytes of memory, about."""
        return self.generation.size + sum(document.size for document in self.documents.values())

    @property
    def count(self) -> int:
        """How many files there are."""
        return self.kept.bit_count() + len(self.documents)

    @property
    def stale(self) -> bool:
        """Whether so much has changed that a new generation is worth its making."""
        files = len(self.generation.paths)
        changes = max(files - self.kept.bit_count(), len(self.documents))
        return changes > max(MANY_CHANGES, files // MANY_CHANGES_SHARE)

    def files(self) -> Iterator[tuple[MemoryPath, BlobId]]:
        """Path and blob of every file."""
        yield from (
            (path, blob) for number, (path, blob) in enumerate(self.generation.blobs()) if self.kept >> number & 1
        )
        yield from ((path, document.blob) for path, document in self.documents.items())
