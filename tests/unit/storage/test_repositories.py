"""Repositories on disk: what git sees of them, and their coming and going."""

import threading
from pathlib import Path

import pytest

from memory_service.domain.errors import OrgExists, OrgNotFound, Overloaded, RequestInvalid
from memory_service.domain.ids import OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.trees import Edit
from memory_service.storage import Repositories, StorageLimits
from memory_service.storage.locks import held
from tests.clocks import ManualClock
from tests.edits import append, put
from tests.queues import queued
from tests.real_git import git
from tests.unit.storage.conftest import ACME


def test_git_clones_a_new_repository_and_finds_the_attributes_for_daily_notes(store: Repositories, root: Path) -> None:
    git(root, "clone", "-q", str(root / "acme.git"), "clone")
    assert git(root / "clone", "branch", "--show-current").strip() == "main"
    assert (root / "clone" / ".gitattributes").read_text() == "daily/*.md merge=union\n"
    assert git(root / "clone", "log", "--format=%an <%ae>|%cn|%s").strip() == "Ada <key_1>|Ada|Begin an empty memory"


def test_git_never_tidies_up_of_its_own_accord(store: Repositories, root: Path) -> None:
    configured = git(root / "acme.git", "config", "--list", "--local").split()
    for setting in ("gc.auto=0", "receive.autogc=false", "maintenance.auto=false", "core.bare=true", "core.fsync=all"):
        assert setting in configured


def test_git_log_tells_who_changed_what_and_by_which_call(store: Repositories, root: Path) -> None:
    made = store.write(
        ACME,
        Edit(
            path=MemoryPath("/topics/icp.md"),
            apply=lambda found: b"x",
            author="Zoë <agent>",
            author_id="key_7",
            subject="memory_write /topics/icp.md",
            trailers={"Capability": "memory_write", "Execution-Id": "exec_1"},
        ),
    )
    log = git(root / "acme.git", "log", "-1", "--format=%H|%an|%ae|%cn|%ce|%ct|%s|%(trailers:only,separator=%x3B)")
    assert log.strip() == (
        f"{made.commit}|Zoë agent|key_7|Memory Service|memory-service|{int(made.at.timestamp())}"
        "|memory_write /topics/icp.md|Capability: memory_write;Execution-Id: exec_1"
    )
    found = git(root / "acme.git", "log", "--format=%H", "--grep", "Execution-Id: exec_1")
    assert found.strip() == made.commit


def test_git_finds_no_fault_and_nothing_loose_after_many_kinds_of_edits(store: Repositories, root: Path) -> None:
    for path in ("/a.md", "/b/c.md", "/b/c/d.md", "/b-c.md", "/b.md", "/é/ß.md"):
        store.write(ACME, put(path, path.encode()))
        store.write(ACME, append(path, b"more"))
    repository = root / "acme.git"
    assert git(repository, "fsck", "--full", "--strict", "--no-dangling") == ""
    assert git(repository, "count-objects").startswith("0 objects")
    assert git(repository, "show", "main:é/ß.md") == "/é/ß.mdmore"
    assert "memory: 1 commits" in git(repository, "reflog", "main")
    assert store.verify(ACME) == []


def test_the_files_kept_for_people_are_not_shown(store: Repositories) -> None:
    snapshot = store.snapshot(ACME)
    assert snapshot.entry(MemoryPath("/.gitattributes")) is None
    assert snapshot.entries(MemoryPath("/")) == []
    assert snapshot.changes(None) == []


def test_each_edit_of_a_batch_is_its_own_commit_in_one_pack(store: Repositories, root: Path) -> None:
    repository = root / "acme.git"
    packs = len(list(repository.rglob("*.pack")))
    store.head(ACME)
    threads = [threading.Thread(target=store.write, args=(ACME, append("/a.md", b"%d\n" % n))) for n in range(6)]
    with held(repository / "write.lock", 0):
        for thread in threads:
            thread.start()
        queued(store._opened[ACME]._turns, 5)
    for thread in threads:
        thread.join(30)
    assert git(repository, "rev-list", "--count", "main").strip() == "7"
    assert len(list(repository.rglob("*.pack"))) == packs + 2
    entry = store.snapshot(ACME).entry(MemoryPath("/a.md"))
    assert entry
    assert entry.blob
    assert sorted(store.snapshot(ACME).read(entry.blob).split()) == [b"%d" % n for n in range(6)]


