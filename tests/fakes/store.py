"""A store of commits in memory; passes the contract that the real one passes."""

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from memory_service.domain.errors import (
    MemoryExists,
    MemoryNotFound,
    NotFound,
    OrgNotFound,
    PathInvalid,
    PayloadTooLarge,
    QuotaExceeded,
)
from memory_service.domain.ids import BlobId, Clock, CommitId, OrgId
from memory_service.domain.paths import MemoryPath, fold
from memory_service.domain.trees import Change, Edit, Entry, Found, Published, Trailed

Tree = Mapping[MemoryPath, BlobId]


def blob_id(content: bytes) -> BlobId:
    """The id that git gives to a content."""
    return BlobId(hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest())


@dataclass(frozen=True, kw_only=True)
class FakeCommit:
    """A commit with its whole tree."""

    id: CommitId
    parent: "FakeCommit | None"
    at: datetime
    tree: Tree
    trailers: Mapping[str, str] = field(default_factory=dict)

    def line(self) -> Iterator["FakeCommit"]:
        """This commit and those before it, newest first."""
        commit: FakeCommit | None = self
        while commit:
            yield commit
            commit = commit.parent

    def changed(self) -> Iterator[tuple[MemoryPath, BlobId | None, BlobId | None]]:
        """What this commit changed: path, old and new."""
        before: Tree = self.parent.tree if self.parent else {}
        for path in sorted({*before, *self.tree}):
            if before.get(path) != self.tree.get(path):
                yield path, before.get(path), self.tree.get(path)


class FakeSnapshot:
    """One commit of a fake store."""

    def __init__(
        self, commit: FakeCommit, commits: Mapping[CommitId, FakeCommit], blobs: Mapping[BlobId, bytes]
    ) -> None:
        self._commit = commit
        self._commits = commits
        self._blobs = blobs

    @property
    def commit(self) -> CommitId:
        return self._commit.id

    def entry(self, path: MemoryPath) -> Entry | None:
        blob = self._commit.tree.get(path)
        if blob is None and not path.is_root and path not in _folders(self._commit.tree):
            return None
        return Entry(path=path, blob=blob)

    def entries(self, folder: MemoryPath) -> Sequence[Entry]:
        files = [Entry(path=path, blob=blob) for path, blob in self._commit.tree.items() if path.parent == folder]
        folders = [Entry(path=path, blob=None) for path in _folders(self._commit.tree) if path.parent == folder]
        return sorted(files + folders, key=lambda entry: entry.path.name.encode())

    def read(self, blob: BlobId) -> bytes:
        if blob not in self._blobs:
            raise NotFound(f"No blob {blob}")
        return self._blobs[blob]

    def changes(self, since: CommitId | None, passed: Callable[[], None] = lambda: None) -> Iterable[Change] | None:
        if since is not None and since not in self._commits:
            return None
        before = self._commits[since] if since else None
        span = _after(self._commit, before, passed)
        if span is None:
            span = _after(self._commits[since], self._commit, passed) if since else None
        assert span is not None, "the histories of this store are lines"
        old: Tree = before.tree if before else {}
        new = self._commit.tree
        touched = {path for commit in span for path, _, _ in commit.changed() if path in old or path in new}
        last = {path: self._last_change(path) if path in new else self._commit for path in touched}
        return [
            Change(path=path, old=old.get(path), new=new.get(path), commit=last[path].id, at=last[path].at)
            for path in sorted(touched)
        ]

    def descends_from(self, commit: CommitId, passed: Callable[[], None] = lambda: None) -> bool:
        return commit in self._commits and _after(self._commit, self._commits[commit], passed) is not None

    def _last_change(self, path: MemoryPath) -> FakeCommit:
        return next(commit for commit in self._commit.line() if path in {changed for changed, _, _ in commit.changed()})


def _after(head: FakeCommit, start: FakeCommit | None, passed: Callable[[], None]) -> list[FakeCommit] | None:
    """The commits that came after one of a line, up to another; None where that one is not of the line."""
    span: list[FakeCommit] = []
    for commit in head.line():
        passed()
        if start and commit.id == start.id:
            return span
        span.append(commit)
    return None if start else span


