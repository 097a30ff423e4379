"""An index at one commit: a generation on disk, and over it the files that have changed since."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import merge
from itertools import chain, groupby
from operator import itemgetter
from typing import Generic, Protocol, TypeVar

from memory_service.domain.ids import BlobId, CommitId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File
from memory_service.domain.trees import Change
from memory_service.search.documents import Document, analyse
from memory_service.search.generations import Generation
from memory_service.search.layers import Layer
from memory_service.search.overlays import Overlay, Settled
from memory_service.search.postings import file_set, numbers_of

MANY_RECENT = 32
"""Files changed last that are an overlay of their own, so that a change costs no more when many came before."""
MANY_CHANGES = 500
MANY_CHANGES_SHARE = 20
"""More than ``MANY_CHANGES`` files and more than one in ``MANY_CHANGES_SHARE`` changed: time for a new generation."""

_OVERHEAD, _PER_CHANGED = 1000, 400
"""Bytes, about: of a view of nothing, and of what the overlays know of each file besides its document."""

LayerT_co = TypeVar("LayerT_co", bound=Layer, covariant=True)
AnyLayer = TypeVar("AnyLayer", bound=Layer)


class Measured(Protocol):
    """Something that takes memory."""

    @property
    def size(self) -> int:
        """Bytes, about."""


@dataclass(frozen=True, slots=True)
class Live(Generic[LayerT_co]):
    """A layer and those of its files that still count: its live documents, as Lucene says."""

    layer: LayerT_co
    files: int
    """Those that are as they were, as the bits of a number."""

    def without(self, paths: Collection[MemoryPath]) -> "Live[LayerT_co]":
        """This without some files, of which it may hold none."""
        facts = self.layer.facts
        numbers = [number for number in map(facts.file, paths) if number is not None]
        return Live(self.layer, self.files & ~file_set(numbers, len(facts.paths))) if numbers else self

    @property
    def count(self) -> int:
        """How many files still count."""
        return self.files.bit_count()

    def blobs(self) -> Iterator[tuple[MemoryPath, BlobId]]:
        """Path and blob of every file that still counts."""
        return (told for number, told in enumerate(self.layer.blobs()) if self.files >> number & 1)


@dataclass(frozen=True)
class View:
    """Immutable: a change makes another view, which shares with this one what stayed."""

    commit: CommitId
    generation: Live[Generation]
    settled: Live[Settled]
    """Files that are not in the generation, or no more as they were, but for those that changed last."""
    recent: Live[Overlay]
    """Those that changed last."""

    @classmethod
    def of(cls, generation: Generation) -> "View":
        """A generation as it is."""
        return cls(generation.commit, _whole(generation), _whole(Settled()), _whole(Overlay()))

    def after(self, commit: CommitId, documents: Iterable[Document], gone: Iterable[MemoryPath]) -> "View":
        """This view with other documents, as of a later commit."""
        written = {document.path: document for document in documents}
        changed = written.keys() | set(gone)
        settled, left = self.settled.without(changed), self.recent.without(changed)
        recent = [*_documents(left), *written.values()]
        if len(recent) > MANY_RECENT:
            settled, recent = _whole(settled.layer.joined(_documents(settled), recent)), []
        return View(commit, self.generation.without(changed), settled, _whole(Overlay(recent)))

    def at(self, commit: CommitId, changes: Sequence[Change], read: Callable[[BlobId], bytes]) -> "View":
        """The view at any commit, given what happened from that of the generation to it.

        ``read`` gives the content of a file, of those alone that this view does not know; all are read before anything
        is made of them.
        """
        held = chain(self.settled.layer.documents, self.recent.layer.documents)
        known = {(document.path, document.blob): document for document in held}
        there = [(change.path, change.new, change.at) for change in changes if change.new]
        gone = [change.path for change in changes if change.new is None]
        documents = [_as_of(at, known[path, blob]) for path, blob, at in there if (path, blob) in known]
        files = [
            File(path=path, blob=blob, content=read(blob), updated_at=at)
            for path, blob, at in there
            if (path, blob) not in known
        ]
        return View.of(self.generation.layer).after(commit, chain(documents, map(analyse, files)), gone)

    @property
    def layers(self) -> list[Live[Layer]]:
        """What is searched."""
        return [self.generation, *(overlay for overlay in (self.settled, self.recent) if overlay.files)]

    def terms(self, prefix: str) -> Iterator[str]:
        """All terms that begin in some way, each once, and some that began so in files that are no more."""
        return map(itemgetter(0), groupby(merge(*(live.layer.terms(prefix) for live in self.layers))))

    def files_with(self, term: str) -> int:
        """How many files hold a term."""
        return sum((live.layer.term(term).files & live.files).bit_count() for live in self.layers)

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        return self.generation.layer.size + self.settled.layer.size + self.recent.layer.size

    @property
    def shared(self) -> Iterator[Measured]:
        """What takes memory and may be shared with other views."""
        yield self.generation.layer
        yield from self.settled.layer.runs
        yield from self.recent.layer.documents

    @property
    def own_size(self) -> int:
        """Bytes of memory, about, that it takes besides."""
        overlays = len(self.settled.layer.paths) + len(self.recent.layer.paths)
        return _OVERHEAD + len(self.generation.layer.paths) // 8 + _PER_CHANGED * overlays

    @property
    def count(self) -> int:
        """How many files there are."""
        return self.generation.count + self._changed

    @property
    def stale(self) -> bool:
        """Whether so much has changed that a new generation is worth its making."""
        files = len(self.generation.layer.paths)
        changes = max(files - self.generation.count, self._changed)
        return changes > max(MANY_CHANGES, files // MANY_CHANGES_SHARE)

    def files(self) -> Iterator[tuple[MemoryPath, BlobId]]:
        """Path and blob of every file."""
        return chain(self.generation.blobs(), self.settled.blobs(), self.recent.blobs())

    @property
    def _changed(self) -> int:
        return self.settled.count + self.recent.count


def _whole(layer: AnyLayer) -> Live[AnyLayer]:
    return Live(layer, layer.facts.all)


def _documents(live: Live[Overlay]) -> list[Document]:
    return [live.layer.documents[number] for number in numbers_of(live.files)]


def _as_of(at: datetime, document: Document) -> Document:
    """A document whose file was last changed at some moment."""
    return document if document.updated_at == at else replace(document, updated_at=at)
