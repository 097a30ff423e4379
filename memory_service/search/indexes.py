"""The search indexes of all organisations."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Lock

from memory_service.domain.ids import BlobId, CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File, Hit, Hits, Query, Snippet
from memory_service.domain.trees import Change
from memory_service.search.building import Builders
from memory_service.search.generations import SCHEMA_VERSION
from memory_service.search.kept import KeptViews
from memory_service.search.org_index import OrgIndex
from memory_service.search.postings import PostingsCache
from memory_service.search.ranking import search
from memory_service.search.respelling import respelled
from memory_service.search.snippets import snippet
from memory_service.search.views import View


class Reader:
    """An index at one commit: whatever happens to the index, this goes on answering from it."""

    def __init__(self, org: OrgId, view: View, kept: KeptViews) -> None:
        self._org = org
        self._view = view
        self._kept = kept

    @property
    def commit(self) -> CommitId:
        """The commit whose files are searched."""
        return self._view.commit

    @property
    def built_of(self) -> CommitId:
        """The commit that the index was built of; it has taken in what happened from there."""
        return self._view.generation.layer.commit

    @property
    def ranking(self) -> int:
        """A number, of one byte, that is another whenever the same files would be answered otherwise."""
        return SCHEMA_VERSION

    def at(self, commit: CommitId, changes: Sequence[Change], read: Callable[[BlobId], bytes]) -> "Reader":
        """The index at any commit, given what happened from ``built_of`` to it.

        ``read`` gives contents, of those alone that are not known here; what it raises ends this.
        """
        return Reader(self._org, self._view.at(commit, changes, read), self._kept)

    def keep(self) -> None:
        """Let this be found by its commit for a while, since a search goes on in it."""
        self._kept.keep(self._org, self._view)

    def search(self, query: Query) -> Hits:
        """The best hits in descending score (equal scores: by path), of each file its best section."""
        return search(self._view, query)

    def respelled(self, found: Hits, content: Callable[[Hit], str]) -> Hits:
        """What was found, with corrected words as files write them; ``content`` gives the file of a hit."""
        return respelled(found, content)

    def snippet(self, hit: Hit, content: str, terms: Sequence[str]) -> Snippet:
        """The most telling words of a hit's section: at most 240 characters, exactly as they stand in the file."""
        return snippet(content, (hit.start_line, hit.end_line), terms)

    def files(self) -> Iterable[tuple[MemoryPath, BlobId]]:
        """Every file that is indexed."""
        return self._view.files()

    def close(self) -> None:
        """Nothing needs closing: the file that is read is closed when nobody holds it any more."""


class SearchIndexes:
    """A mirror per organisation, each in a folder of its own; law 2 holds for every one.

    Any number of processes and threads may share the root. After a restart a mirror is at the commit that its
    generation was made of, and what changed since has to be applied again.
    """

    def __init__(
        self,
        root: Path,
        *,
        open_indexes: int = 64,
        open_bytes: int = 128 << 20,
        cache_bytes: int = 64 << 20,
        kept_bytes: int = 32 << 20,
        patience_seconds: float = 2,
    ) -> None:
        """``open_indexes`` bounds the descriptors, ``open_bytes`` (about) and ``cache_bytes`` the memory, of which at
        least one index is open; states that searches go on in may take ``kept_bytes`` and half as many descriptors
        besides. ``patience_seconds`` is how long a build waits for one under way in another process."""
        self._root = root
        self._open_indexes = open_indexes
        self._open_bytes = open_bytes
        self._patience = patience_seconds
        self._builders = Builders()
        self._cache = PostingsCache(cache_bytes)
        self._kept = KeptViews(kept_bytes, max(1, open_indexes // 2))
        self._indexes: OrderedDict[OrgId, OrgIndex] = OrderedDict()
        self._sizes: dict[OrgId, int] = {}
        self._size = 0
        self._lock = Lock()

    def commit(self, org: OrgId) -> CommitId | None:
        """The commit that is mirrored; None when there is nothing usable (absent, damaged, another version)."""
        _, view = self._opened(org)
        return view.commit if view else None

    def reader(self, org: OrgId, at: CommitId | None = None) -> Reader | None:
        """The index as it is now, pinned, or as it was kept at a commit; None when there is nothing usable."""
        view = self._kept.get(org, at) if at else self._opened(org)[1]
        return Reader(org, view, self._kept) if view else None

    def apply(
        self, org: OrgId, base: CommitId, head: CommitId, files: Iterable[File], gone: Iterable[MemoryPath]
    ) -> bool:
        """Take in what changed from ``base`` to ``head``, as one step; False when the mirror is not at ``base``."""
        index, _ = self._opened(org)
        return index.apply(base, head, files, gone)

    def rebuild(self, org: OrgId, head: CommitId, files: Iterable[File]) -> None:
        """Replace everything by the files of ``head``, which come in order of path, as one step.

        Raises:
            Overloaded: another process is building it, and that takes longer than this one waits; the process that
                built it was killed; or this is closed.
            StorageFull: the disk has no room for it.
        """
        index, _ = self._opened(org)
        index.rebuild(head, files)

    def stale(self, org: OrgId) -> bool:
        """Whether the index would gain from being built anew, and is not being built; it answers right all the same."""
        index, _ = self._opened(org)
        return index.stale

    def close(self) -> None:
        """Give up what is being built, and forget what is open. Readers that are not closed go on."""
        self._builders.close()
        self._cache.clear()
        self._kept.clear()
        with self._lock:
            self._indexes.clear()
            self._sizes.clear()
            self._size = 0

    def _opened(self, org: OrgId) -> tuple[OrgIndex, View | None]:
        """The index of an organisation as it is now, in the place of those that were asked for longest ago."""
        with self._lock:
            index = self._indexes.pop(org, None) or self._new(org)
            self._indexes[org] = index
        view = index.view()  # opened before it is counted, and outside the lock, as that takes a while
        with self._lock:
            if self._indexes.get(org) is index:
                self._count(org, view.size if view else 0)
            while len(self._indexes) > 1 and (len(self._indexes) > self._open_indexes or self._size > self._open_bytes):
                dropped, _ = self._indexes.popitem(last=False)
                self._count(dropped, 0)
        return index, view

    def _new(self, org: OrgId) -> OrgIndex:
        return OrgIndex(self._root / org, self._builders, self._cache, self._patience)

    def _count(self, org: OrgId, size: int) -> None:
        """Keep account of what an index takes, as it was when it was asked for last."""
        self._size += size - self._sizes.pop(org, 0)
        if size:
            self._sizes[org] = size