class MemoryStore:
    """Repositories in memory; ``create`` makes one, ``push`` moves it as a person would."""

    def __init__(self, clock: Clock, *, file_bytes: int = 1 << 20, fan_out: int = 10_000) -> None:
        self._clock = clock
        self._file_bytes = file_bytes
        self._fan_out = fan_out
        self._heads: dict[OrgId, FakeCommit] = {}
        self._commits: dict[OrgId, dict[CommitId, FakeCommit]] = {}
        self._blobs: dict[OrgId, dict[BlobId, bytes]] = {}
        self._turn = threading.RLock()

    def create(self, org: OrgId, files: Mapping[str, bytes] | None = None) -> CommitId:
        """Make a repository whose first commit holds the files."""
        with self._turn:
            self._blobs[org] = {}
            self._commits[org] = {}
            tree = {MemoryPath.parse_file(path): self._keep(org, content) for path, content in (files or {}).items()}
            return self._publish(org, None, tree, {}).id

    def push(self, org: OrgId, files: Mapping[str, bytes | None]) -> CommitId:
        """Change several files in one commit without trailers; None removes a file."""
        with self._turn:
            head = self._head(org)
            tree = dict(head.tree)
            for text, content in files.items():
                path = MemoryPath.parse_file(text)
                if content is None:
                    del tree[path]
                else:
                    tree[path] = self._keep(org, content)
            return self._publish(org, head, tree, {}).id

    def head(self, org: OrgId) -> CommitId:
        with self._turn:
            return self._head(org).id

    def snapshot(self, org: OrgId, at: CommitId | None = None) -> FakeSnapshot:
        with self._turn:
            head = self._head(org)
            if at and at not in self._commits[org]:
                raise NotFound(f"No commit {at}")
            return FakeSnapshot(self._commits[org][at] if at else head, self._commits[org], self._blobs[org])

    def write(self, org: OrgId, edit: Edit) -> Published:
        with self._turn:
            head = self._head(org)
            path = MemoryPath.parse_file(edit.path.text)
            previous = head.tree.get(path)
            if previous is None:
                self._admit(head.tree, path)
            content = edit.apply(Found(blob=previous, content=self._blobs[org][previous]) if previous else None)
            if content is None and previous is None:
                raise MemoryNotFound(path.text)
            if content is not None and len(content) > self._file_bytes:
                raise PayloadTooLarge(path.text, self._file_bytes)
            blob = previous if content is None else self._keep(org, content)
            assert blob is not None
            if blob == previous:
                return Published(commit=head.id, at=head.at, blob=blob, previous=previous, changed=False)
            made = self._publish(org, head, {**head.tree, path: blob}, edit.trailers)
            return Published(commit=made.id, at=made.at, blob=blob, previous=previous, changed=True)

    def find(self, org: OrgId, trailer: str, value: str, since: datetime) -> Trailed | None:
        with self._turn:
            for commit in self._head(org).line():
                if commit.at < since - timedelta(seconds=1):
                    return None
                if commit.trailers.get(trailer) == value:
                    ((path, previous, blob),) = commit.changed()
                    assert blob is not None
                    return Trailed(commit=commit.id, at=commit.at, path=path, blob=blob, previous=previous)
            return None

    def _head(self, org: OrgId) -> FakeCommit:
        if org not in self._heads:
            raise OrgNotFound(org)
        return self._heads[org]

    def _keep(self, org: OrgId, content: bytes) -> BlobId:
        blob = blob_id(content)
        self._blobs[org][blob] = content
        return blob

    def _publish(self, org: OrgId, parent: FakeCommit | None, tree: Tree, trailers: Mapping[str, str]) -> FakeCommit:
        at = self._clock().astimezone(UTC).replace(microsecond=0)
        at = max(at, parent.at) if parent else at
        name = f"{parent.id if parent else ''} {at} {sorted(tree.items())} {sorted(trailers.items())}"
        commit_id = CommitId(hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest())
        commit = FakeCommit(id=commit_id, parent=parent, at=at, tree=tree, trailers=dict(trailers))
        self._commits[org][commit.id] = self._heads[org] = commit
        return commit

    def _admit(self, tree: Tree, path: MemoryPath) -> None:
        folders = _folders(tree)
        if path in folders:
            raise MemoryExists(path.text, "a folder has this name")
        for place in [path, *path.ancestors()][:-1]:
            if place != path and place in tree:
                raise MemoryExists(path.text, f"{place} is a file")
            siblings = {other.name for other in [*tree, *folders] if other.parent == place.parent}
            if place.name in siblings:
                continue
            if fold(place.name) in map(fold, siblings):
                raise PathInvalid(path.text, "twin", f"{place} is a twin of a name that exists")
            if len(siblings) >= self._fan_out:
                raise QuotaExceeded(str(place.parent), self._fan_out)


def _folders(tree: Tree) -> set[MemoryPath]:
    return {folder for path in tree for folder in path.ancestors() if not folder.is_root}
