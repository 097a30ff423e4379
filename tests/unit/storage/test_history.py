"""Which commit changed a file last, in histories with branches, beside what git says."""

import random
from pathlib import Path

import pytest

from memory_service.domain.ids import CommitId
from memory_service.storage import Repositories
from tests.real_git import git
from tests.unit.storage.conftest import ACME

PATHS = [f"{folder}{name}.md" for folder in ("", "f/", "f/g/") for name in "ab"]


def tangled(repository: Path, chance: random.Random, commits: int) -> list[str]:
    """Make main the end of a history with many merges, on any side of which files may be kept."""
    start = git(repository, "rev-parse", "main").strip()
    states: dict[str, dict[str, str]] = {start: {}}
    lines: list[str] = []
    for mark in range(1, commits + 1):
        parents = chance.sample(list(states), min(len(states), chance.choice([1, 1, 1, 2, 2, 3])))
        if mark > 1:
            parents = [f":{mark - 1}", *(parent for parent in parents if parent != f":{mark - 1}")]
        files: dict[str, str] = {}
        for path in PATHS:
            content = chance.choice([states[parent].get(path) for parent in parents])
            if chance.random() < 0.15:
                content = chance.choice([None, "x", "y", f"{mark}"])
            if content is not None:
                files[path] = content
        states[f":{mark}"] = files
        time = 1776247200 + mark * 10 + chance.randrange(-300, 300)
        lines += ["commit refs/heads/main", f"mark :{mark}", f"committer Ada <a@b> {time} +0000", "data 1", "x"]
        lines += [f"from {parents[0]}", *(f"merge {parent}" for parent in parents[1:]), "deleteall"]
        for path, content in files.items():
            lines += [f"M 100644 inline {path}", f"data {len(content)}", content]
    git(repository, "fast-import", "--quiet", "--force", stdin="\n".join([*lines, ""]))
    return git(repository, "rev-list", "main").split()


@pytest.mark.parametrize("seed", range(4))
def test_the_last_commit_of_each_file_is_the_one_that_git_names(store: Repositories, root: Path, seed: int) -> None:
    """From the beginning to the head, from commits of its history to it, and from any of them to any other."""
    repository = root / f"{ACME}.git"
    chance = random.Random(seed)  # noqa: S311 the shapes of histories
    commits = tangled(repository, chance, 60)
    pairs: list[tuple[str | None, str]] = [(None, commits[0])]
    pairs += [(since, commits[0]) for since in chance.sample(commits, 5)]
    pairs += [(chance.choice(commits), chance.choice(commits)) for _ in range(10)]
    for since, head in pairs:
        changes = store.snapshot(ACME, CommitId(head)).changes(CommitId(since) if since else None)
        assert changes is not None
        told = {change.path.text[1:]: change for change in changes}
        listed = git(
            repository, "diff", "--name-only", "--no-renames", since or git_empty(repository), head, "--", "*.md"
        ).split()
        assert set(listed) <= told.keys()
        known = origins(repository, since) if since else {}
        for path, change in told.items():
            assert (change.old == change.new) == (path not in listed)
            known.pop(path, None)
            if change.new:
                known[path] = (change.commit, int(change.at.timestamp()))
        assert known == origins(repository, head)


def origins(repository: Path, commit: str) -> dict[str, tuple[str, int]]:
    """For each memory file of a commit the last one that changed it, and its time, as git tells them."""
    there = [path for path in git(repository, "ls-tree", "-r", "--name-only", commit).split() if path in PATHS]
    told = {path: git(repository, "log", "-1", "--format=%H %ct", commit, "--", path).split() for path in there}
    return {path: (name, int(time)) for path, (name, time) in told.items()}


def git_empty(repository: Path) -> str:
    """The tree without anything."""
    return git(repository, "hash-object", "-t", "tree", "-w", "/dev/null").strip()


def test_what_is_on_another_branch_is_not_of_the_history(store: Repositories, root: Path) -> None:
    repository = root / f"{ACME}.git"
    tree = git(repository, "rev-parse", "main^{tree}").strip()
    who = ["-c", "user.name=E", "-c", "user.email=e@f"]
    other = git(repository, *who, "commit-tree", "-p", "main", "-m", "x", tree, date="2026-04-15T10:00:00Z").strip()
    assert not store.snapshot(ACME).descends_from(CommitId(other))
    assert not store.snapshot(ACME).descends_from(CommitId(tree))
    assert store.snapshot(ACME, CommitId(other)).descends_from(store.head(ACME))
    assert store.snapshot(ACME).changes(CommitId(other)) == []
    assert store.snapshot(ACME, CommitId(other)).changes(store.head(ACME)) == []
