"""A process killed at each step of a write, a consolidation, a checkpoint, a recovery, a creation and a removal."""

import subprocess
import sys
from pathlib import Path

import pytest

from memory_service.storage import Repositories, StorageLimits
from memory_service.storage.caretaker import Caretaker
from memory_service.storage.repository import Repository
from memory_service.storage.tree_cache import TreeCache
from tests.clocks import ManualClock
from tests.edits import append
from tests.faults.pushing import pushed, pushed_file
from tests.faults.storage_faults import ACME, NOTE, assert_sound, made_store, note_of
from tests.faults.storage_process import EXECUTION, SOME_LINES, create


def killed(work: str, folder: Path) -> list[Path]:
    """The folders of the stores in which some work was killed, one for each of its steps."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.faults.storage_process", work, str(folder)],
        capture_output=True,
        check=False,
        timeout=100,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return [place / "orgs" for place in sorted((folder / "killed").iterdir())]


def test_a_write_killed_at_any_step_loses_nothing_and_leaves_nothing_to_do_by_hand(tmp_path: Path) -> None:
    roots = killed("write", tmp_path)
    assert len(roots) >= 10
    for root in roots:
        store = Repositories(root, ManualClock())
        note = note_of(store)
        assert note == b"first\nsecond\n" or (note == b"first\n" and not (root.parent / "acknowledged").exists())
        assert store.verify(ACME) == []
        assert store.write(ACME, append(NOTE, b"third\n")).changed
        assert note_of(Repositories(root, ManualClock())) == note + b"third\n"
        assert_sound(root)


@pytest.mark.parametrize("work", ["push", "merge"])
def test_a_push_killed_at_any_step_is_part_of_main_whole_or_not_at_all(tmp_path: Path, work: str) -> None:
    roots = killed(work, tmp_path)
    assert len(roots) >= 15
    for root in roots:
        store = Repositories(root, ManualClock())
        assert note_of(store) == b"first\n"
        there = pushed_file(store)
        assert there == b"pushed\n" or (there is None and not (root.parent / "acknowledged").exists())
        assert store.verify(ACME) == []
        assert store.write(ACME, append(NOTE, b"second\n")).changed
        assert pushed(root).ok
        assert pushed_file(store) == b"pushed\n"
        assert_sound(root)


def test_a_process_that_runs_on_writes_past_what_a_killed_one_has_left(tmp_path: Path) -> None:
    for root in killed("write", tmp_path):
        limits = StorageLimits()
        # One that has been open all the time sweeps nothing.
        survivor = Repository(root / "acme.git", ManualClock(), limits, TreeCache(0), Caretaker(limits))
        assert survivor.write(append(NOTE, b"third\n")).changed
        assert note_of(Repositories(root, ManualClock())).startswith(b"first\n")
        assert_sound(root)


def test_what_a_process_that_runs_on_does_not_find_of_a_killed_one_does_not_come_later(tmp_path: Path) -> None:
    found = 0
    for root in killed("write", tmp_path):
        limits = StorageLimits()
        survivor = Repository(root / "acme.git", ManualClock(), limits, TreeCache(0), Caretaker(limits))
        trailed = survivor.find("Execution-Id", EXECUTION, ManualClock()())
        survivor.write(append(NOTE, b"third\n"))
        note = note_of(Repositories(root, ManualClock()))
        assert note == (b"first\nsecond\nthird\n" if trailed else b"first\nthird\n")
        found += trailed is not None
    assert found >= 2


def test_a_consolidation_killed_at_any_step_loses_nothing(tmp_path: Path) -> None:
    roots = killed("consolidate", tmp_path)
    assert len(roots) >= 10
    for root in roots:
        store = Repositories(root, ManualClock())
        assert note_of(store) == b"".join([b"first\n", *SOME_LINES, *SOME_LINES])
        assert store.verify(ACME) == []
        assert store.write(ACME, append(NOTE, b"more\n")).changed
        assert_sound(root)


@pytest.mark.parametrize("work", ["checkpoint", "recovery"])
def test_a_checkpoint_or_a_recovery_killed_at_any_step_is_done_by_who_comes_next(tmp_path: Path, work: str) -> None:
    roots = killed(work, tmp_path)
    assert len(roots) >= 10
    for root in roots:
        store = Repositories(root, ManualClock())
        assert note_of(store) == b"".join([b"first\n", *SOME_LINES])
        assert store.verify(ACME) == []
        assert store.write(ACME, append(NOTE, b"more\n")).changed
        store.close()
        assert_sound(root)


def test_a_creation_killed_at_any_step_can_be_done_again(tmp_path: Path) -> None:
    for root in killed("create", tmp_path):
        store = Repositories(root, ManualClock())
        if not store.exists(ACME):
            create(root)
        assert store.names() == [ACME]
        assert store.verify(ACME) == []
        assert_sound(root)


def test_a_removal_killed_at_any_step_removes_all_or_nothing(tmp_path: Path) -> None:
    for root in killed("remove", tmp_path):
        store = Repositories(root, ManualClock())
        if store.exists(ACME):
            assert note_of(store) == b"first\n"
            store.remove(ACME)
        assert store.names() == []
        assert not list(root.glob(".new-*"))
        made_store(root)
        assert_sound(root)
