"""Push with the real git: what is taken, and that nothing that git can be told to do rewrites what is there."""

import random

import pytest

from tests.git_client.conftest import Host

MIB = 1024 * 1024


@pytest.mark.requirement("git.push")
def test_a_push_becomes_main_as_it_is(host: Host) -> None:
    person = host.clone()
    before = host.org.commits()
    pushed = [person.commit("Add a page", {"topics/page.md": "# Page\n"}), person.commit("Drop it again", {"a.md": ""})]
    told = person.push()
    assert "main -> main" in told
    assert host.org.commits() == [*reversed(pushed), *before]
    assert host.org.git("log", "-1", "--format=%an <%ae>", "main").strip() == "Ada <ada@example.org>"
    assert person.run("status", "--short", "--branch").stdout == "## main...origin/main\n"
    assert host.org.git("fsck", "--full", "--strict").strip() == ""


def test_a_push_of_nothing_new_changes_nothing(host: Host) -> None:
    person = host.clone()
    person.push()
    assert host.org.commits() == [person.id_of("HEAD")]


def test_a_dry_run_changes_nothing(host: Host) -> None:
    person = host.clone()
    before = host.org.commits()
    person.commit("Add a page", {"topics/page.md": "# Page\n"})
    person.push("--dry-run", "origin", "main")
    assert host.org.commits() == before


def test_scripts_read_what_became_of_a_push(host: Host) -> None:
    person = host.clone()
    person.commit("Add a page", {"topics/page.md": "# Page\n"})
    lines = person.run("push", "--porcelain", "origin", "main").stdout.splitlines()
    assert lines[-1] == "Done"
    assert [line.split("\t")[1] for line in lines if "\t" in line] == ["refs/heads/main:refs/heads/main"]


@pytest.mark.parametrize("options", [(), ("--atomic",), ("--quiet",), ("--force",), ("--force-with-lease",)])
def test_a_push_that_only_adds_is_taken_whatever_it_is_told_to_be(host: Host, options: tuple[str, ...]) -> None:
    person = host.clone()
    person.commit("Add a page", {"topics/page.md": "# Page\n"})
    if options == ("--force-with-lease",):
        assert "stale info" in person.refused("push", *options, "origin", "main")
        return
    person.push(*options, "origin", "main")
    assert host.org.commits()[0] == person.id_of("HEAD")


def test_names_with_spaces_and_of_all_scripts_arrive_as_they_are(host: Host) -> None:
    names = ["topics/a b.md", "topics/Zürich.md", "日記/四月 十五日.md", "topics/🦉.md", "topics/Ωmega — notes (1).md"]
    person = host.clone()
    person.commit("Add pages", {name: f"# {name}\n" for name in names})
    person.push()
    agent = host.org.client()
    for name in names:
        assert agent.result("memory_read", path=f"/{name}")["content"] == f"# {name}\n"
    other = host.clone("Bo")
    assert all(other.read(name) == f"# {name}\n" for name in names)


@pytest.mark.parametrize(
    ("served", "size"), [("with git", 3), ("with git", 60), ("without git", 3)], indirect=["served"]
)
def test_a_large_push_arrives_whole(host: Host, size: int) -> None:
    """Over a megabyte, git does not say beforehand how much will come, but sends it in chunks."""
    person = host.clone()
    person.settings |= {"core.compression": "0", "pack.window": "0"}
    for number in range(size):
        person.write(f"drawings/{number}.bin", random.Random(number).randbytes(MIB))  # noqa: S311 (nobody has to guess it)
    pushed = person.commit("Add large drawings")
    person.push()
    assert host.org.commits()[0] == pushed
    drawn = person.run("rev-parse", f"HEAD:drawings/{size - 1}.bin").stdout
    assert host.org.git("rev-parse", f"main:drawings/{size - 1}.bin") == drawn
    assert host.org.git("fsck", "--full", "--strict").strip() == ""


def test_a_shallow_clone_pushes(host: Host) -> None:
    agent = host.org.client()
    for number in range(3):
        agent.result("memory_append", path="/daily/2026-04-15.md", content=f"- Note {number}.")
    person = host.clone("Ada", "--depth", "1")
    pushed = person.commit("Add a page", {"topics/page.md": "# Page\n"})
    person.push()
    assert host.org.commits()[0] == pushed
    assert len(host.org.commits()) == 5
    assert host.org.git("fsck", "--full", "--strict").strip() == ""


@pytest.mark.requirement("git.only_forward")
def test_a_commit_that_was_amended_after_its_push_does_not_replace_it(host: Host) -> None:
    person = host.clone()
    pushed = person.commit("Add a page", {"topics/page.md": "# Page\n\nOne.\n"})
    person.push()
    person.write("topics/page.md", "# Page\n\nTwo.\n")
    person.git("commit", "--quiet", "--all", "--amend", "--message", "Add another page")
    told = person.refused("push", "--force", "origin", "main")
    assert "topics/page.md" in told
    assert host.org.commits()[0] == pushed


def test_a_lease_on_what_was_seen_is_not_broken(host: Host) -> None:
    person = host.clone()
    before = host.org.commits()
    person.commit("Add a page", {"topics/page.md": "# Page\n"})
    assert "stale info" in person.refused("push", "--force-with-lease", "origin", "main")
    assert host.org.commits() == before


@pytest.mark.requirement("git.only_main")
@pytest.mark.parametrize(
    ("what", "arguments"),
    [
        ("another branch", ("HEAD:refs/heads/draft",)),
        ("a tag", ("v1",)),
        ("a tag beside main", ("--atomic", "main", "v1")),
        ("all there is", ("--mirror",)),
        ("a note", ("HEAD:refs/notes/commits",)),
        ("main is to go", ("--delete", "main")),
        ("main is to go, put otherwise", (":refs/heads/main",)),
        ("another branch is to go", (":refs/heads/draft",)),
    ],
)
def test_nothing_but_main_is_moved_and_main_stays(host: Host, what: str, arguments: tuple[str, ...]) -> None:
    person = host.clone()
    before = host.org.git("show-ref")
    person.git("tag", "v1")
    if what != "all there is":
        arguments = (
            ("origin", *arguments)
            if arguments[0] not in {"--atomic", "--delete"}
            else (
                arguments[0],
                "origin",
                *arguments[1:],
            )
        )
    person.commit("Add a page", {"topics/page.md": "# Page\n"})
    person.refused("push", *(arguments if what != "all there is" else ("--mirror", "origin")))
    after = host.org.git("show-ref").replace(person.id_of("HEAD"), before.split()[0])
    assert after == before
