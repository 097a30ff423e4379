"""Making the repository of a new organisation: aside first, then put into its place as a whole."""

import shutil
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from memory_service.domain.errors import OrgExists, Overloaded, RequestInvalid
from memory_service.domain.ids import Clock, CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.progress import Progress
from memory_service.storage import disk
from memory_service.storage.candidates import Candidate, Skipped, take_in
from memory_service.storage.commits import Commit
from memory_service.storage.drafts import Draft
from memory_service.storage.folder_import import files_in
from memory_service.storage.git_import import Source, copy_history, files_of, kept_of, open_source
from memory_service.storage.layout import folder_of, make_bare, sync_all
from memory_service.storage.limits import StorageLimits
from memory_service.storage.locks import held, in_turn
from memory_service.storage.messages import compose
from memory_service.storage.objects import Kind, Oid
from memory_service.storage.pack_files import UNFINISHED, land
from memory_service.storage.pack_writing import PackWriter

_LOCK = "creation.lock"
_ATTRIBUTES = b"daily/*.md merge=union\n"
"""So that notes that two people made on one day merge by themselves in any clone (gitattributes, "union")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """What became of a new organisation's repository."""

    org: OrgId
    commit: CommitId
    files: int
    """Memory files in it."""
    skipped: tuple[Skipped, ...]
    """Files of the source that are no valid memory, with the reason, in the order met."""


def create(
    root: Path, org: OrgId, author: bytes, source: Path | None, clock: Clock, limits: StorageLimits, progress: Progress
) -> Created:
    """Make a repository that begins with what is in ``source``; it is there whole or not at all.

    Raises:
        OrgExists: there is one of this name.
        RequestInvalid: the name or the source is of no use; the sentence says why.
        Overloaded: another is being made for longer than one may wait.
    """
    target = folder_of(root, org)
    if target is None:
        raise RequestInvalid(f'"{org}" is no name for an organisation: 1 to 63 of a-z, 0-9 and inner "-"')
    root.mkdir(parents=True, exist_ok=True)
    disk.sync(root.parent)
    with held(root / _LOCK, limits.lock_seconds):
        if target.exists():
            raise OrgExists(org)
        _clear(root)
        aside = root / f"{UNFINISHED}{org}"
        try:
            make_bare(aside)
            beginning = _fill(aside, _Beginning(author, int(clock().timestamp()), limits, progress), source)
            sync_all(aside)
            disk.rename(aside, target)
            disk.sync(root)
        except BaseException:
            with suppress(OSError):
                target.rename(aside)
            shutil.rmtree(aside, ignore_errors=True)
            raise
    return Created(
        org=org, commit=CommitId(beginning.head.hex()), files=beginning.files, skipped=tuple(beginning.skipped)
    )


def clear_unfinished(root: Path) -> None:
    """Remove repositories that a dead process has left half made or half removed; none that is being made now."""
    if root.is_dir():
        with suppress(Overloaded), held(root / _LOCK, 0):
            _clear(root)


def remove(root: Path, org: OrgId, limits: StorageLimits) -> None:
    """Remove a repository; what is gone first is its name.

    Raises:
        FileNotFoundError: there is none.
    """
    folder = root / f"{org}.git"
    with held(root / _LOCK, limits.lock_seconds):
        aside = root / f"{UNFINISHED}{org}"
        with in_turn(folder, limits.lock_seconds):
            disk.rename(folder, aside)
        disk.sync(root)
        shutil.rmtree(aside)


class _Beginning:
    """The first content of a repository, in one pack."""

    def __init__(self, author: bytes, time: int, limits: StorageLimits, progress: Progress) -> None:
        self.head: Oid = b""
        self.files = 0
        self.skipped: list[Skipped] = []
        self._author = author
        self._time = time
        self._limits = limits
        self._progress = progress

    def of_folder(self, pack: PackWriter, folder: Path | None) -> None:
        """One commit of the files in a folder."""
        draft = Draft(self._limits.folder_entries)
        draft.put(MemoryPath("/.gitattributes"), pack.add(Kind.BLOB, _ATTRIBUTES))
        self._take(list(files_in(folder)) if folder else [], draft, pack)
        subject = f"Import {self.files} files" if folder else "Begin an empty memory"
        self._commit(pack, draft.build(pack.add), (), self._time, subject)

    def of_repository(self, pack: PackWriter, source: Source) -> None:
        """The history of a repository, and one more commit if its last state is no valid memory."""
        copy_history(source, pack, self._progress)
        draft = Draft(self._limits.folder_entries)
        for name, blob in kept_of(source):
            draft.put(MemoryPath(f"/{name}"), blob)
        self._take(list(files_of(source)), draft, pack)
        tree = draft.build(pack.add)
        last = source.commit(source.head)
        self.head = source.head
        if tree != last.tree:
            self._commit(pack, tree, (source.head,), max(self._time, last.time), "Leave out what is no memory")

    def _take(self, candidates: list[Candidate], draft: Draft, pack: PackWriter) -> None:
        self.skipped = take_in(candidates, draft, pack.add, self._limits, self._progress)
        self.files = len(candidates) - len(self.skipped)

    def _commit(self, pack: PackWriter, tree: Oid, parents: tuple[Oid, ...], time: int, subject: str) -> None:
        commit = Commit(
            tree=tree,
            parents=parents,
            author=self._author,
            committer=self._author,
            time=time,
            message=compose(subject, {}),
        )
        self.head = pack.add(Kind.COMMIT, commit.encode())


def _fill(repository: Path, beginning: _Beginning, source: Path | None) -> _Beginning:
    packs = repository / "objects" / "pack"
    staged = packs / f"{UNFINISHED}import"
    with disk.create(staged) as file:
        pack = PackWriter(file)
        _bring(pack, beginning, source)
        finished = pack.finish()
    disk.sync(staged)
    land(packs, staged, finished)
    disk.write_new(repository / "refs" / "heads" / "main", beginning.head.hex().encode() + b"\n", 0o644)
    return beginning


def _bring(pack: PackWriter, beginning: _Beginning, source: Path | None) -> None:
    if source is None:
        return beginning.of_folder(pack, None)
    if not source.is_dir():
        raise RequestInvalid(f"there is no folder {source}")
    other = open_source(source)
    if other is None:
        return beginning.of_folder(pack, source)
    with closing(other.repo):
        return beginning.of_repository(pack, other)


def _clear(root: Path) -> None:
    for leftover in root.glob(f"{UNFINISHED}*"):
        shutil.rmtree(leftover)
