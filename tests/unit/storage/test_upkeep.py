"""Small packs are put together, and nobody who reads or writes notices."""

import shutil
import threading
from pathlib import Path

import pytest

from memory_service.domain.paths import MemoryPath
from memory_service.storage import Repositories, StorageLimits
from memory_service.storage.git_indexes import LOCK
from memory_service.storage.locks import held
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.upkeep import Abandoned, consolidate
from tests.clocks import ManualClock
from tests.edits import append, put
from tests.real_git import git
from tests.unit.storage.conftest import ACME

LIMITS = StorageLimits(packs=12)


@pytest.fixture
def store(root: Path, clock: ManualClock) -> Repositories:
    """A store that leaves its packs to the tests."""
    store = Repositories(root, clock, StorageLimits(packs=10_000))
    store.create(ACME, author="Ada", author_id="key_1")
    return store


def packs(repository: Path) -> set[str]:
    return {path.stem for path in repository.rglob("*.pack")}


def put_together(repository: Path) -> int:
    return consolidate(repository, ObjectStore(repository), LIMITS, lambda: True)


def grown(store: Repositories, count: int) -> None:
    for number in range(count):
        store.write(ACME, append("/a.md", b"%d\n" % number))


def note(store: Repositories) -> bytes:
    snapshot = store.snapshot(ACME)
    entry = snapshot.entry(MemoryPath("/a.md"))
    assert entry
    assert entry.blob
    return snapshot.read(entry.blob)


def test_few_packs_are_left_as_they_are(store: Repositories, root: Path) -> None:
    grown(store, 2)
    before = packs(root / "acme.git")
    assert put_together(root / "acme.git") == 0
    assert packs(root / "acme.git") == before


def test_packs_that_were_put_together_stay_until_the_next_time(store: Repositories, root: Path) -> None:
    repository = root / "acme.git"
    grown(store, 6)
    first = packs(repository)
    assert put_together(repository) >= 5
    assert first < packs(repository)
    assert put_together(repository) == 0
    assert first < packs(repository)
    grown(store, 6)
    assert put_together(repository)
    assert len(first & packs(repository)) <= 1
    assert len(packs(repository)) <= LIMITS.packs
    assert store.verify(ACME) == []
    assert git(repository, "fsck", "--full", "--strict") == ""


def test_what_was_written_in_haste_is_deflated_when_it_is_put_together(store: Repositories, root: Path) -> None:
    repository = root / "acme.git"
    for number in range(6):
        store.write(ACME, put(f"/{number}.md", b"the same words again and again\n" * 500))
    hasty = sum(path.stat().st_size for path in repository.rglob("*.pack"))
    before = packs(repository)
    assert put_together(repository) >= 5
    (merged,) = packs(repository) - before
    assert (repository / "objects" / "pack" / f"{merged}.pack").stat().st_size < hasty / 10
    assert git(repository, "fsck", "--full", "--strict") == ""


def test_packs_stay_for_good_where_what_they_were_put_together_into_is_gone(store: Repositories, root: Path) -> None:
    repository = root / "acme.git"
    grown(store, 6)
    before = packs(repository)
    put_together(repository)
    for name in packs(repository) - before:
        for path in repository.rglob(f"{name}.*"):
            path.unlink()
    grown(store, 6)
    put_together(repository)
    assert store.verify(ACME) == []


def test_a_store_keeps_the_number_of_packs_bounded_by_itself(root: Path, clock: ManualClock) -> None:
    store = Repositories(root, clock, LIMITS)
    store.create(ACME, author="Ada", author_id="key_1")
    most = 0
    for number in range(40):
        store.write(ACME, append("/a.md", b"%d\n" % number))
        if store._caretaker._pending:
            store._caretaker._pool.submit(lambda: None).result(30)
        most = max(most, len(packs(root / "acme.git")))
    store.close()
    assert most <= LIMITS.packs
    assert note(store).split() == [b"%d" % number for number in range(40)]
    assert store.verify(ACME) == []


def test_a_reader_goes_on_when_its_packs_are_gone(store: Repositories, root: Path, clock: ManualClock) -> None:
    grown(store, 6)
    other = Repositories(root, clock)
    snapshot = other.snapshot(ACME)
    assert snapshot.changes(None)
    for _ in range(3):
        grown(store, 6)
        put_together(root / "acme.git")
    entry = snapshot.entry(MemoryPath("/a.md"))
    assert entry
    assert entry.blob
    assert snapshot.read(entry.blob).endswith(b"5\n")
    assert note(other) == note(store)
    assert other.write(ACME, put("/b.md", b"x")).changed


def test_a_large_pack_is_left_alone_while_the_others_are_small(store: Repositories, root: Path) -> None:
    store.write(ACME, put("/large.md", bytes(range(256)).replace(b"\0", b"") * 3000))
    repository = root / "acme.git"
    for number in range(40):
        store.write(ACME, put("/large.md", bytes([65 + number]) * 1000 + str(number * 7919).encode() * 9000))
    large = max(repository.rglob("*.pack"), key=lambda path: path.stat().st_size)
    grown(store, 2)
    put_together(repository)
    assert large.exists()


def test_deltas_that_git_has_made_are_copied_whole(store: Repositories, root: Path) -> None:
    repository = root / "acme.git"
    lines = b"".join(b"a line that repeats itself: %d\n" % number for number in range(300))
    versions = [store.write(ACME, put("/a.md", lines + b"%d\n" % number)).blob for number in range(8)]
    git(repository, "repack", "-a", "-d", "-f", "-q")
    grown(store, 8)
    assert put_together(repository)
    grown(store, 8)
    assert put_together(repository)
    snapshot = store.snapshot(ACME)
    assert [snapshot.read(version) for version in versions] == [lines + b"%d\n" % number for number in range(8)]
    assert git(repository, "fsck", "--full", "--strict") == ""


