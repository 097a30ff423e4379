"""Those that change one file of a memory and commit it, durably: our storage, pygit2 and the git command line."""

import os
import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pygit2
from pygit2.enums import FileMode, Option

from memory_service.domain.ids import OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.trees import Edit, Found
from memory_service.storage import Repositories

ORG = OrgId("bench")
LINE = b"- one more line that an agent wants to keep\n"
WHO = "Bench <bench@example.org>"
TRAILERS = {
    "Capability": "memory_append",
    "Session-Id": "ses_0198c1d2e3f47a5b8c9d0e1f2a3b4c5d",
    "Execution-Id": "exec_0198c1d2e3f47a5b8c9d0e1f2a3b4c5d",
    "Run-Id": "run_0198c1d2e3f47a5b8c9d0e1f2a3b4c5d",
    "Key-Id": "key_0198c1d2e3f47a5b8c9d0e1f2a3b4c5d",
}
MESSAGE = "append\n\n" + "".join(f"{key}: {value}\n" for key, value in TRAILERS.items())
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    **{f"GIT_{who}_{what}": "bench@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


@dataclass(frozen=True)
class Shape:
    """How many files a memory has, and whether all of them are in one folder."""

    files: int
    flat: bool = False

    @property
    def name(self) -> str:
        return f"{self.files:,} {'flat' if self.flat else 'nested'}"

    @property
    def paths(self) -> list[str]:
        """A hundred notes in each topic and a hundred topics in each area, where they are nested."""
        if self.flat:
            return [f"note-{number:06}.md" for number in range(self.files)]
        return [f"area-{n // 10_000:02}/topic-{n // 100 % 100:03}/note-{n % 100:02}.md" for n in range(self.files)]

    def build(self, repository: Path) -> Path:
        """Make a bare repository of this shape: one commit in one pack."""
        dice = random.Random(1)  # noqa: S311 (the same memory at every run)
        words = [f"word{number}" for number in range(3000)]
        stream = [f"commit refs/heads/main\ncommitter {WHO} 1700000000 +0000\ndata 4\nseed\n"]
        for path in self.paths:
            text = f"# {path}\n\n{' '.join(dice.choices(words, k=60))}\n"
            stream.append(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n")
        git(None, "init", "--quiet", "--bare", "--initial-branch=main", str(repository))
        git(repository, "fast-import", "--quiet", "--depth=0", stdin="".join(stream))
        return repository


class Ours:
    """The storage of the service; with its upkeep, as it runs there."""

    name = "storage"

    def __init__(self, repository: Path, folder: Path) -> None:
        shutil.copytree(repository, folder / f"{ORG}.git")
        self.store = Repositories(folder, lambda: datetime.now(UTC))
        self.close = self.store.close

    def write(self, path: str, session: str = "") -> None:
        edit = Edit(
            path=MemoryPath.parse(path),
            apply=_appended,
            author="Bench",
            author_id="bench@example.org",
            subject="append",
            trailers=TRAILERS,
            lane=("key", session),
        )
        assert self.store.write(ORG, edit).changed


def _appended(found: Found | None) -> bytes:
    return (found.content if found else b"") + LINE


class Pygit2:
    """libgit2 with its fsync on, in this process: no spawns, one loose object after the other."""

    name = "pygit2"

    def __init__(self, repository: Path, folder: Path) -> None:
        shutil.copytree(repository, folder / "pygit2.git")
        pygit2.option(Option.ENABLE_FSYNC_GITDIR, True)  # noqa: FBT003 (its signature)
        self._repository = pygit2.Repository(str(folder / "pygit2.git"))
        self.close = self._repository.free

    def write(self, path: str) -> None:
        repository = self._repository
        base = repository[repository.references["refs/heads/main"].target]
        *folders, name = path.split("/")
        trees = [base.tree]
        for part in folders:
            tree = trees[-1][part]
            assert isinstance(tree, pygit2.Tree)
            trees.append(tree)
        blob = trees[-1][name]
        assert isinstance(blob, pygit2.Blob)
        oid = repository.create_blob(blob.data + LINE)
        for tree, part, mode in zip(
            reversed(trees), [name, *reversed(folders)], [FileMode.BLOB, *[FileMode.TREE] * len(folders)], strict=True
        ):
            builder = repository.TreeBuilder(tree)
            builder.insert(part, oid, mode)
            oid = builder.write()
        by = pygit2.Signature("Bench", "bench@example.org")
        repository.create_commit("refs/heads/main", by, by, MESSAGE, oid, [base.id])


class Git:
    """The git command line with ``core.fsync=all``: five programs for a commit, an index that stays."""

    name = "git"

    def __init__(self, repository: Path, folder: Path) -> None:
        self._repository = folder / "git.git"
        shutil.copytree(repository, self._repository)
        self._run("config", "core.fsync", "all")
        self._run("read-tree", "main")
        self.close: Callable[[], None] = lambda: None

    def write(self, path: str) -> None:
        blob = self._run("hash-object", "-w", "--stdin", stdin=f"# {path}\n{os.urandom(8).hex()}\n")
        self._run("update-index", "--cacheinfo", f"100644,{blob},{path}")
        tree = self._run("write-tree")
        commit = self._run("commit-tree", tree, "-p", "refs/heads/main", stdin=MESSAGE)
        self._run("update-ref", "refs/heads/main", commit)

    def _run(self, *arguments: str, stdin: str = "") -> str:
        return git(self._repository, *arguments, stdin=stdin).strip()


def git(repository: Path | None, *arguments: str, stdin: str = "") -> str:
    """Run git, in a bare repository if one is named; what it prints."""
    command = ["git", *([f"--git-dir={repository}"] if repository else []), *arguments]
    ran = subprocess.run(command, env=ENVIRONMENT, input=stdin, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
