"""Edits applied to a head one after another, in memory: each its own commit, all in one pack."""

import io
from dataclasses import dataclass

from memory_service.domain.errors import MemoryExists, MemoryNotFound, PathInvalid, PayloadTooLarge, QuotaExceeded
from memory_service.domain.ids import BlobId, Clock, CommitId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.trees import Edit, Found, Published
from memory_service.storage.commits import SERVICE, Commit
from memory_service.storage.limits import StorageLimits
from memory_service.storage.messages import compose, identity
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.objects import Kind, Oid
from memory_service.storage.pack_writing import STORED, FinishedPack, PackWriter
from memory_service.storage.tree_cache import Trees
from memory_service.storage.trees import EMPTY, FILE, FOLDER, Tree


@dataclass(frozen=True, slots=True)
class Head:
    """A commit with its name."""

    oid: Oid
    commit: Commit


class Batch:
    """Turns edits into commits on top of a head."""

    def __init__(self, head: Head, objects: ObjectStore, trees: Trees, limits: StorageLimits, clock: Clock) -> None:
        self.base = head
        self.head = head
        self.trees: dict[Oid, Tree] = {}
        """The folders made so far."""
        self._root = trees[head.commit.tree]
        self._blobs: dict[Oid, bytes] = {}
        self._objects = objects
        self._known = trees
        self._limits = limits
        self._clock = clock
        self._file = io.BytesIO()
        self._pack = PackWriter(self._file, STORED)

    def finish(self) -> tuple[FinishedPack, bytes]:
        """The pack that holds all that was made, and its bytes."""
        finished = self._pack.finish()
        return finished, self._file.getvalue()

    def apply(self, edit: Edit) -> Published:
        """Make one edit on top of the ones before; when it raises, nothing has been made."""
        path = MemoryPath.parse_file(edit.path.text)
        *folders, name = [part.encode() for part in path.parts]
        line = self._descend(path)
        there = line[-1].find(name)
        found = Found(blob=BlobId(there.oid.hex()), content=self._read(there.oid)) if there else None
        content = edit.apply(found)
        if content is None or (found and content == found.content):
            return self._unchanged(path, found)
        if len(content) > self._limits.file_bytes:
            raise PayloadTooLarge(str(path), self._limits.file_bytes)
        blob = self._pack.add(Kind.BLOB, content)
        self._blobs[blob] = content
        tree = self._keep(line[-1].put(name, FILE, blob))
        for folder, part in zip(reversed(line[:-1]), reversed(folders), strict=True):
            tree = self._keep(folder.put(part, FOLDER, tree.oid))
        self._commit(edit, path, tree)
        return Published(
            commit=CommitId(self.head.oid.hex()),
            at=self.head.commit.at,
            blob=BlobId(blob.hex()),
            previous=found.blob if found else None,
            changed=True,
        )

    def _descend(self, path: MemoryPath) -> list[Tree]:
        """The folders from the root down to the one that holds the file; those that are missing are empty."""
        line = [self._root]
        place = MemoryPath("/")
        for part in path.parts:
            folder, place = line[-1], place.child(part)
            entry = folder.find(part.encode())
            if entry is None:
                self._admit(folder, place)
            elif entry.is_folder != (place != path):
                raise MemoryExists(str(path), f"{place} is a {'folder' if entry.is_folder else 'file'}")
            if place != path:
                line.append(self._folder(entry.oid) if entry else EMPTY)
        return line

    def _admit(self, folder: Tree, place: MemoryPath) -> None:
        if folder.twin(place.name):
            raise PathInvalid(str(place), "twin", "another name in its folder is the same on some file systems")
        if len(folder) >= self._limits.folder_entries:
            raise QuotaExceeded(f"Folder {place.parent}", self._limits.folder_entries)

    def _unchanged(self, path: MemoryPath, found: Found | None) -> Published:
        if found is None:
            raise MemoryNotFound(str(path))
        return Published(
            commit=CommitId(self.head.oid.hex()),
            at=self.head.commit.at,
            blob=found.blob,
            previous=found.blob,
            changed=False,
        )

    def _commit(self, edit: Edit, path: MemoryPath, root: Tree) -> None:
        commit = Commit(
            tree=root.oid,
            parents=(self.head.oid,),
            author=identity(edit.author, edit.author_id),
            committer=SERVICE,
            time=max(int(self._clock().timestamp()), self.head.commit.time),
            message=compose(edit.subject or f"Change {path}", edit.trailers),
        )
        self.head = Head(self._pack.add(Kind.COMMIT, commit.encode()), commit)
        self._root = root

    def _keep(self, tree: Tree) -> Tree:
        self._pack.add(Kind.TREE, tree.raw, tree.oid)
        self.trees[tree.oid] = tree
        return tree

    def _folder(self, oid: Oid) -> Tree:
        return self.trees.get(oid) or self._known[oid]

    def _read(self, oid: Oid) -> bytes:
        content = self._blobs.get(oid)
        return self._objects.need(oid, Kind.BLOB) if content is None else content
