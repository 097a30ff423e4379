"""What a push may not bring: refused whole, with every reason, and nothing of it is left."""

import os
from pathlib import Path

import pytest

from tests.git_client.conftest import ON_ONE_SERVER, Host
from tests.git_client.people import Person

pytestmark = ON_ONE_SERVER


def commit_entry(person: Person, mode: str, name: str, content: str = "text\n", kind: str = "blob") -> str:
    """Commit an entry that no file system of this machine needs to hold."""
    oid = person.run("hash-object", "-w", "--stdin", stdin=content).stdout.strip()
    if kind == "commit":
        oid = person.id_of("HEAD")
    entries = person.run("ls-tree", "-z", "HEAD").stdout + f"{mode} {kind} {oid}\t{name}\0"
    tree = person.run("mktree", "-z", "--missing", stdin=entries).stdout.strip()
    commit = person.run("commit-tree", tree, "-p", "HEAD", "-m", "Add an entry").stdout.strip()
    person.git("update-ref", "refs/heads/main", commit)
    return commit


def is_refused(host: Host, person: Person, *named: str) -> str:
    """Push, and check that nothing of it was taken; what git told."""
    before = stored(host.org.repository)
    told = person.refused("push", "origin", "main")
    assert "[remote rejected]" in told
    for name in named:
        assert any(line.startswith("remote:") and name in line for line in told.splitlines()), told
    assert stored(host.org.repository) == before
    return told


def stored(repository: Path) -> dict[str, int]:
    """The files of a repository and their sizes."""
    return {
        str(path.relative_to(repository)): path.stat().st_size
        for folder, _, files in os.walk(repository)
        for path in (Path(folder) / name for name in files)
        if path.suffix != ".lock"
    }


@pytest.mark.requirement("git.refused")
@pytest.mark.parametrize(
    ("mode", "name", "kind"),
    [
        ("120000", "link.md", "blob"),
        ("100755", "run.md", "blob"),
        ("160000", "module.md", "commit"),
        ("100644", "picture.png", "blob"),
        ("100644", "README", "blob"),
        ("100644", "GIT~1", "blob"),
        ("100644", "con.md", "blob"),
        ("100644", "a:b.md", "blob"),
        ("100644", "e\u0301.md", "blob"),
        ("100644", "a\u202eb.md", "blob"),
        ("100644", ".gitmodules", "blob"),
    ],
)
def test_an_entry_that_no_memory_may_hold_is_refused(host: Host, mode: str, name: str, kind: str) -> None:
    person = host.clone()
    commit_entry(person, mode, name, kind=kind)
    is_refused(host, person)


@pytest.mark.requirement("git.refused")
def test_names_that_differ_in_case_alone_are_refused_by_name(host: Host) -> None:
    person = host.clone()
    person.commit("Add a plan", {"topics/plan.md": "# Plan\n"})
    person.push()
    person.commit("Add another", {"topics/Plan.md": "# Plan\n"})
    is_refused(host, person, "topics/Plan.md")


@pytest.mark.requirement("git.refused")
def test_content_that_is_no_text_or_too_large_is_refused_by_name(host: Host) -> None:
    person = host.clone()
    person.write("topics/latin.md", "Zürich".encode("latin-1"))
    person.write("topics/nul.md", b"a\0b")
    person.write("topics/large.md", b"x" * (1024 * 1024 + 1))
    person.commit("Add pages")
    is_refused(host, person, "topics/latin.md", "topics/nul.md", "topics/large.md")


@pytest.mark.requirement("git.reasons")
def test_up_to_twenty_reasons_are_told_at_once(host: Host) -> None:
    person = host.clone()
    person.commit("Add pictures", {f"pictures/{number}.png": "x" for number in range(30)})
    told = is_refused(host, person, "pictures/0.png")
    named = [line for line in told.splitlines() if line.startswith("remote: pictures/")]
    assert len(named) == 20


@pytest.mark.requirement("git.whole")
def test_what_was_wrong_for_a_while_within_a_push_is_refused_too(host: Host) -> None:
    person = host.clone()
    person.commit("Add a picture", {"picture.png": "x"})
    person.git("rm", "--quiet", "picture.png")
    person.commit("Remove it again")
    is_refused(host, person, "picture.png")


def test_after_it_was_mended_a_push_is_taken(host: Host) -> None:
    person = host.clone()
    person.commit("Add a page", {"page.md": "# Page\n", "picture.png": "x"})
    is_refused(host, person, "picture.png")
    person.git("rm", "--quiet", "--cached", "picture.png")
    person.git("commit", "--quiet", "--amend", "--no-edit")
    person.push()
    assert host.org.commits()[0] == person.id_of("HEAD")


def test_a_push_from_another_history_is_refused(host: Host) -> None:
    person = host.clone()
    person.git("checkout", "--quiet", "--orphan", "fresh")
    person.commit("Begin anew", {"a.md": "# A\n"})
    before = host.org.git("show-ref")
    person.refused("push", "origin", "fresh:main")
    assert host.org.git("show-ref") == before


def test_a_push_of_incredible_date_is_refused(host: Host) -> None:
    person = host.clone()
    person.write("a.md", "# A\n")
    person.git("add", "a.md")
    tree = person.run("write-tree").stdout.strip()
    for stamp in ("99999999999999999999 +0000", "-1 +0000", "4102444800 +0000"):
        parent = person.id_of("HEAD")
        text = f"tree {tree}\nparent {parent}\nauthor A <a@b> {stamp}\ncommitter A <a@b> {stamp}\n\nx\n"
        oid = person.run("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=text).stdout.strip()
        assert "remote" in person.refused("push", "origin", f"{oid}:refs/heads/main")
    assert host.org.commits() == [person.id_of("HEAD")]