def test_an_index_that_spans_removed_packs_goes_with_them(store: Repositories, root: Path) -> None:
    repository = root / "acme.git"
    for _ in range(2):
        grown(store, 6)
        git(repository, "multi-pack-index", "write")
        put_together(repository)
    assert git(repository, "fsck", "--full", "--strict") == ""
    git(repository, "multi-pack-index", "write")
    git(repository, "multi-pack-index", "verify")


def test_git_writes_indexes_of_large_packs_and_none_of_them_names_a_pack_that_is_gone(
    root: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory_service.storage.git_indexes._LARGE", 1)
    program = shutil.which("git")
    assert program
    store = Repositories(root, clock, LIMITS, Path(program))
    store.create(ACME, author="Ada", author_id="key_1")
    repository = root / "acme.git"
    for _ in range(4):
        grown(store, 6)
        store._caretaker._pool.submit(lambda: None).result(30)
        assert git(repository, "fsck", "--full", "--strict") == ""
    git(repository, "multi-pack-index", "verify")
    git(repository, "commit-graph", "verify")
    assert (repository / "objects" / "info" / "commit-graphs").is_dir()
    store.close()


def test_an_index_that_names_no_pack_that_goes_is_left(store: Repositories, root: Path) -> None:
    repository = root / "acme.git"
    git(repository, "multi-pack-index", "write")
    for pack in repository.rglob("*.pack"):
        pack.with_suffix(".keep").write_text("mine")
    for _ in range(2):
        grown(store, 6)
        assert put_together(repository)
    git(repository, "multi-pack-index", "verify")


def test_packs_that_somebody_keeps_are_not_touched(store: Repositories, root: Path) -> None:
    repository = root / "acme.git"
    grown(store, 4)
    for pack in repository.rglob("*.pack"):
        pack.with_suffix(".keep").write_text("mine")
    kept = packs(repository)
    for _ in range(2):
        grown(store, 6)
        put_together(repository)
    assert kept <= packs(repository)
    Repositories(root, ManualClock()).head(ACME)
    assert len(list(repository.rglob("*.keep"))) == len(kept)


def test_one_puts_packs_together_at_a_time(store: Repositories, root: Path) -> None:
    grown(store, 8)
    with held(root / "acme.git" / LOCK, 0):
        assert put_together(root / "acme.git") == 0
    assert put_together(root / "acme.git")


def test_what_is_abandoned_leaves_nothing(store: Repositories, root: Path) -> None:
    repository = root / "acme.git"
    grown(store, 8)
    before = packs(repository)
    with pytest.raises(Abandoned):
        consolidate(repository, ObjectStore(repository), LIMITS, lambda: False)
    assert packs(repository) == before
    assert not list(repository.rglob(".merge-*"))


def test_damage_is_not_carried_on(store: Repositories, root: Path, caplog: pytest.LogCaptureFixture) -> None:
    repository = root / "acme.git"
    grown(store, 4)
    victim = next(iter(repository.rglob("*.pack")))
    data = bytearray(victim.read_bytes())
    data[20] ^= 0xFF
    victim.chmod(0o644)
    victim.write_bytes(data)
    grown(store, 4)
    before = packs(repository)
    caretaker = Repositories(root, ManualClock(), LIMITS)._caretaker
    objects = ObjectStore(repository)
    objects.packs()
    caretaker.look_after(repository, objects)
    caretaker._pool.submit(lambda: None).result(30)
    caretaker.close()
    assert packs(repository) == before
    assert "DataCorrupt" in caplog.text


def test_writers_and_readers_go_on_while_packs_are_put_together(root: Path, clock: ManualClock) -> None:
    store = Repositories(root, clock, StorageLimits(packs=6))
    store.create(ACME, author="Ada", author_id="key_1")
    failures: list[Exception] = []
    ready = threading.Barrier(3)

    def work(number: int) -> None:
        try:
            ready.wait(30)
            for turn in range(25):
                store.write(ACME, append(f"/{number}.md", b"%d\n" % turn))
                assert store.snapshot(ACME).changes(None)
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    store.close()
    assert not failures
    assert (root / "acme.git" / "superseded").exists(), "packs were put together meanwhile"
    assert store.verify(ACME) == []
    assert git(root / "acme.git", "fsck", "--full", "--strict") == ""


def test_what_is_due_is_told_without_doing_it_and_then_done(
    store: Repositories, root: Path, clock: ManualClock
) -> None:
    repository = root / "acme.git"
    grown(store, 20)
    careful = Repositories(root, clock, LIMITS)
    before = packs(repository)
    told = careful.upkeep(ACME, dry_run=True)
    assert packs(repository) == before
    assert (told.packs, told.removed) == (len(before), 0)
    assert told.together > 10
    assert told.size > 0
    assert careful.upkeep(ACME, dry_run=False) == told
    assert len(packs(repository) - before) == 1
    assert careful.upkeep(ACME, dry_run=True).together == 0
    grown(store, 20)
    again = careful.upkeep(ACME, dry_run=False)
    assert again.removed == told.together
    assert not packs(repository) & before - {path.stem for path in repository.rglob("*.idx")}
    git(repository, "fsck", "--full", "--strict")


def test_nothing_is_said_to_be_done_where_another_is_at_it(store: Repositories, root: Path, clock: ManualClock) -> None:
    grown(store, 20)
    with held(root / "acme.git" / LOCK, 0):
        assert Repositories(root, clock, LIMITS).upkeep(ACME, dry_run=False).together == 0
