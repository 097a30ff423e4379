"""What changed between two commits, and by which one: as git tells it, merges included."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from memory_service.domain.ids import CommitId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.trees import Change
from memory_service.storage import Repositories
from tests.clocks import ManualClock
from tests.edits import append, put
from tests.real_git import git
from tests.unit.storage.conftest import ACME


@pytest.fixture
def clone(store: Repositories, root: Path, tmp_path: Path) -> Path:
    git(tmp_path, "clone", "-q", str(root / "acme.git"), "clone")
    return tmp_path / "clone"


class Person:
    """Somebody who works in a clone; each commit is a second later than the one before."""

    def __init__(self, clone: Path, clock: ManualClock) -> None:
        self.clone = clone
        self._clock = clock

    def commit(self, **contents: str | None) -> str:
        for name, content in contents.items():
            path = self.clone / f"{name}.md"
            if content is None:
                path.unlink()
            else:
                path.write_text(content)
        git(self.clone, "add", "-A")
        return self.git("commit", "-q", "--allow-empty", "-m", "by hand")

    def merge(self, branch: str, *arguments: str) -> str:
        return self.git("merge", "-q", "--no-ff", "--no-edit", *arguments, branch)

    def git(self, *arguments: str) -> str:
        self._clock.advance(1)
        date = self._clock().strftime("%Y-%m-%dT%H:%M:%S+0000")
        git(self.clone, "-c", "user.name=Eve", "-c", "user.email=eve@example.org", *arguments, date=date)
        return git(self.clone, "rev-parse", "HEAD").strip()


@pytest.fixture
def person(clone: Path, clock: ManualClock) -> Person:
    return Person(clone, clock)


def changes(store: Repositories, since: str | None) -> list[Change]:
    found = store.snapshot(ACME).changes(CommitId(since) if since else None)
    assert found is not None
    return list(found)


def last_commits(person: Person, paths: list[str]) -> dict[str, str]:
    return {path: git(person.clone, "log", "-1", "--format=%H", "--", path[1:]).strip() for path in paths}


def test_changes_of_a_merge_are_those_of_the_commits_that_made_them(store: Repositories, person: Person) -> None:
    start = person.commit(a="1", b="1", c="1")
    git(person.clone, "branch", "side")
    person.commit(a="2")
    git(person.clone, "checkout", "-q", "side")
    person.commit(b="2", d="1")
    person.commit(c=None)
    git(person.clone, "checkout", "-q", "main")
    person.merge("side")
    git(person.clone, "push", "-q", "origin", "main")
    since_start = changes(store, start)
    assert {change.path.text for change in since_start} == {"/a.md", "/b.md", "/c.md", "/d.md"}
    assert {change.path.text: change.commit for change in since_start} == last_commits(
        person, [change.path.text for change in since_start]
    )
    from_nothing = changes(store, None)
    assert [change.path.text for change in from_nothing] == ["/a.md", "/b.md", "/d.md"]
    assert {change.path.text: change.commit for change in from_nothing} == last_commits(
        person, [change.path.text for change in from_nothing]
    )


def test_what_a_merge_itself_makes_is_its_own(store: Repositories, person: Person) -> None:
    start = person.commit(a="1")
    git(person.clone, "checkout", "-q", "-b", "side")
    person.commit(a="2")
    git(person.clone, "checkout", "-q", "main")
    person.commit(a="3")
    person.merge("side", "-s", "ours", "--no-commit")
    merge = person.commit(a="2 and 3")
    git(person.clone, "push", "-q", "origin", "main")
    assert [change.commit for change in changes(store, start)] == [merge]


def test_the_earlier_head_may_be_any_parent_of_a_merge(store: Repositories, person: Person) -> None:
    git(person.clone, "checkout", "-q", "-b", "mine")
    mine = person.commit(mine="1")
    before = store.write(ACME, put("/theirs.md", b"1"))
    git(person.clone, "fetch", "-q")
    person.merge("origin/main")
    git(person.clone, "push", "-q", "origin", "mine:main")
    assert [(change.path.text, change.commit) for change in changes(store, before.commit)] == [("/mine.md", mine)]
    assert {change.path.text for change in changes(store, None)} == {"/mine.md", "/theirs.md"}


def test_a_file_that_a_merge_takes_back_to_an_old_branch_is_still_told(store: Repositories, person: Person) -> None:
    person.commit(a="1", b="1")
    git(person.clone, "branch", "old")
    start = person.commit(a="2", b=None, c="1")
    git(person.clone, "checkout", "-q", "old")
    person.commit(d="1")
    person.merge("main", "-s", "ours")
    git(person.clone, "push", "-q", "origin", "old:main")
    assert [(change.path.text, change.new is None) for change in changes(store, start)] == [
        ("/a.md", False), ("/b.md", False), ("/c.md", True), ("/d.md", False),
    ]  # fmt: skip


def test_a_root_without_a_file_that_was_there_before_is_told_as_its_removal(
    store: Repositories, person: Person
) -> None:
    start = person.commit(a="1")
    git(person.clone, "checkout", "-q", "--orphan", "other")
    git(person.clone, "rm", "-rfq", ".")
    person.commit(b="1")
    person.merge("main", "-s", "ours", "--allow-unrelated-histories")
    git(person.clone, "push", "-q", "origin", "other:main")
    assert [(change.path.text, change.new is None) for change in changes(store, start)] == [
        ("/a.md", True), ("/b.md", False),
    ]  # fmt: skip


def test_what_is_no_memory_file_is_no_change(store: Repositories, person: Person) -> None:
    start = store.head(ACME)
    (person.clone / ".gitignore").write_text("x")
    (person.clone / "code.py").write_text("x")
    (person.clone / "run.md").write_text("x")
    (person.clone / "run.md").chmod(0o755)
    (person.clone / "link.md").symlink_to("code.py")
    person.commit(a="1")
    git(person.clone, "push", "-q", "origin", "main")
    assert [change.path.text for change in changes(store, start)] == ["/a.md"]
    assert [entry.path.text for entry in store.snapshot(ACME).entries(MemoryPath("/"))] == ["/a.md"]


def test_a_file_that_becomes_a_folder_is_both_gone_and_new(store: Repositories, person: Person) -> None:
    start = person.commit(a="1")
    (person.clone / "a.md").unlink()
    (person.clone / "a.md").mkdir()
    person.commit(**{"a.md/b": "2"})
    git(person.clone, "push", "-q", "origin", "main")
    assert [(change.path.text, change.new is None) for change in changes(store, start)] == [
        ("/a.md", True), ("/a.md/b.md", False),
    ]  # fmt: skip


def test_a_trailer_is_found_behind_commits_with_a_slow_clock(
    store: Repositories, person: Person, clock: ManualClock
) -> None:
    began = clock()
    made = store.write(ACME, append("/a.md", b"1", {"Execution-Id": "exec_1"}))
    git(person.clone, "pull", "-q")
    slow = Person(person.clone, ManualClock(datetime(2020, 1, 1, tzinfo=UTC)))
    for number in range(3):
        slow.commit(b=str(number))
    git(person.clone, "push", "-q", "origin", "main")
    found = store.find(ACME, "Execution-Id", "exec_1", began)
    assert found
    assert found.commit == made.commit
    assert store.snapshot(ACME).changes(made.commit)


def test_a_trailer_that_a_person_writes_is_not_believed(
    store: Repositories, person: Person, clock: ManualClock
) -> None:
    began = clock()
    (person.clone / "a.md").write_text("x")
    git(person.clone, "add", ".")
    person.git("commit", "-q", "-m", "by hand\n\nExecution-Id: exec_1")
    git(person.clone, "push", "-q", "origin", "main")
    assert store.find(ACME, "Execution-Id", "exec_1", began) is None


def test_a_search_for_a_trailer_ends_where_commits_are_too_old(
    store: Repositories, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory_service.storage.history.OLD_IN_A_ROW", 2)
    store.write(ACME, append("/a.md", b"1", {"Execution-Id": "exec_1"}))
    for number in range(3):
        store.write(ACME, put("/b.md", b"%d" % number))
    clock.advance(5 * 60)
    assert store.find(ACME, "Execution-Id", "exec_1", clock())
    clock.advance(24 * 60 * 60)
    assert store.find(ACME, "Execution-Id", "exec_1", clock()) is None
