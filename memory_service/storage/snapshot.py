"""A commit as its readers see it."""

from collections.abc import Callable, Sequence

from memory_service.domain.errors import NotFound
from memory_service.domain.ids import BlobId, CommitId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.trees import Change, Entry
from memory_service.storage import disk
from memory_service.storage.commits import Commit
from memory_service.storage.history import History
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.objects import Kind, Oid
from memory_service.storage.tree_cache import Trees
from memory_service.storage.tree_diff import is_memory, is_text
from memory_service.storage.trees import FILE, FOLDER, TreeEntry


class Snapshot:
    """An immutable view of one commit. Holds nothing open; usable from any thread."""

    def __init__(self, oid: Oid, commit: Commit, objects: ObjectStore, trees: Trees) -> None:
        self._oid = oid
        self._root = commit.tree
        self._objects = objects
        self._trees = trees

    @property
    def commit(self) -> CommitId:
        """The commit that this is a view of."""
        return CommitId(self._oid.hex())

    def entry(self, path: MemoryPath) -> Entry | None:
        """The memory file or folder at a path, or None."""
        entry = self._find(path)
        return _entry(path, entry) if entry else None

    def entries(self, folder: MemoryPath) -> Sequence[Entry]:
        """The memory files and folders directly in a folder, in the order of their names' UTF-8 bytes."""
        there = self._find(folder)
        if there is None or not there.is_folder:
            return ()
        with disk.told():
            tree = self._trees[there.oid]
        entries = (_entry(folder.child(entry.name.decode()), entry) for entry in sorted(tree) if is_text(entry.name))
        return [entry for entry in entries if entry]

    def read(self, blob: BlobId) -> bytes:
        """The content of a blob.

        Raises:
            NotFound: there is no such blob.
        """
        with disk.told():
            found = self._objects.get(oid_from(blob))
        if found is None or found.kind is not Kind.BLOB:
            raise NotFound("No such version")
        return found.data

    def changes(self, since: CommitId | None, passed: Callable[[], None] = lambda: None) -> Sequence[Change] | None:
        """What happened to memory files from another commit (None: from nothing) to this one, in order of path.

        None when there is no commit ``since``. ``passed`` is called for each commit that is read on the way; what it
        raises ends the walk.
        """
        with disk.told():
            history = History(self._objects, self._trees, passed)
            return history.changes(oid_from(since) if since else None, self._oid)

    def descends_from(self, commit: CommitId, passed: Callable[[], None] = lambda: None) -> bool:
        """Whether a commit is this one or of its history; ``passed`` as for ``changes``."""
        with disk.told():
            return History(self._objects, self._trees, passed).contains(self._oid, oid_from(commit))

    def _find(self, path: MemoryPath) -> TreeEntry | None:
        with disk.told():
            return self._trees.find(self._root, path.text[1:].encode())


def oid_from(name: str) -> Oid:
    """The object that an id names.

    Raises:
        NotFound: it can name none.
    """
    try:
        oid = bytes.fromhex(name)
    except ValueError as error:
        raise NotFound("No such version") from error
    if len(oid) != 20:
        raise NotFound("No such version")
    return oid


def _entry(path: MemoryPath, entry: TreeEntry) -> Entry | None:
    if entry.mode == FOLDER:
        return Entry(path=path, blob=None)
    if entry.mode == FILE and is_memory(entry.name):
        return Entry(path=path, blob=BlobId(entry.oid.hex()))
    return None
