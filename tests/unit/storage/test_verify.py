"""What a check of a repository finds."""

from pathlib import Path

import pytest

from memory_service.domain.errors import DataCorrupt
from memory_service.domain.paths import MemoryPath
from memory_service.storage import Repositories
from tests.clocks import ManualClock
from tests.edits import put
from tests.real_git import git
from tests.unit.storage.conftest import ACME


@pytest.fixture
def repository(store: Repositories, root: Path) -> Path:
    store.write(ACME, put("/topics/icp.md", bytes(range(1, 128)) * 20))
    store.write(ACME, put("/b.md", b"b"))
    store.close()  # what is in the journal would be mended
    return root / "acme.git"


def problems(repository: Path, clock: ManualClock) -> list[str]:
    return list(Repositories(repository.parent, clock).verify(ACME))


def test_a_whole_repository_has_no_problems(repository: Path, clock: ManualClock) -> None:
    assert problems(repository, clock) == []


def test_a_flipped_byte_is_found(repository: Path, clock: ManualClock) -> None:
    largest = max(repository.rglob("*.pack"), key=lambda path: path.stat().st_size)
    data = bytearray(largest.read_bytes())
    data[len(data) // 3] ^= 0xFF
    largest.chmod(0o644)
    largest.write_bytes(data)
    assert problems(repository, clock)


def test_missing_objects_are_named(repository: Path, clock: ManualClock) -> None:
    folder = git(repository, "rev-parse", "main:topics").strip()
    for index in list(repository.rglob("*.idx")):
        if folder in git(repository, "verify-pack", "-v", str(index)):
            index.with_suffix(".pack").unlink()
    assert f"The tree {folder} is missing" in problems(repository, clock)
    with pytest.raises(DataCorrupt):
        Repositories(repository.parent, clock).write(ACME, put("/topics/new.md", b"x"))


@pytest.mark.parametrize("content", [b"", b"0" * 40 + b"\n", b"no commit at all, but some other text\n"])
def test_a_damaged_ref_is_found(repository: Path, clock: ManualClock, content: bytes) -> None:
    (repository / "refs" / "heads" / "main").write_bytes(content)
    assert len(problems(repository, clock)) == 1


@pytest.mark.parametrize("name", ["HEAD", "refs/heads/main"])
def test_a_missing_ref_is_found(repository: Path, clock: ManualClock, name: str) -> None:
    (repository / name).unlink()
    (problem,) = problems(repository, clock)
    assert "missing" in problem


def test_a_head_that_names_another_branch_is_found(repository: Path, clock: ManualClock) -> None:
    (repository / "HEAD").write_bytes(b"ref: refs/heads/master\n")
    assert problems(repository, clock) == ["HEAD does not name main"]


def test_files_that_are_no_memory_are_found(repository: Path, clock: ManualClock, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(repository), "clone")
    (clone / "code.py").touch()
    (clone / "B.md").touch()
    (clone / "run.md").touch(0o755)
    (clone / "link.md").symlink_to("b.md")
    (clone / ".gitignore").touch()
    git(clone, "add", "-A")
    git(clone, "-c", "user.name=E", "-c", "user.email=e@example.org", "commit", "-q", "-m", "x")
    git(clone, "push", "-q", "origin", "main")
    found = problems(repository, clock)
    assert len(found) == 4
    for name in ("/code.py", "/b.md", "/run.md", "/link.md"):
        assert any(problem.startswith(name + " ") for problem in found)
    assert Repositories(repository.parent, clock).snapshot(ACME).entry(MemoryPath("/b.md"))