def test_a_writer_that_is_kept_out_for_too_long_says_so(store: Repositories, root: Path, clock: ManualClock) -> None:
    impatient = Repositories(root, clock, StorageLimits(lock_seconds=0.05))
    with held(root / "acme.git" / "write.lock", 0), pytest.raises(Overloaded):
        impatient.write(ACME, put("/a.md", b"x"))
    assert impatient.write(ACME, put("/a.md", b"x")).changed


def test_a_name_is_taken_once(store: Repositories) -> None:
    with pytest.raises(OrgExists):
        store.create(ACME, author="Ada", author_id="key_1")


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a/b", "..", "a" * 64, "ä", "a.git", "a\n"])
def test_what_is_no_name_is_refused_and_unknown(store: Repositories, name: str) -> None:
    with pytest.raises(RequestInvalid):
        store.create(OrgId(name), author="Ada", author_id="key_1")
    assert not store.exists(OrgId(name))
    with pytest.raises(OrgNotFound):
        store.head(OrgId(name))


def test_organisations_are_listed_by_name_and_gone_when_removed(store: Repositories, root: Path) -> None:
    globex = OrgId("globex")
    store.create(globex, author="Ada", author_id="key_1")
    store.create(OrgId("a1"), author="Ada", author_id="key_1")
    (root / "notes.txt").touch()
    assert store.names() == ["a1", ACME, globex]
    store.remove(ACME)
    assert store.names() == ["a1", globex]
    assert not store.exists(ACME)
    for call in (lambda: store.head(ACME), lambda: store.remove(ACME), lambda: store.verify(ACME)):
        with pytest.raises(OrgNotFound):
            call()


def test_a_store_without_a_folder_has_no_organisations(tmp_path: Path, clock: ManualClock) -> None:
    assert Repositories(tmp_path / "nowhere", clock).names() == []


def test_a_removed_and_remade_organisation_is_seen_anew_by_another_process(
    store: Repositories, root: Path, clock: ManualClock
) -> None:
    other = Repositories(root, clock)
    store.write(ACME, put("/a.md", b"old"))
    assert other.snapshot(ACME).entry(MemoryPath("/a.md"))
    store.remove(ACME)
    with pytest.raises(OrgNotFound):
        other.write(ACME, put("/a.md", b"x"))
    store.create(ACME, author="Eve", author_id="key_2")
    assert other.snapshot(ACME).entries(MemoryPath("/")) == []
    other.write(ACME, put("/b.md", b"new"))
    assert store.verify(ACME) == other.verify(ACME) == []


def test_repositories_beyond_the_bound_are_let_go_and_still_work(root: Path, clock: ManualClock) -> None:
    store = Repositories(root, clock, StorageLimits(open_repositories=2))
    orgs = [OrgId(f"org-{number}") for number in range(4)]
    for org in orgs:
        store.create(org, author="Ada", author_id="key_1")
    for _ in range(2):
        for org in orgs:
            store.write(org, append("/a.md", org.encode()))
    assert len(store._opened) == 2
    for org in orgs:
        assert store.verify(org) == []


def test_few_large_indexes_of_packs_are_held_open(
    root: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory_service.storage.pack_reading._MAPPED", 1)
    orgs = [OrgId(f"org-{number}") for number in range(4)]
    made = Repositories(root, clock)
    for org in orgs:
        made.create(org, author="Ada", author_id="key_1")
    store = Repositories(root, clock, StorageLimits(mapped_indexes=2))
    for _ in range(2):
        for org in orgs:
            assert store.snapshot(org).entries(MemoryPath("/")) == []
            assert sum(repository.objects.mapped for repository in store._opened.values()) <= 3
    assert store.verify(orgs[0]) == []


def test_a_closed_store_leaves_no_thread(root: Path, clock: ManualClock) -> None:
    before = set(threading.enumerate())
    store = Repositories(root, clock, StorageLimits(packs=3))
    store.create(ACME, author="Ada", author_id="key_1")
    for number in range(5):
        store.write(ACME, put("/a.md", b"%d" % number))
    store.close()
    assert set(threading.enumerate()) <= before
