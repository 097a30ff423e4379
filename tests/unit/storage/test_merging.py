"""What packs are put together into is small, quickly read where it is new, and read by git."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from dulwich.pack import apply_delta
from hypothesis import given
from hypothesis import strategies as st

from memory_service.domain.errors import DataCorrupt
from memory_service.storage import Repositories, StorageLimits, merging, upkeep
from memory_service.storage.deltas import delta_of
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.objects import Kind
from memory_service.storage.pack_reading import OFS_DELTA
from memory_service.storage.trees import FILE, TreeEntry, encode
from memory_service.storage.upkeep import Abandoned, consolidate
from tests.clocks import ManualClock
from tests.edits import append, put
from tests.real_git import git
from tests.unit.storage.conftest import ACME

LIMITS = StorageLimits(packs=12)


@pytest.fixture
def store(root: Path, clock: ManualClock) -> Repositories:
    """A store that leaves its packs to the tests, with a folder of many notes."""
    store = Repositories(root, clock, StorageLimits(packs=10_000))
    store.create(ACME, author="Ada", author_id="key_1")
    for number in range(60):
        store.write(ACME, put(f"/notes/{number:03}.md", b"# Note\n\n" + b"%d is a number.\n" % (number * 7919) * 9))
    return store


@pytest.fixture
def repository(root: Path, store: Repositories) -> Path:
    """Its repository."""
    return root / "acme.git"


def edit(store: Repositories, count: int) -> None:
    for number in range(count):
        store.write(ACME, append(f"/notes/{number % 20:03}.md", b"And %d is another.\n" % number))


def put_together(repository: Path) -> int:
    return consolidate(repository, ObjectStore(repository), LIMITS, lambda: True)


def listed(repository: Path) -> str:
    return git(repository, "verify-pack", "-v", *map(str, repository.rglob("*.idx")))


def opened_files() -> list[Path]:
    """What this process holds open (proc(5))."""
    return [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]


def longest_chain(repository: Path) -> int:
    return max((int(length) for length in re.findall(r"chain length = (\d+)", listed(repository))), default=0)


def sound(store: Repositories, repository: Path) -> bool:
    return store.verify(ACME) == [] and git(repository, "fsck", "--full", "--strict") == ""


def test_old_versions_are_stored_as_what_differs_and_the_newest_whole(store: Repositories, repository: Path) -> None:
    before = sum(path.stat().st_size for path in repository.rglob("*.pack"))
    for _ in range(2):
        edit(store, 12)
        assert put_together(repository)
    packs = sorted(repository.rglob("*.pack"), key=lambda path: path.stat().st_size)
    assert packs[-1].stat().st_size < before / 2
    entries = {line.split()[0]: len(line.split()) for line in listed(repository).splitlines() if len(line.split()) > 4}
    assert sum(columns == 7 for columns in entries.values()) > 60, "as git lists deltas"
    for newest in ("main^{tree}", "main:notes", "main:notes/003.md"):
        assert entries[git(repository, "rev-parse", newest).strip()] == 5, "as git lists what is whole"
    assert sound(store, repository)


@pytest.mark.parametrize("most", [1, 3, merging.CHAIN])
def test_chains_of_deltas_are_bounded_however_often_packs_are_put_together(
    store: Repositories, repository: Path, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "CHAIN", most)
    for _ in range(6):
        edit(store, 6)
        put_together(repository)
    assert 1 <= longest_chain(repository) <= most
    assert sound(store, repository)


def test_content_that_comes_back_is_stored_once(store: Repositories, repository: Path) -> None:
    for number in range(8):
        store.write(ACME, put("/notes/000.md", b"# Even or odd\n\n" + b"word " * 50 + b"%d\n" % (number % 2)))
        store.write(ACME, append("/notes/001.md", b"%d\n" % number))
    assert put_together(repository)
    edit(store, 12)
    assert put_together(repository)
    assert sound(store, repository)


def test_large_packs_are_put_together_in_a_process_of_their_own(
    store: Repositories, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_BESIDE", 0)
    assert put_together(repository)
    assert longest_chain(repository) >= 1
    assert sound(store, repository)
    assert not list(repository.rglob(f"{upkeep.MERGING}*"))


def test_damage_that_another_process_finds_is_told(
    store: Repositories, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_BESIDE", 0)
    victim = min(repository.rglob("*.pack"), key=lambda path: path.stat().st_size)
    data = bytearray(victim.read_bytes())
    data[-30] ^= 0xFF
    victim.chmod(0o644)
    victim.write_bytes(data)
    before = sorted(repository.rglob("*.pack"))
    with pytest.raises(DataCorrupt):
        put_together(repository)
    assert sorted(repository.rglob("*.pack")) == before


def into_a_delta(data: bytes) -> bytes:
    """A pack whose first object says that it is made of another, which is not there."""
    return data[:12] + bytes([data[12] & 0x8F | OFS_DELTA << 4]) + data[13:]


def without_content(data: bytes) -> bytes:
    return data[:12]


def without_end(data: bytes) -> bytes:
    return data[:-30]


@pytest.mark.parametrize("damage", [into_a_delta, without_content, without_end])
def test_a_pack_that_cannot_be_read_is_told_and_not_held_open(
    store: Repositories, repository: Path, damage: Callable[[bytes], bytes]
) -> None:
    victim = min(repository.rglob("*.pack"), key=lambda path: path.stat().st_size)
    data = victim.read_bytes()
    victim.chmod(0o644)
    victim.write_bytes(damage(data))
    for _ in range(2):
        with pytest.raises(DataCorrupt):
            put_together(repository)
    assert victim not in opened_files()
    victim.write_bytes(data)
    assert put_together(repository)
    assert sound(store, repository)


def test_another_process_ends_when_it_is_abandoned(
    store: Repositories, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_BESIDE", 0)
    answers = iter([True, True])
    with pytest.raises(Abandoned):
        consolidate(repository, ObjectStore(repository), LIMITS, lambda: next(answers, False))
    assert not list(repository.rglob(f"{upkeep.MERGING}*"))
    assert sound(store, repository)


lines = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"x" * 300 + b"\n", b"end"]), max_size=12).map(b"".join)
trees = st.dictionaries(st.sampled_from("abcd"), st.sampled_from([b"x" * 20, b" 1\0" * 5 + b"\n" * 5]), max_size=4).map(
    lambda entries: encode(TreeEntry(name.encode(), FILE, oid) for name, oid in entries.items())
)


@given(base=lines, target=lines)
def test_a_delta_makes_one_text_of_another(base: bytes, target: bytes) -> None:
    assert b"".join(apply_delta(base, delta_of(Kind.BLOB, base, target))) == target


@given(base=trees, target=trees)
def test_a_delta_makes_one_folder_of_another(base: bytes, target: bytes) -> None:
    assert b"".join(apply_delta(base, delta_of(Kind.TREE, base, target))) == target


@pytest.mark.parametrize("target", [b"no folder", b"100644 a\0" + b"x" * 20 + b"and more"])
def test_a_delta_keeps_what_is_no_folder_as_it_is(target: bytes) -> None:
    base = b"100644 a\0" + b"x" * 20
    assert b"".join(apply_delta(base, delta_of(Kind.TREE, base, target))) == target


def test_a_delta_copies_what_is_longer_than_one_step_can() -> None:
    base = b"x" * (1 << 24) + b"\n"
    assert b"".join(apply_delta(base, delta_of(Kind.BLOB, base, base + b"end\n"))) == base + b"end\n"
