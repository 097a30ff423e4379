"""A backup or a restore that is killed, or meets a full or broken disk, at each of its steps."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from memory_service.backup import is_being_restored
from memory_service.backup.manifest import parse_manifest
from memory_service.domain.errors import DataFolderNotEmpty, DataFolderUnusable, MemoryServiceError, StorageFull
from memory_service.service import open_service
from memory_service.settings import Settings
from tests.faults.backup_process import AGAIN, DATA, PLACE, WORKS
from tests.faults.storage_faults import failing_at, steps_of
from tests.unit.backup.places import assert_same, back_up, restored, rows


@pytest.fixture(autouse=True)
def unsynced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here depends on what a disk keeps when it loses power."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def killed(work: str, folder: Path) -> list[Path]:
    """The folders in which some work was killed, one for each of its steps."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.faults.backup_process", work, str(folder)],
        capture_output=True,
        check=False,
        timeout=100,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return sorted((folder / "killed").iterdir())


def assert_whole(root: Path, place: Path, former: Path) -> None:
    """The backup is the former one or the new one, and the next one leaves nothing else at its place."""
    restored(place, root / "whole")
    assert _kept(root / "whole") in (_kept(former), _kept(root / DATA))
    made = back_up(root / DATA, place)
    if place.is_dir():
        there = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
        assert there == {"manifest.json", *(file.name for file in made.manifest.files())}
        assert parse_manifest(str(place), (place / "manifest.json").read_bytes()) == made.manifest
    else:
        assert [path.name for path in root.iterdir() if path.name.startswith(PLACE)] == [place.name]
    restored(place, root / "next")
    assert _kept(root / "next") == _kept(root / DATA)


def _kept(data: Path) -> tuple[object, bytes]:
    return rows(data), (data / "orgs/acme.git/refs/heads/main").read_bytes()


@pytest.mark.parametrize(("work", "name"), [("folder", PLACE), ("archive", f"{PLACE}.tar")])
def test_a_backup_killed_at_any_step_leaves_the_former_one_or_the_new_one(tmp_path: Path, work: str, name: str) -> None:
    roots = killed(work, tmp_path)
    assert len(roots) >= 8
    restored(tmp_path / "prepared" / name, tmp_path / "former")
    for root in roots:
        assert_whole(root, root / name, tmp_path / "former")


def test_a_restore_killed_at_any_step_is_there_whole_or_serves_nobody(tmp_path: Path) -> None:
    roots = killed("restore", tmp_path)
    assert len(roots) >= 20
    ended = 0
    for root in roots:
        data = root / AGAIN
        if is_being_restored(data):
            with pytest.raises(DataFolderUnusable):
                open_service(Settings(data_dir=data))
        elif (data / "memory.db").exists():
            ended += 1
            with pytest.raises(DataFolderNotEmpty):
                restored(root / PLACE, data)
            assert _kept(data) == _kept(root / DATA)
            continue
        restored(root / PLACE, data)
        assert _kept(data) == _kept(root / DATA)
        assert sorted(path.name for path in data.iterdir()) == ["memory.db", "orgs"]
    assert 1 <= ended < len(roots)
    assert_same(roots[-1] / DATA, roots[-1] / AGAIN)


@pytest.mark.parametrize(
    ("work", "number"),
    [("folder", errno.ENOSPC), ("folder", errno.EIO), ("archive", errno.ENOSPC), ("restore", errno.ENOSPC)],
)
def test_what_fails_at_any_step_leaves_nothing_half_done(tmp_path: Path, work: str, number: int) -> None:
    prepare, work_in = WORKS[work]
    (tmp_path / "prepared").mkdir()
    prepare(tmp_path / "prepared")
    shutil.copytree(tmp_path / "prepared", tmp_path / "rehearsal")
    steps = steps_of(lambda: work_in(tmp_path / "rehearsal"))
    root = tmp_path / "root"
    shutil.copytree(tmp_path / "prepared", root)
    failed = 0
    for step in range(len(steps)):
        before = _names(root)
        with failing_at(step, number):
            error = _error_of(lambda: work_in(root))
        if error:
            failed += 1
            assert isinstance(error, StorageFull) == (number == errno.ENOSPC), steps[step]
            if _names(root) != before:
                # It failed when all was done already, on the way to making that durable or to clearing up.
                assert steps[step].startswith(("sync", "remove")), steps[step]
        if _names(root) != before:
            shutil.rmtree(root)
            shutil.copytree(tmp_path / "prepared", root)
    assert failed >= len(steps) // 2


def _names(root: Path) -> set[str]:
    """What is there, but for what a database leaves beside itself."""
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_relative_to(root / DATA)}


def _error_of(call: Callable[[], object]) -> MemoryServiceError | None:
    try:
        call()
    except MemoryServiceError as error:
        return error
    return None
