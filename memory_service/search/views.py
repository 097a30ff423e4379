"""An index at one commit: a generation on disk, and over it the files that have changed since."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from memory_service.domain.ids import BlobId, CommitId
from memory_service.domain.paths import MemoryPath
from memory_service.search.documents import Document
from memory_service.search.generations import Generation
from memory_service.search.overlays import Overlay

MANY_CHANGES = 500
MANY_CHANGES_SHARE = 20
"""More than ``MANY_CHANGES`` files and more than one in ``MANY_CHANGES_SHARE`` changed: time for a new generation."""


@dataclass(frozen=True)
class View:
    """Immutable: a change makes another view, which shares with this one what stayed."""

    commit: CommitId
    generation: Generation
    changed: Mapping[MemoryPath, Document | None] = field(default_factory=dict)
    """The files that are not as in the generation; None where one is gone."""

    def after(self, commit: CommitId, documents: Iterable[Document], gone: Iterable[MemoryPath]) -> "View":
        """This view with other documents, as of a later commit."""
        changed = {**self.changed, **dict.fromkeys(gone), **{document.path: document for document in documents}}
        return View(commit, self.generation, changed)

    @cached_property
    def overlay(self) -> Overlay:
        """The changed files that are there."""
        return Overlay(document for document in self.changed.values() if document)

    @cached_property
    def replaced(self) -> list[int]:
        """The numbers of the files of the generation that are changed or gone."""
        return [number for number in map(self.generation.file, self.changed) if number is not None]

    @cached_property
    def dead(self) -> frozenset[int]:
        """The sections of those files."""
        starts = self.generation.starts
        return frozenset(chain.from_iterable(range(starts[number], starts[number + 1]) for number in self.replaced))

    @cached_property
    def kept(self) -> int:
        """The other files of the generation, as the bits of a number."""
        kept = (1 << len(self.generation.paths)) - 1
        for number in self.replaced:
            kept ^= 1 << number
        return kept

    @property
    def count(self) -> int:
        """How many files there are."""
        return len(self.generation.paths) - len(self.replaced) + len(self.overlay.paths)

    @property
    def stale(self) -> bool:
        """Whether so much has changed that a new generation is worth its making."""
        return len(self.changed) > max(MANY_CHANGES, len(self.generation.paths) // MANY_CHANGES_SHARE)

    def files(self) -> Iterator[tuple[MemoryPath, BlobId]]:
        """Path and blob of every file."""
        yield from ((path, blob) for path, blob in self.generation.blobs() if path not in self.changed)
        yield from ((document.path, document.blob) for document in self.changed.values() if document)
