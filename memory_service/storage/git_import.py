"""Another git repository as the beginning of a memory: its history is kept."""

import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from dulwich.errors import ChecksumMismatch, NotGitRepository
from dulwich.objects import RawObjectID
from dulwich.repo import Repo

from memory_service.domain.errors import RequestInvalid
from memory_service.domain.progress import Progress
from memory_service.storage import object_checks
from memory_service.storage.candidates import Candidate
from memory_service.storage.commits import Commit
from memory_service.storage.objects import Kind, Oid
from memory_service.storage.pack_writing import PackWriter
from memory_service.storage.trees import EXECUTABLE, FILE, SUBMODULE, SYMLINK, Tree

KEPT = (b".gitattributes", b".gitignore")
"""Files at the root that people keep in a memory beside the memory files."""
_FAULTS = {SYMLINK: "it is a symbolic link", SUBMODULE: "it is a submodule"}


@dataclass(frozen=True, slots=True)
class Source:
    """A repository to be read, at the commit that its HEAD names."""

    repo: Repo
    head: Oid

    def get(self, oid: Oid, kind: Kind) -> bytes:
        """The content of an object.

        Raises:
            RequestInvalid: it is missing, damaged, or such as git itself would refuse.
        """
        try:
            number, data = self.repo.object_store.get_raw(RawObjectID(oid))
        except (KeyError, ChecksumMismatch, zlib.error) as error:
            raise RequestInvalid(f"the repository lacks its {kind.name.lower()} {oid.hex()}") from error
        fault = "it is of another kind" if number != kind else object_checks.fault(kind, data)
        if fault:
            raise RequestInvalid(f"the {kind.name.lower()} {oid.hex()} of the repository is damaged: {fault}")
        return data

    def commit(self, oid: Oid) -> Commit:
        """A commit."""
        return Commit.parse(self.get(oid, Kind.COMMIT))

    def tree(self, oid: Oid) -> Tree:
        """A folder."""
        return Tree.parse(self.get(oid, Kind.TREE))


def open_source(path: Path) -> Source | None:
    """Open a repository, bare or with a worktree; None when there is none. To be closed by ``source.repo.close()``.

    Raises:
        RequestInvalid: it has no commit, or not all of its history.
    """
    try:
        repo = Repo(path)
    except NotGitRepository:
        return None
    with ExitStack() as closing_on_error:
        closing_on_error.callback(repo.close)
        source = Source(repo, _head(repo))
        closing_on_error.pop_all()
    return source


def _head(repo: Repo) -> Oid:
    if repo.get_shallow():
        raise RequestInvalid("the repository is a shallow clone: fetch its whole history first")
    try:
        head = repo.head()
    except KeyError as error:
        raise RequestInvalid("the repository has no commit on its current branch") from error
    if len(head) != 40:
        raise RequestInvalid("the repository names its objects by SHA-256, which memories do not")
    return bytes.fromhex(head.decode())


def copy_history(source: Source, pack: PackWriter, progress: Progress) -> None:
    """Write all that the head leads to into a pack.

    Raises:
        RequestInvalid: something is missing or such as git itself would refuse.
    """
    commits = _commits(source)
    for done, oid in enumerate(commits, 1):
        waiting = [(oid, Kind.COMMIT)]
        while waiting:
            wanted, kind = waiting.pop()
            if wanted in pack:
                continue
            data = source.get(wanted, kind)
            if pack.add(kind, data) != wanted:
                raise RequestInvalid(
                    f"the {kind.name.lower()} {wanted.hex()} of the repository is not what its name says"
                )
            if kind is Kind.COMMIT:
                waiting.append((Commit.parse(data).tree, Kind.TREE))
            elif kind is Kind.TREE:
                waiting.extend(Tree.parse(data).children())
        progress(done, len(commits))


def files_of(source: Source) -> Iterator[Candidate]:
    """All files of the head, except those that are kept beside the memory."""
    waiting = [(source.commit(source.head).tree, "")]
    while waiting:
        oid, prefix = waiting.pop()
        folders = []
        for entry in source.tree(oid):
            path = prefix + entry.name.decode("utf-8", "surrogateescape")
            if entry.is_folder:
                folders.append((entry.oid, path + "/"))
            elif prefix or entry.name not in KEPT or entry.mode in _FAULTS:
                yield Candidate(path, _reader(source, entry.oid), _FAULTS.get(entry.mode))
        waiting.extend(reversed(folders))


def kept_of(source: Source) -> Iterator[tuple[str, Oid]]:
    """The files of the head that are kept beside the memory: name and blob."""
    for entry in source.tree(source.commit(source.head).tree):
        if entry.name in KEPT and entry.mode in {FILE, EXECUTABLE}:
            yield entry.name.decode(), entry.oid


def _reader(source: Source, oid: Oid) -> Callable[[int], bytes]:
    return lambda size: source.get(oid, Kind.BLOB)


def _commits(source: Source) -> list[Oid]:
    """All commits that the head leads to."""
    found = {source.head: None}
    waiting = [source.head]
    while waiting:
        for parent in source.commit(waiting.pop()).parents:
            if parent not in found:
                found[parent] = None
                waiting.append(parent)
    return list(found)
