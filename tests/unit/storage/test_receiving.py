"""Pushes as they are meant to be: taken in, merged, told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memory_service.domain.paths import MemoryPath
from tests.clocks import ManualClock
from tests.edits import append
from tests.push_client import MAIN, Clone, Served
from tests.real_git import git
from tests.unit.storage.conftest import ACME


@pytest.fixture
def served(root: Path, clock: ManualClock) -> Iterator[Served]:
    served = Served(root, clock)
    served.store.create(ACME, author="Ada", author_id="key_1")
    yield served
    served.close()


@pytest.fixture
def clone(served: Served, tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone", served, ACME)


def content(served: Served, path: str) -> bytes | None:
    snapshot = served.store.snapshot(ACME)
    entry = snapshot.entry(MemoryPath(path))
    return snapshot.read(entry.blob) if entry and entry.blob else None


def test_a_push_onto_what_it_was_made_from_moves_main_to_its_commit(served: Served, clone: Clone) -> None:
    old = served.store.head(ACME)
    pushed = clone.commit({"topics/plan.md": "A plan\n"})
    answer = served.push(clone)
    assert answer.ok
    assert answer.lines == (f"ok {MAIN}", f"option refname {MAIN}", f"option old-oid {old}")
    assert answer.said == ()
    assert served.store.head(ACME) == pushed
    assert content(served, "/topics/plan.md") == b"A plan\n"
    assert served.store.verify(ACME) == []


def test_a_push_that_has_not_seen_the_newest_commits_is_merged(served: Served, clone: Clone) -> None:
    served.store.write(ACME, append("/daily/2026-04-15.md", b"agent\n"))
    head = served.store.head(ACME)
    pushed = clone.commit({"topics/plan.md": "A plan\n"})
    answer = served.push(clone)
    assert answer.ok, answer
    merged = served.store.head(ACME)
    assert answer.said == (f"Merged with 1 commit made meanwhile, as {merged[:10]}: git pull to see them",)
    assert git(served.root / "acme.git", "rev-list", "--parents", "-1", "main").split() == [merged, head, pushed]
    assert content(served, "/topics/plan.md") == b"A plan\n"
    assert content(served, "/daily/2026-04-15.md") == b"agent\n"
    git(served.root / "acme.git", "fsck", "--full", "--strict")
    clone.pull()
    assert git(clone.path, "rev-parse", "HEAD").strip() == merged
