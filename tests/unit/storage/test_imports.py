"""Memories that begin with what somebody brings."""

import os
from pathlib import Path

import pytest

from memory_service.domain.errors import RequestInvalid
from memory_service.domain.paths import MemoryPath
from memory_service.storage import Created, Repositories, StorageLimits
from tests.clocks import ManualClock
from tests.edits import append
from tests.real_git import git
from tests.unit.storage.conftest import ACME


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


def files(folder: Path, contents: dict[str, bytes]) -> None:
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def brought(store: Repositories, source: Path) -> Created:
    return store.create(ACME, author="Ada", author_id="key_1", source=source)


def reasons(created: Created) -> dict[str, str]:
    return {skipped.path: skipped.reason for skipped in created.skipped}


def all_files(root: Path) -> list[str]:
    return git(root / "acme.git", "-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", "main").splitlines()


def commit(folder: Path, message: str) -> str:
    git(folder, "add", "-A")
    git(folder, "-c", "user.name=Eve", "-c", "user.email=eve@example.org", "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD").strip()


def repository(folder: Path, contents: dict[str, bytes]) -> str:
    git(folder, "init", "-q", "-b", "trunk")
    files(folder, contents)
    return commit(folder, "first")


def test_a_folder_becomes_one_commit(empty_store: Repositories, root: Path, source: Path) -> None:
    files(source, {"MEMORY.md": b"m", "topics/icp.md": b"i", "topics/deep/er.md": b"e", "daily/2026-04-15.md": b""})
    created = brought(empty_store, source)
    assert (created.org, created.files, created.skipped) == (ACME, 4, ())
    assert created.commit == empty_store.head(ACME)
    assert all_files(root) == [
        ".gitattributes", "MEMORY.md", "daily/2026-04-15.md", "topics/deep/er.md", "topics/icp.md",
    ]  # fmt: skip
    assert git(root / "acme.git", "log", "--format=%an|%s").strip() == "Ada|Import 4 files"
    assert git(root / "acme.git", "show", "main:topics/icp.md") == "i"
    assert git(root / "acme.git", "fsck", "--full", "--strict") == ""
    assert empty_store.verify(ACME) == []


def test_files_that_are_no_memory_are_named_with_their_reason(
    empty_store: Repositories, root: Path, source: Path
) -> None:
    files(
        source,
        {
            "good.md": b"ok",
            ".git-like/x.md": b"hidden",
            "README.txt": b"no",
            "big.md": b"x" * ((1 << 20) + 1),
            "exact.md": b"x" * (1 << 20),
            "zero.md": b"a\0b",
            "latin.md": "é".encode("latin-1"),
            "con.md": b"device",
            "Topics/a.md": b"first",
            "topics/b.md": b"twin folder",
            "GOOD.md": b"twin",
            "decomposed-e\u0301.md": b"nfd",
        },
    )
    (source / os.fsdecode(b"bad-\xff.md")).write_bytes(b"x")
    (source / "link.md").symlink_to(source / "good.md")
    (source / "linked").symlink_to(source / "Topics")
    os.mkfifo(source / "pipe.md")
    created = brought(empty_store, source)
    assert all_files(root) == [".gitattributes", "GOOD.md", "Topics/a.md", "exact.md"]
    assert created.files == 3
    found = reasons(created)
    assert found.keys() == {
        "README.txt", "big.md", "zero.md", "latin.md", "con.md", "topics/b.md", "good.md", "decomposed-e\u0301.md",
        "bad-\\xff.md", "link.md", "linked", "pipe.md",
    }  # fmt: skip
    assert "NUL" in found["zero.md"]
    assert "UTF-8" in found["latin.md"]
    assert "1048576" in found["big.md"]
    assert "GOOD.md" in found["good.md"]
    assert "Topics" in found["topics/b.md"]
    assert "symbolic link" in found["link.md"]
    assert "regular" in found["pipe.md"]
    assert empty_store.verify(ACME) == []


