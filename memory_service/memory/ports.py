"""What the memory needs of a store of commits, of a search index and of a table of files."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from memory_service.domain.ids import BlobId, CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File, FileInfo, Hit, Hits, Query, Snippet
from memory_service.domain.trees import Change, Edit, Entry, Published, Trailed


class Snapshot(Protocol):
    """An immutable view of one commit. Usable from any thread, for as long as a request may last."""

    @property
    def commit(self) -> CommitId:
        """The commit that this is a view of."""

    def entry(self, path: MemoryPath) -> Entry | None:
        """The file or folder at a path, or None. The root is a folder, also in an empty memory."""

    def entries(self, folder: MemoryPath) -> Sequence[Entry]:
        """The memory files and folders directly in a folder, in the order of their names' UTF-8 bytes.

        What is no memory file (``/.gitattributes``, a folder without any memory file directly or below) may be left
        out; an absent folder is empty.
        """

    def read(self, blob: BlobId) -> bytes:
        """The content of a blob that this or an earlier commit names.

        Raises:
            NotFound: there is no such blob.
        """

    def changes(self, since: CommitId | None, passed: Callable[[], None] = ...) -> Iterable[Change] | None:
        """What happened to memory files from another commit to this one, each file once, in order of path.

        The other is mostly an earlier one; from a later one, or one of another branch, this tells how to come here from
        there. Files that are the same in both are told of too where their last change is another; those that came and
        went are not. ``since=None`` means from nothing. None is answered when there is no commit ``since``. ``passed``
        is called for each commit that is read on the way, some of them more than once, before this returns; what it
        raises ends the walk.
        """

    def descends_from(self, commit: CommitId, passed: Callable[[], None] = ...) -> bool:
        """Whether a commit is this one or one of its history; ``passed`` as for ``changes``."""


class Store(Protocol):
    """The repositories of all organisations: the truth."""

    def head(self, org: OrgId) -> CommitId:
        """The commit that ``main`` names at this moment, whoever moved it there, in this process or another.

        Raises:
            OrgNotFound: the organisation has no repository.
        """

    def snapshot(self, org: OrgId, at: CommitId | None = None) -> Snapshot:
        """A view of a commit; of the head where none is named.

        Raises:
            OrgNotFound: the organisation has no repository.
            NotFound: it has no such commit.
        """

    def write(self, org: OrgId, edit: Edit) -> Published:
        """Apply an edit to the head and publish it as one commit; returns once it is durable on disk.

        Raises:
            whatever ``edit.apply`` raises; PathInvalid (a case-fold twin exists); MemoryExists (a folder has the
            file's name or a file has a folder's); QuotaExceeded (fan-out); StorageFull; Overloaded (the queue is full).
        """

    def find(self, org: OrgId, trailer: str, value: str, since: datetime) -> Trailed | None:
        """The commit with a trailer of this value, among those of ``main`` made at or after a moment."""


class Mirror(Protocol):
    """A derived store: a cache of one commit per organisation that can be thrown away at any time (law 2)."""

    def commit(self, org: OrgId) -> CommitId | None:
        """The commit that is mirrored; None when there is nothing usable (absent, damaged, another schema)."""

    def apply(
        self, org: OrgId, base: CommitId, head: CommitId, files: Iterable[File], gone: Iterable[MemoryPath]
    ) -> bool:
        """Take in what changed from ``base`` to ``head``, as one step; False when the mirror is not at ``base``."""

    def rebuild(self, org: OrgId, head: CommitId, files: Iterable[File]) -> None:
        """Replace everything by the files of ``head``, as one step. Readers go on with what there was."""


class IndexReader(Protocol):
    """The index at one commit: immutable, usable by any number of threads for as long as somebody holds it."""

    @property
    def commit(self) -> CommitId:
        """The commit whose files are searched."""

    @property
    def built_of(self) -> CommitId:
        """The commit that the index was built of; it has taken in what happened from there."""

    @property
    def ranking(self) -> int:
        """A number, of one byte, that is another whenever the same files would be answered otherwise."""

    def at(self, commit: CommitId, changes: Sequence[Change], read: Callable[[BlobId], bytes]) -> "IndexReader":
        """The index at any commit, given what happened from ``built_of`` to it.

        ``read`` gives contents, of those alone that are not known here; what it raises ends this.
        """

    def keep(self) -> None:
        """Let this be found by its commit for a while, since a search goes on in it."""

    def search(self, query: Query) -> Hits:
        """The best hits in descending score (equal scores: by path)."""

    def respelled(self, found: Hits, content: Callable[[Hit], str]) -> Hits:
        """What was found, with corrected words as files write them; ``content`` gives the file of a hit."""

    def snippet(self, hit: Hit, content: str, terms: Sequence[str]) -> Snippet:
        """The most telling lines of a hit's section, plain text of at most 240 characters, cut from the file."""

    def files(self) -> Iterable[tuple[MemoryPath, BlobId]]:
        """Every file that is indexed, in any order: what a check compares with the tree."""

    def close(self) -> None:
        """Tell that one use of the reader has ended; others go on."""


class SearchIndex(Mirror, Protocol):
    """The search indexes of all organisations."""

    def reader(self, org: OrgId, at: CommitId | None = None) -> IndexReader | None:
        """The index as it is now, pinned, or as it was kept at a commit; None when there is nothing usable."""

    def stale(self, org: OrgId) -> bool:
        """Whether the index would gain from being built anew; what it answers is right all the same."""


class FileTableReader(Protocol):
    """The table at one commit; usable by one thread, until closed."""

    @property
    def commit(self) -> CommitId:
        """The commit whose files are described."""

    def infos(self, paths: Sequence[MemoryPath]) -> Sequence[FileInfo]:
        """What is known of some files, in the order asked; files that are not there are left out."""

    def similar(self, name: str, limit: int) -> Sequence[MemoryPath]:
        """Files whose name (the last part, without suffix) is close to one that was asked for, the closest first."""

    def files(self) -> Iterable[tuple[MemoryPath, BlobId]]:
        """Every file that is described, in any order: what a check compares with the tree."""

    def close(self) -> None:
        """Release what the reader holds."""


class FileTable(Mirror, Protocol):
    """What listings show of each file, for all organisations."""

    def reader(self, org: OrgId) -> FileTableReader | None:
        """The table as it is now, pinned; None when there is nothing usable."""
