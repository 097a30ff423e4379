"""Another git repository as the beginning of a memory: its history is kept."""

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
from memory_service.storage.objects import Kind, Object, Oid
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

    def get(self, oid: Oid) -> Object:
        """An object.

        Raises:
            RequestInvalid: it is missing or damaged.
        """
        try:
            number, data = self.repo.object_store.get_raw(RawObjectID(oid))
        except (KeyError, ChecksumMismatch) as error:
            raise RequestInvalid(f"the repository lacks its object {oid.hex()}") from error
        return Object(Kind(number), data)

    def tree(self) -> Oid:
        """The root folder of the head."""
        return Commit.parse(self.get(self.head).data).tree


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
        waiting = [oid]
        while waiting:
            wanted = waiting.pop()
            if wanted in pack:
                continue
            found = source.get(wanted)
            fault = object_checks.fault(found.kind, found.data)
            if fault or pack.add(found.kind, found.data) != wanted:
                reason = fault or "its content is not what its name says"
                raise RequestInvalid(f"{found.kind.name.lower()} {wanted.hex()} of the repository is damaged: {reason}")
            if found.kind is Kind.COMMIT:
                waiting.append(Commit.parse(found.data).tree)
            elif found.kind is Kind.TREE:
                waiting.extend(entry.oid for entry in Tree.parse(found.data) if entry.mode != SUBMODULE)
        progress(done, len(commits))


def files_of(source: Source) -> Iterator[Candidate]:
    """All files of the head, except those that are kept beside the memory."""
    waiting = [(source.tree(), "")]
    while waiting:
        oid, prefix = waiting.pop()
        folders = []
        for entry in Tree.parse(source.get(oid).data):
            path = prefix + entry.name.decode("utf-8", "surrogateescape")
            if entry.is_folder:
                folders.append((entry.oid, path + "/"))
            elif prefix or entry.name not in KEPT or entry.mode in _FAULTS:
                yield Candidate(path, _reader(source, entry.oid), _FAULTS.get(entry.mode))
        waiting.extend(reversed(folders))


def kept_of(source: Source) -> Iterator[tuple[str, Oid]]:
    """The files of the head that are kept beside the memory: name and blob."""
    for entry in Tree.parse(source.get(source.tree()).data):
        if entry.name in KEPT and entry.mode in {FILE, EXECUTABLE}:
            yield entry.name.decode(), entry.oid


def _reader(source: Source, oid: Oid) -> Callable[[int], bytes]:
    return lambda size: source.get(oid).data


def _commits(source: Source) -> list[Oid]:
    """All commits that the head leads to."""
    found = {source.head: None}
    waiting = [source.head]
    while waiting:
        for parent in Commit.parse(source.get(waiting.pop()).data).parents:
            if parent not in found:
                found[parent] = None
                waiting.append(parent)
    return list(found)