def test_a_folder_takes_as_many_entries_as_it_may(root: Path, source: Path, clock: ManualClock) -> None:
    store = Repositories(root, clock, StorageLimits(folder_entries=3))
    files(source, {f"full/{number}.md": b"x" for number in range(5)})
    files(source, {"full/sub/a.md": b"x", "full/0.txt": b"x"})
    created = brought(store, source)
    assert created.files == 3
    assert "3 entries" in reasons(created)["full/sub/a.md"]
    assert reasons(created).keys() == {"full/0.txt", "full/3.md", "full/4.md", "full/sub/a.md"}


def test_an_import_tells_how_far_it_has_come(empty_store: Repositories, source: Path) -> None:
    files(source, {f"{number}.md": b"x" for number in range(5)})
    told: list[tuple[int, int]] = []
    empty_store.create(
        ACME, author="Ada", author_id="k", source=source, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(done, 5) for done in range(1, 6)]


@pytest.mark.parametrize("bare", [False, True])
def test_a_repository_keeps_its_history(
    empty_store: Repositories, root: Path, source: Path, tmp_path: Path, bare: bool
) -> None:
    first = repository(source, {"a.md": b"1\n", ".gitignore": b"*.tmp\n", ".gitattributes": b"*.md text\n"})
    files(source, {"a.md": b"2\n", "b/c.md": b"3\n"})
    second = commit(source, "second")
    if bare:
        git(tmp_path, "clone", "-q", "--bare", str(source), "bare.git")
    created = brought(empty_store, tmp_path / "bare.git" if bare else source)
    assert created.commit == second
    assert (created.files, created.skipped) == (2, ())
    assert git(root / "acme.git", "rev-list", "main").split() == [second, first]
    assert all_files(root) == [".gitattributes", ".gitignore", "a.md", "b/c.md"]
    assert git(root / "acme.git", "fsck", "--full", "--strict") == ""
    assert empty_store.verify(ACME) == []


def test_a_repository_with_deltas_and_merges_is_copied_whole(
    empty_store: Repositories, root: Path, source: Path
) -> None:
    lines = b"".join(b"line %d of a long note\n" % number for number in range(500))
    repository(source, {"a.md": lines})
    for number in range(10):
        files(source, {"a.md": lines + b"%d\n" % number})
        commit(source, f"change {number}")
    git(source, "checkout", "-q", "-b", "side", "HEAD~5")
    files(source, {"side.md": b"s"})
    commit(source, "side")
    git(source, "checkout", "-q", "trunk")
    git(source, "-c", "user.name=E", "-c", "user.email=e@example.org", "merge", "-q", "--no-edit", "side")
    git(source, "gc", "-q", "--aggressive")
    head = git(source, "rev-parse", "HEAD").strip()
    assert brought(empty_store, source).commit == head
    assert git(root / "acme.git", "rev-list", "--count", "main").strip() == "13"
    assert git(root / "acme.git", "fsck", "--full", "--strict") == ""


def test_one_more_commit_drops_what_is_no_memory_from_a_repository(
    empty_store: Repositories, root: Path, source: Path
) -> None:
    files(source, {"run.md": b"executable"})
    (source / "run.md").chmod(0o755)
    (source / "link.md").symlink_to("a.md")
    head = repository(
        source, {"a.md": b"1", "code.py": b"2", "only/code.py": b"3", "zero.md": b"\0", "sub/.gitignore": b""}
    )
    created = brought(empty_store, source)
    assert reasons(created).keys() == {"code.py", "only/code.py", "zero.md", "link.md", "sub/.gitignore"}
    assert git(root / "acme.git", "rev-parse", "main^").strip() == head
    assert git(root / "acme.git", "log", "-1", "--format=%an|%s").strip() == "Ada|Leave out what is no memory"
    tree = git(root / "acme.git", "ls-tree", "-r", "main").splitlines()
    assert [(line.split()[0], line.split()[3]) for line in tree] == [("100644", "a.md"), ("100644", "run.md")]
    assert git(root / "acme.git", "show", f"{head}:code.py") == "2"
    assert empty_store.verify(ACME) == []
    assert git(root / "acme.git", "fsck", "--full", "--strict") == ""


