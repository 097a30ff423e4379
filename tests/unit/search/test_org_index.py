"""The folder of an organisation: what is damaged, half made, made by others or deleted."""

import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memory_service.domain.errors import Overloaded, StorageFull
from memory_service.domain.ids import CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.search import SearchIndexes, generations, org_index, views
from memory_service.search.segments import SegmentWriter
from tests.unit.search.builders import ACME, ONE, THREE, TWO, file, files, numbered, paths

FILES = numbered(12)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    SearchIndexes(tmp_path).rebuild(ACME, ONE, files(FILES))
    return tmp_path


def generation(root: Path) -> Path:
    return root / ACME / "generation"


def test_an_index_is_there_after_a_restart_at_the_commit_of_its_generation(root: Path) -> None:
    before = SearchIndexes(root)
    before.apply(ACME, ONE, TWO, [file("/new.md", "ostrich")], [])
    after = SearchIndexes(root)
    assert after.commit(ACME) == ONE
    assert paths(after, "ostrich") == []
    assert paths(after, "walrus") == sorted(FILES)


def test_nothing_but_the_generation_and_the_lock_is_left_of_a_build(root: Path) -> None:
    assert sorted(path.name for path in (root / ACME).iterdir()) == ["build.lock", "generation"]


def flip(place: int) -> Callable[[bytes], bytes]:
    return lambda data: data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:10],
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda data: bytes(len(data)),
        lambda data: b"garbage" * 1000,
        *[flip(place) for place in (0, 9, 14, 16, 30, 1000, -2)],
    ],
)
@pytest.mark.parametrize("opened", [False, True])
def test_a_damaged_generation_is_as_good_as_none(root: Path, damage: Callable[[bytes], bytes], opened: bool) -> None:
    index = SearchIndexes(root)
    assert not opened or paths(index, "walrus")
    pinned = index.reader(ACME) if opened else None
    generation(root).write_bytes(damage(generation(root).read_bytes()))
    os.utime(generation(root), ns=(1, 1))
    assert index.commit(ACME) is None
    assert index.reader(ACME) is None
    assert not index.apply(ACME, ONE, TWO, [], [])
    index.rebuild(ACME, TWO, files(FILES))
    assert paths(index, "walrus") == sorted(FILES)
    assert pinned is None or pinned.commit == ONE


def test_a_generation_of_another_version_is_as_good_as_none(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generations, "SCHEMA_VERSION", generations.SCHEMA_VERSION + 1)
    assert SearchIndexes(root).commit(ACME) is None


def test_the_version_stands_in_the_file(root: Path) -> None:
    assert struct.unpack(">8sI", generation(root).read_bytes()[:12])[1] == generations.SCHEMA_VERSION


@pytest.mark.parametrize("remove", [lambda folder: shutil.rmtree(folder), lambda folder: shutil.rmtree(folder.parent)])
def test_the_folder_may_be_deleted_at_any_time(root: Path, remove: Callable[[Path], None]) -> None:
    index = SearchIndexes(root)
    reader = index.reader(ACME)
    assert reader
    remove(root / ACME)
    assert index.commit(ACME) is None
    assert len(list(reader.files())) == len(FILES)
    index.rebuild(ACME, TWO, files(FILES))
    assert paths(index, "walrus") == sorted(FILES)


def test_what_another_process_built_is_taken_up(root: Path) -> None:
    index, other = SearchIndexes(root), SearchIndexes(root)
    index.apply(ACME, ONE, TWO, [file("/new.md", "ostrich")], [])
    other.rebuild(ACME, THREE, files({"/only.md": "ostrich"}))
    assert index.commit(ACME) == THREE
    assert not index.apply(ACME, TWO, THREE, [], [])
    assert paths(index, "ostrich walrus") == ["/only.md"]


def test_leftovers_of_a_killed_build_are_swept_by_the_next(root: Path) -> None:
    leftover = root / ACME / "building" / "sections.tmp"
    leftover.mkdir(parents=True)
    (leftover / "junk").write_bytes(b"junk")
    index = SearchIndexes(root)
    assert paths(index, "walrus") == sorted(FILES)
    index.rebuild(ACME, TWO, files(FILES))
    assert not leftover.exists()
    assert index.commit(ACME) == TWO


def test_files_out_of_order_are_refused(root: Path) -> None:
    index = SearchIndexes(root)
    with pytest.raises(ValueError, match=r"/a\.md comes after /b\.md"):
        index.rebuild(ACME, TWO, [file("/b.md", ""), file("/a.md", "")])
    assert index.commit(ACME) == ONE


def test_a_full_disk_is_told_and_leaves_what_there_was(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object, lists: object) -> None:
        raise OSError(28, "No space left on device")

    index = SearchIndexes(root)
    monkeypatch.setattr(SegmentWriter, "add_terms", full)
    with pytest.raises(StorageFull) as told:
        index.rebuild(ACME, TWO, files(FILES))
    assert isinstance(told.value.__cause__, OSError)
    assert index.commit(ACME) == ONE
    assert not (root / ACME / "building").exists()


