"""Repositories as bundles: git takes them, they carry what is new alone, and they belong to a state of the database."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from memory_service.domain.errors import DataCorrupt, StorageFull
from memory_service.domain.ids import CommitId, OrgId
from memory_service.storage import Bundles, Repositories, StorageLimits, disk, restore_repository
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.upkeep import consolidate
from tests.clocks import ManualClock
from tests.edits import append
from tests.real_git import git

ACME = OrgId("acme")
NOTE = "/daily/note.md"


@dataclass
class Known:
    """What a state of the database tells."""

    executions: set[str] = field(default_factory=set)
    pushes: set[str] = field(default_factory=set)

    def has_execution(self, execution_id: str) -> bool:
        return execution_id in self.executions

    def pushed(self, org: OrgId) -> Collection[CommitId]:
        return set(map(CommitId, self.pushes))


@pytest.fixture
def store(tmp_path: Path) -> Repositories:
    store = Repositories(tmp_path / "orgs", ManualClock(), StorageLimits(packs=10_000))
    store.create(ACME, author="Ada", author_id="key_1")
    return store


def lines(store: Repositories, *executions: str) -> list[CommitId]:
    """Write a line for each execution; the commits."""
    return [store.write(ACME, append(NOTE, b"x\n", {"Execution-Id": one})).commit for one in executions]


def bundled(store: Repositories, path: Path, tip: CommitId, base: CommitId | None = None) -> Path:
    objects, parts = Bundles(store).of(ACME, tip, base).open()
    path.write_bytes(b"".join(parts))
    assert b"\n\nPACK\0\0\0\2" + objects.to_bytes(4) in path.read_bytes()
    return path


def by_hand(store: Repositories, tmp_path: Path, message: str, parent: str = "main") -> CommitId:
    """A commit that somebody made with git on top of another, as main."""
    repository = tmp_path / "orgs" / "acme.git"
    arguments = ("-c", "user.name=Bart", "-c", "user.email=b@example", "commit-tree", f"{parent}^{{tree}}")
    made = git(repository, *arguments, "-p", parent, "-m", message).strip()
    git(repository, "update-ref", "refs/heads/main", made)
    return CommitId(made)


@pytest.mark.parametrize("repacked", ["by us", "by git", "loose"])
def test_git_clones_a_bundle_and_fetches_from_those_that_follow(
    store: Repositories, tmp_path: Path, repacked: str
) -> None:
    repository = tmp_path / "orgs" / "acme.git"
    first = lines(store, *(f"exec_{number}" for number in range(30)))[-1]
    if repacked == "by us":
        consolidate(repository, ObjectStore(repository), StorageLimits(packs=6), lambda: True)
    elif repacked == "by git":
        git(repository, "repack", "-adq", "--depth=50", "--window=50")
    else:
        first = by_hand(store, tmp_path, "By hand")
    whole = bundled(store, tmp_path / "1.bundle", first)
    git(tmp_path, "clone", "-q", str(whole), "clone")
    clone = tmp_path / "clone"
    assert (clone / "daily/note.md").read_text() == "x\n" * 30
    git(clone, "fsck", "--full", "--strict")
    second = lines(store, "exec_a", "exec_b")[-1]
    more = bundled(store, tmp_path / "2.bundle", second, first)
    assert git(clone, "bundle", "verify", str(more)).startswith("The bundle contains these 2 refs")
    git(clone, "pull", "-q", str(more), "main")
    assert git(clone, "rev-parse", "HEAD").strip() == second
    assert more.stat().st_size < whole.stat().st_size


def test_a_bundle_after_a_commit_that_does_not_lead_to_it_holds_all_there_is(
    store: Repositories, tmp_path: Path
) -> None:
    (before,) = lines(store, "exec_1")
    other = by_hand(store, tmp_path, "Another history", "main^")
    bundle = Bundles(store).of(ACME, other, before)
    assert bundle.after is None
    assert bundle.new == {}


def test_packs_that_are_removed_while_a_bundle_is_read_are_read_to_their_end(
    store: Repositories, tmp_path: Path
) -> None:
    tip = lines(store, *(f"exec_{number}" for number in range(5)))[-1]
    _, parts = Bundles(store).of(ACME, tip, None).open()
    git(tmp_path / "orgs" / "acme.git", "repack", "-adq")
    (tmp_path / "x.bundle").write_bytes(b"".join(parts))
    git(tmp_path, "clone", "-q", "x.bundle", "clone")
    git(tmp_path / "clone", "fsck", "--full", "--strict")


def test_a_repository_is_made_of_bundles_as_it_was(store: Repositories, tmp_path: Path) -> None:
    repository = tmp_path / "orgs" / "acme.git"
    first = lines(store, "exec_1", "exec_2")[-1]
    git(repository, "repack", "-adfq")
    config = (repository / "config").read_bytes() + b"[uploadpack]\n\tallowFilter = true\n"
    second = lines(store, "exec_3")[-1]
    paths = [bundled(store, tmp_path / "1", first), bundled(store, tmp_path / "2", second, first)]
    (tmp_path / "new").mkdir()
    with paths[0].open("rb") as one, paths[1].open("rb") as two:
        restore_repository(tmp_path / "new", ACME, second, config, [one, two])
    restored = tmp_path / "new" / "acme.git"
    assert git(restored, "log", "--format=raw") == git(repository, "log", "--format=raw")
    assert (restored / "config").read_bytes() == config
    assert (restored / "HEAD").read_bytes() == (repository / "HEAD").read_bytes()
    git(restored, "fsck", "--full", "--strict")
    again = Repositories(tmp_path / "new", ManualClock())
    assert again.verify(ACME) == []
    assert again.write(ACME, append(NOTE, b"y\n")).changed


def test_of_a_damaged_bundle_no_repository_is_made(store: Repositories, tmp_path: Path) -> None:
    tip = lines(store, "exec_1")[-1]
    data = bundled(store, tmp_path / "1", tip).read_bytes()
    start = data.index(b"PACK")
    fresh = hashlib.sha1(data[start:-21] + b"\0").digest()  # noqa: S324 - as git has it
    damaged = {
        "no bundle": b"x" + data,
        "cut off in its head": data[: start - 1],
        "cut off in its pack": data[:-30],
        "no pack": data[:start] + b"x" * 40,
        "a byte of the pack": data[: start + 40] + bytes([data[start + 40] ^ 1]) + data[start + 41 :],
        "a byte, and a checksum that fits": data[:-21] + b"\0" + fresh,
        "builds on what is not there": data.replace(b"bundle\n", b"bundle\n-" + b"0" * 40 + b" \n", 1),
        "empty": b"",
    }
    for name, content in damaged.items():
        (tmp_path / "bundle").write_bytes(content)
        root = tmp_path / name
        root.mkdir()
        with (tmp_path / "bundle").open("rb") as file, pytest.raises(DataCorrupt):
            restore_repository(root, ACME, tip, b"", [file])
    with pytest.raises(DataCorrupt):
        restore_repository(tmp_path, OrgId("../acme"), tip, b"", [])
    (tmp_path / "none").mkdir()
    with pytest.raises(DataCorrupt):
        restore_repository(tmp_path / "none", ACME, tip, b"", [])


def test_a_damaged_repository_makes_no_bundle(store: Repositories, tmp_path: Path) -> None:
    tip = lines(store, "exec_1")[-1]
    for pack in (tmp_path / "orgs").rglob("*.pack"):
        pack.chmod(0o644)
        data = bytearray(pack.read_bytes())
        data[20] ^= 1
        pack.write_bytes(data)
    _, parts = Bundles(store).of(ACME, tip, None).open()
    with pytest.raises(DataCorrupt):
        b"".join(parts)


def test_what_a_state_tells_of_is_kept_and_what_came_after_it_is_cut_off(store: Repositories) -> None:
    before = store.head(ACME)
    one, two, three, _ = lines(store, "exec_1", "exec_2", "exec_3", "exec_late")
    last = lines(store, "exec_4")[-1]
    bundles = Bundles(store)
    everything = Known({"exec_1", "exec_2", "exec_3", "exec_late", "exec_4"})
    assert bundles.last_recorded(ACME, before, everything) == last
    # The fourth had begun before that state, and was published after one that had not.
    assert bundles.last_recorded(ACME, before, Known({"exec_1", "exec_2", "exec_3", "exec_4"})) == three
    assert bundles.last_recorded(ACME, before, Known({"exec_1"})) == one
    assert bundles.last_recorded(ACME, before, Known()) == before
    assert bundles.last_recorded(ACME, two, Known({"exec_3"})) == three
    assert bundles.last_recorded(ACME, last, Known()) == last


def test_a_push_is_kept_when_the_state_tells_of_it_or_of_what_came_after_it(
    store: Repositories, tmp_path: Path
) -> None:
    before = store.head(ACME)
    by_hand(store, tmp_path, "One of two")
    pushed = by_hand(store, tmp_path, "Two of two\n\nExecution-Id: exec_forged")
    bundles = Bundles(store)
    assert bundles.last_recorded(ACME, before, Known()) == before
    assert bundles.last_recorded(ACME, before, Known(pushes={pushed})) == pushed
    (after,) = lines(store, "exec_1")
    assert bundles.last_recorded(ACME, before, Known({"exec_1"})) == after
    assert bundles.last_recorded(ACME, before, Known(pushes={pushed})) == pushed


def test_a_history_that_somebody_put_in_the_place_of_another_is_taken_as_it_is(
    store: Repositories, tmp_path: Path
) -> None:
    (before,) = lines(store, "exec_1")
    other = by_hand(store, tmp_path, "Without what was to go", "main^")
    assert Bundles(store).last_recorded(ACME, before, Known()) == other


def test_a_commit_is_looked_at_after_its_parents_whatever_the_clocks_said(tmp_path: Path) -> None:
    clock = ManualClock()
    store = Repositories(tmp_path / "orgs", clock)
    store.create(ACME, author="Ada", author_id="key_1")
    before = store.head(ACME)
    commits = []
    for number in range(5):
        clock.advance(seconds=-3600)
        commits += lines(store, f"exec_{number}")
    assert Bundles(store).last_recorded(ACME, before, Known({"exec_0", "exec_1", "exec_3"})) == commits[1]


def test_a_disk_that_is_full_is_told_as_such(
    store: Repositories, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tip = lines(store, "exec_1")[-1]
    path = bundled(store, tmp_path / "1", tip)
    (tmp_path / "new").mkdir()

    def full(operation: str, path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "before", full)
    with path.open("rb") as file, pytest.raises(StorageFull):
        restore_repository(tmp_path / "new", ACME, tip, b"", [file])