def test_an_imported_repository_takes_edits(empty_store: Repositories, root: Path, source: Path) -> None:
    head = repository(source, {"a.md": b"1\n"})
    brought(empty_store, source)
    empty_store.write(ACME, append("/a.md", b"2\n"))
    assert git(root / "acme.git", "rev-parse", "main^").strip() == head
    assert git(root / "acme.git", "show", "main:a.md") == "1\n2\n"
    entry = empty_store.snapshot(ACME).entry(MemoryPath("/a.md"))
    assert entry


def test_sources_of_no_use_are_refused_with_a_reason_and_leave_nothing(
    empty_store: Repositories, source: Path, tmp_path: Path
) -> None:
    origin = tmp_path / "origin"
    origin.mkdir()
    repository(origin, {"a.md": b"1"})
    files(origin, {"a.md": b"2"})
    commit(origin, "second")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{origin}", "shallow")
    git(source, "init", "-q")
    for place, reason in (
        (tmp_path / "nowhere", "no folder"),
        (tmp_path / "shallow", "shallow"),
        (source, "no commit"),
    ):
        with pytest.raises(RequestInvalid, match=reason):
            brought(empty_store, place)
        assert empty_store.names() == []


@pytest.mark.parametrize("folder", [b".GIT", b".gitmodules"])
def test_a_repository_that_git_would_find_fault_with_is_refused(
    empty_store: Repositories, source: Path, folder: bytes
) -> None:
    repository(source, {"a.md": b"1"})
    blob = git(source, "rev-parse", "HEAD:a.md").strip()
    entry = b"40000 %s\0" % folder + bytes.fromhex(_empty_tree(source))
    tree = git(
        source, "hash-object", "-w", "-t", "tree", "--literally", "--stdin-paths",
        stdin=str(_tree_file(source.parent / "tree", entry, blob)),
    ).strip()  # fmt: skip
    made = git(source, "-c", "user.name=E", "-c", "user.email=e@example.org", "commit-tree", "-m", "bad", tree).strip()
    git(source, "update-ref", "refs/heads/trunk", made)
    with pytest.raises(RequestInvalid, match=tree):
        brought(empty_store, source)


@pytest.mark.parametrize("author", ["E <e@example.org> 1 +051800", "E <e@example.org> -5 +0000", "E <<e> 1 +0000"])
def test_a_commit_that_git_would_find_fault_with_is_refused(
    empty_store: Repositories, source: Path, author: str
) -> None:
    head = repository(source, {"a.md": b"1"})
    text = git(source, "cat-file", "commit", head)
    line = next(line for line in text.splitlines() if line.startswith("author "))
    bad = text.replace(line, f"author {author}")
    made = git(source, "hash-object", "--literally", "-w", "-t", "commit", "--stdin", stdin=bad).strip()
    git(source, "update-ref", "refs/heads/trunk", made)
    with pytest.raises(RequestInvalid, match=made):
        brought(empty_store, source)


def test_a_commit_of_a_year_that_no_calendar_has_is_taken_in(
    empty_store: Repositories, root: Path, source: Path
) -> None:
    repository(source, {"a.md": b"1"})
    identity = ("-c", "user.name=Eve", "-c", "user.email=eve@example.org")
    git(source, *identity, "commit", "-q", "--amend", "-m", "far", date="@999999999999 +0000")
    brought(empty_store, source)
    empty_store.write(ACME, append("/b.md", b"2\n"))
    (*_, last) = empty_store.snapshot(ACME).changes(None) or ()
    assert last.at.year == 9999
    assert git(root / "acme.git", "fsck", "--full", "--strict") == ""


def test_a_repository_that_lacks_an_object_is_refused(empty_store: Repositories, source: Path) -> None:
    repository(source, {"a.md": b"1"})
    blob = git(source, "rev-parse", "HEAD:a.md").strip()
    (source / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(RequestInvalid, match=blob):
        brought(empty_store, source)


def _empty_tree(folder: Path) -> str:
    return git(folder, "hash-object", "-w", "-t", "tree", "--stdin").strip()


def _tree_file(path: Path, first: bytes, blob: str) -> Path:
    path.write_bytes(first + b"100644 a.md\0" + bytes.fromhex(blob))
    return path