def test_many_changes_make_an_index_stale_and_a_build_makes_it_fresh(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MANY_CHANGES", 3)
    index = SearchIndexes(root)
    assert not index.stale(ACME)
    changed = [file(path, "ostrich") for path in list(FILES)[:3]]
    index.apply(ACME, ONE, TWO, changed, [])
    assert not index.stale(ACME)
    index.apply(ACME, TWO, THREE, [], [MemoryPath("/0011.md")])
    assert index.stale(ACME)
    index.rebuild(ACME, THREE, files(FILES))
    assert not index.stale(ACME)


def test_few_indexes_are_open_and_the_others_are_opened_again(root: Path) -> None:
    index = SearchIndexes(root, open_indexes=2)
    orgs = [OrgId(f"org-{number}") for number in range(5)]
    for org in orgs:
        index.rebuild(org, ONE, files({f"/{org}.md": "walrus"}))
        assert index.apply(org, ONE, TWO, [file("/later.md", "walrus")], [])
    assert len(index._indexes) == 2
    assert [index.commit(org) for org in orgs] == [ONE] * 5
    assert paths(index, "walrus", org=orgs[0]) == [f"/{orgs[0]}.md"]


def test_open_indexes_take_so_much_memory_and_the_one_that_is_asked_for_any(root: Path) -> None:
    orgs = [OrgId(f"org-{number}") for number in range(6)]
    for org in orgs:
        SearchIndexes(root).rebuild(org, ONE, files(FILES))
    measured = SearchIndexes(root)
    assert measured.commit(orgs[0])
    size = measured._size
    index = SearchIndexes(root, open_bytes=3 * size + size // 2)
    for org in [*orgs, *orgs]:
        assert paths(index, "walrus", org=org) == sorted(FILES)
    assert list(index._indexes) == orgs[-3:]
    large = file("/large.md", " ".join(map(str, range(30_000))))
    assert index.apply(orgs[-1], ONE, TWO, [large], [])
    assert paths(index, "29999", org=orgs[-1]) == ["/large.md"]
    assert list(index._indexes) == orgs[-1:]
    index.close()
    assert index._size == 0


def test_no_file_stays_open_when_nobody_reads(root: Path) -> None:
    def descriptors() -> int:
        links = [link.readlink().name for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        return links.count("generation")

    before = descriptors()
    index = SearchIndexes(root)
    reader = index.reader(ACME)
    assert descriptors() == before + 1
    index.close()
    assert descriptors() == before + 1
    del reader
    assert descriptors() == before


SLOW_BUILD = """
import sys
from pathlib import Path
from memory_service.search import SearchIndexes
from tests.unit.search.builders import ACME, TWO, file

def slow():
    print("begun", flush=True)
    sys.stdin.readline()
    yield file("/slow.md", "ostrich")

SearchIndexes(Path(sys.argv[1])).rebuild(ACME, TWO, slow())
"""


@pytest.fixture
def builder(root: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process in the middle of a build of the commit two; it goes on when it is sent a line."""
    with subprocess.Popen(
        [sys.executable, "-c", SLOW_BUILD, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        yield process
        process.kill()


def test_who_finds_a_build_under_way_goes_on_with_what_there_was(
    root: Path, builder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MANY_CHANGES", 0)
    index = SearchIndexes(root, patience_seconds=0)
    assert index.apply(ACME, ONE, TWO, [file("/new.md", "ostrich")], [])
    assert paths(index, "ostrich") == ["/new.md"]
    assert not index.stale(ACME)
    with pytest.raises(Overloaded):
        index.rebuild(ACME, TWO, files(FILES))
    assert paths(index, "ostrich") == ["/new.md"]


@pytest.mark.parametrize(("head", "expected"), [(TWO, ["/slow.md"]), (THREE, ["/own.md"])])
def test_who_waited_takes_what_the_other_built_if_it_is_of_the_same_commit(
    root: Path,
    builder: subprocess.Popen[str],
    monkeypatch: pytest.MonkeyPatch,
    head: CommitId,
    expected: list[str],
) -> None:
    def let_the_other_end(seconds: float) -> None:
        builder.communicate("\n", timeout=60)

    monkeypatch.setattr(org_index, "sleep", let_the_other_end)
    index = SearchIndexes(root, patience_seconds=60)
    index.rebuild(ACME, head, files({"/own.md": "ostrich"}))
    assert index.commit(ACME) == head
    assert paths(index, "ostrich") == expected


def test_who_waited_for_a_build_that_came_to_nothing_builds(
    root: Path, builder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def let_the_other_fail(seconds: float) -> None:
        builder.kill()
        builder.wait(timeout=60)

    monkeypatch.setattr(org_index, "sleep", let_the_other_fail)
    index = SearchIndexes(root, patience_seconds=60)
    assert index.apply(ACME, ONE, TWO, [file("/new.md", "ostrich")], [])
    index.rebuild(ACME, TWO, files(FILES))
    assert SearchIndexes(root).commit(ACME) == TWO


def test_a_killed_builder_blocks_nobody(root: Path, builder: subprocess.Popen[str]) -> None:
    assert (root / ACME / "building").exists()
    builder.kill()
    builder.wait(timeout=60)
    index = SearchIndexes(root, patience_seconds=0)
    assert index.commit(ACME) == ONE
    index.rebuild(ACME, TWO, files(FILES))
    assert index.commit(ACME) == TWO
    assert sorted(path.name for path in (root / ACME).iterdir()) == ["build.lock", "generation"]
