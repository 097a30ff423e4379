"""A disk that is full, or broken, at each operation."""

import errno
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from shutil import copytree

import pytest

from memory_service.domain.errors import InternalError, MemoryServiceError, Overloaded, StorageFull
from memory_service.storage import Repositories, StorageLimits
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.upkeep import consolidate
from tests.clocks import ManualClock
from tests.edits import append, put
from tests.faults.pushing import pushed, pushed_file
from tests.faults.storage_faults import ACME, NOTE, assert_sound, failing_at, made_store, note_of, steps_of
from tests.faults.storage_process import (
    SOME_LINES,
    a_full_journal,
    a_push,
    a_push_behind,
    empty_journal,
    lost_files,
    recover,
)
from tests.real_git import git


def error_of(call: Callable[[], object]) -> MemoryServiceError | None:
    """What a call raises."""
    try:
        call()
    except MemoryServiceError as error:
        return error
    return None


ERRORS = [
    (errno.ENOSPC, StorageFull),
    (errno.EDQUOT, StorageFull),
    (errno.EMFILE, Overloaded),
    (errno.EIO, InternalError),
]


@pytest.mark.parametrize(("number", "told"), ERRORS)
def test_a_write_that_fails_at_any_operation_is_seen_whole_or_not_at_all(
    tmp_path: Path, number: int, told: type[MemoryServiceError]
) -> None:
    store = made_store(tmp_path)
    steps = steps_of(lambda: store.write(ACME, append(NOTE, b"rehearsal\n")))
    refused = 0
    for step in range(len(steps)):
        before = note_of(store)
        with failing_at(step, number):
            error = error_of(partial(store.write, ACME, append(NOTE, b"%d\n" % step)))
        after = note_of(store)
        if after == before:
            assert type(error) is told
        else:
            # What fails once main has moved must not say that nothing was written.
            assert after == before + b"%d\n" % step
            assert error is None or type(error) is InternalError
        refused += error is not None
        assert store.write(ACME, append(NOTE, b"next\n")).changed
        assert note_of(Repositories(tmp_path, ManualClock())) == after + b"next\n"
    assert refused >= 8
    assert store.verify(ACME) == []
    assert_sound(tmp_path)


def test_a_write_that_fails_leaves_nothing_beside_the_packs_of_a_store_that_stays_open(tmp_path: Path) -> None:
    store = made_store(tmp_path)
    steps = steps_of(lambda: store.write(ACME, append(NOTE, b"rehearsal\n")))
    for step in range(steps.index("create .next")):
        with failing_at(step, errno.ENOSPC):
            error_of(partial(store.write, ACME, append(NOTE, b"%d\n" % step)))
        assert_sound(tmp_path)


def test_a_commit_made_by_hand_is_synced_before_anything_says_that_it_is_there(tmp_path: Path) -> None:
    store = made_store(tmp_path)
    repository = tmp_path / "acme.git"
    named = ["-c", "user.name=Eve", "-c", "user.email=eve@example.org"]
    saying: list[Callable[[], object]] = [
        lambda: store.find(ACME, "Execution-Id", "exec_1", ManualClock()()),
        lambda: store.write(ACME, put(NOTE, b"first\n")),
    ]
    for say in saying:
        by_hand = git(repository, *named, "commit-tree", "-p", "main", "-m", "By hand", "main^{tree}").strip()
        git(repository, "update-ref", "refs/heads/main", by_hand)
        assert "sync heads" in steps_of(say)
        assert not store.write(ACME, put(NOTE, b"first\n")).changed


def test_a_write_on_a_disk_that_fails_from_some_operation_on_is_there_whole_or_never(tmp_path: Path) -> None:
    store = made_store(tmp_path)
    steps = steps_of(lambda: store.write(ACME, append(NOTE, b"rehearsal\n")))
    unknown = 0
    for step in range(len(steps)):
        before = note_of(store)
        with failing_at(step, errno.EIO, for_good=True):
            error = error_of(partial(store.write, ACME, append(NOTE, b"%d\n" % step)))
        seen = note_of(store)
        assert store.write(ACME, append(NOTE, b"next\n")).changed
        after = note_of(store)
        # Where the disk does not let the record be taken back, nobody says that nothing was written.
        come_back = before + b"%d\n" % step
        assert after in {before + b"next\n", come_back + b"next\n"}
        assert after.startswith(seen)
        unknown += seen == before and after.startswith(come_back)
        assert error is not None or after.startswith(come_back)
    assert unknown
    assert Repositories(tmp_path, ManualClock()).verify(ACME) == []
    assert_sound(tmp_path)


@pytest.mark.parametrize("behind", [False, True])
def test_a_push_that_fails_at_any_operation_is_part_of_main_whole_or_not_at_all(tmp_path: Path, behind: bool) -> None:
    prepared = tmp_path / "prepared"
    (a_push_behind if behind else a_push)(prepared)
    rehearsal = copytree(prepared, tmp_path / "rehearsal")
    steps = steps_of(lambda: pushed(rehearsal))
    refused = 0
    for step in range(len(steps)):
        root = copytree(prepared, tmp_path / f"{step}")
        told = ""
        with failing_at(step, errno.ENOSPC), suppress(StorageFull):
            answer = pushed(root)
            told = "" if answer.ok else answer.reason
            assert not answer.ok or pushed_file(Repositories(root, ManualClock())) == b"pushed\n"
        store = Repositories(root, ManualClock())
        if pushed_file(store) is None:
            # Before the push is looked at, opening the repository may fail.
            assert not told or "disk is full" in told
            refused += 1
        assert_sound(root)
        assert pushed(root).ok
        assert pushed_file(store) == b"pushed\n"
        assert store.verify(ACME) == []
        assert_sound(root)
    assert refused >= 10


@pytest.mark.parametrize(("number", "told"), ERRORS)
def test_a_creation_that_fails_at_any_operation_leaves_no_organisation(
    tmp_path: Path, number: int, told: type[MemoryServiceError]
) -> None:
    def create(root: Path) -> Repositories:
        store = Repositories(root, ManualClock())
        store.create(ACME, author="Ada", author_id="key_1")
        return store

    steps = steps_of(lambda: create(tmp_path / "rehearsal"))
    root = tmp_path / "orgs"
    for step in range(len(steps)):
        with failing_at(step, number), pytest.raises(told):
            create(root)
        assert Repositories(root, ManualClock()).names() == []
    assert create(root).verify(ACME) == []
    assert_sound(root)


def test_a_consolidation_that_fails_at_any_operation_loses_nothing(tmp_path: Path) -> None:
    store = made_store(tmp_path)
    repository = tmp_path / "acme.git"

    def put_together() -> int:
        return consolidate(repository, ObjectStore(repository), StorageLimits(packs=6), lambda: True)

    store.write(ACME, append(NOTE, b"rehearsal\n"))
    steps = steps_of(put_together)
    for step in range(len(steps)):
        for line in range(3):
            store.write(ACME, append(NOTE, b"%d\n" % line))
        with failing_at(step, errno.ENOSPC), suppress(OSError, MemoryServiceError):
            put_together()
        assert store.verify(ACME) == []
    put_together()
    assert Repositories(tmp_path, ManualClock()).verify(ACME) == []
    assert_sound(tmp_path)


@pytest.mark.parametrize(("prepare", "work"), [(a_full_journal, empty_journal), (lost_files, recover)])
@pytest.mark.parametrize(("number", "told"), ERRORS)
def test_a_checkpoint_or_a_recovery_that_fails_at_any_operation_can_be_done_again(
    tmp_path: Path,
    prepare: Callable[[Path], None],
    work: Callable[[Path], None],
    number: int,
    told: type[MemoryServiceError],
) -> None:
    prepared = tmp_path / "prepared"
    prepare(prepared)
    rehearsal = copytree(prepared, tmp_path / "rehearsal")
    steps = steps_of(lambda: work(rehearsal))
    failed = 0
    for step in range(len(steps)):
        root = copytree(prepared, tmp_path / f"{step}")
        with failing_at(step, number):
            error = error_of(partial(work, root))
        assert error is None or type(error) is told
        failed += error is not None
        store = Repositories(root, ManualClock())
        assert note_of(store) == b"".join([b"first\n", *SOME_LINES])
        assert store.write(ACME, append(NOTE, b"more\n")).changed
        assert store.verify(ACME) == []
    assert failed >= 8


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_recovery_that_failed_is_done_again_before_the_same_process_reads_or_writes(
    tmp_path: Path, number: int
) -> None:
    prepared = tmp_path / "prepared"
    lost_files(prepared)
    rehearsal = copytree(prepared, tmp_path / "rehearsal")
    failed = 0
    for step in range(len(steps_of(lambda: recover(rehearsal)))):
        store = Repositories(copytree(prepared, tmp_path / f"{step}"), ManualClock())
        with failing_at(step, number):
            failed += error_of(partial(store.head, ACME)) is not None
        assert store.write(ACME, append(NOTE, b"more\n")).changed
        assert note_of(store) == b"".join([b"first\n", *SOME_LINES, b"more\n"])
        assert store.verify(ACME) == []
    assert failed >= 8


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the kernel cut off what is written to a file beyond a size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_that_is_cut_off_while_it_is_written_is_not_left_behind(tmp_path: Path) -> None:
    store = made_store(tmp_path)
    content = bytes(range(1, 128)) * 100
    for size in (0, 10, 300, 1000):
        with largest_file(size), pytest.raises(StorageFull):
            store.write(ACME, put("/large.md", content))
        assert note_of(store) == b"first\n"
        assert_sound(tmp_path)
    assert store.write(ACME, put("/large.md", content)).changed
    assert_sound(tmp_path)


def test_an_import_that_the_disk_has_no_room_for_leaves_no_organisation(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "large.md").write_bytes(bytes(range(1, 128)) * 1000)
    store = Repositories(tmp_path / "orgs", ManualClock())
    with largest_file(1000), pytest.raises(StorageFull):
        store.create(ACME, author="Ada", author_id="key_1", source=source)
    assert store.names() == []
    assert store.create(ACME, author="Ada", author_id="key_1", source=source).files == 1
