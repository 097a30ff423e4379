"""A generation that is made in a process of its own: killed, failed, left alone or given up, it leaves no harm."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from select import select

import pytest

from memory_service.domain.errors import InternalError, Overloaded, StorageFull
from memory_service.domain.search import File
from memory_service.search import SearchIndexes, building
from tests.unit.search.builders import ACME, ONE, TWO, file, files, numbered, paths

FILES = numbered(40)
LOWEST = 19
"""The lowest priority that there is: a process that has less than that to lose gets it."""


@pytest.fixture(autouse=True)
def _always_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "BESIDE", 0)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    SearchIndexes(tmp_path).rebuild(ACME, ONE, files(FILES))
    return tmp_path


def processes() -> list[int]:
    """The builders of this process."""
    return [int(process.name) for process in Path("/proc").iterdir() if process.name.isdigit() and is_builder(process)]


def is_builder(process: Path) -> bool:
    """Whether a process builds for this one; who has just ended, or has ended and is not awaited yet, does not."""
    with suppress(FileNotFoundError, ProcessLookupError):
        parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
        return int(parent) == os.getpid() and building.__name__.encode() in (process / "cmdline").read_bytes()
    return False


def interrupted(work: Callable[[], object], at: int, count: int = 40) -> Iterator[File]:
    """Files with something that is done before one of them, or after all."""
    for number, each in enumerate(files(numbered(count))):
        if number == at:
            work()
        yield each
    if at >= count:
        work()


def kill() -> None:
    (process,) = processes()
    os.kill(process, signal.SIGKILL)


def test_it_comes_to_the_same_as_one_made_beside(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "BESIDE", 1 << 20)
    SearchIndexes(tmp_path / "beside").rebuild(ACME, ONE, files(FILES))
    for name in (root, tmp_path / "beside"):
        index = SearchIndexes(name)
        assert paths(index, '"walrus of file"') == sorted(FILES)
        assert index.commit(ACME) == ONE
    assert sorted(path.name for path in (root / ACME).iterdir()) == ["build.lock", "generation"]


def test_little_is_read_without_a_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "BESIDE", 1 << 20)
    seen: list[int] = []
    SearchIndexes(tmp_path).rebuild(ACME, ONE, interrupted(lambda: seen.extend(processes()), at=39))
    assert seen == []


@pytest.mark.parametrize("at", [1, 20, 40])
def test_a_builder_that_is_killed_is_followed_by_another(root: Path, at: int) -> None:
    index = SearchIndexes(root)
    with pytest.raises(Overloaded):
        index.rebuild(ACME, TWO, interrupted(kill, at))
    assert index.commit(ACME) == ONE
    assert paths(index, "walrus") == sorted(FILES)
    index.rebuild(ACME, TWO, files(FILES))
    assert index.commit(ACME) == TWO
    assert sorted(path.name for path in (root / ACME).iterdir()) == ["build.lock", "generation"]


def test_a_full_disk_is_told_as_where_it_happened(root: Path) -> None:
    def fill() -> None:
        (root / ACME / "building" / "generation").symlink_to("/dev/full")

    index = SearchIndexes(root)
    with pytest.raises(StorageFull):
        index.rebuild(ACME, TWO, interrupted(fill, at=40))
    assert index.commit(ACME) == ONE
    assert sorted(path.name for path in (root / ACME).iterdir()) == ["build.lock", "generation"]


def test_another_failure_is_one_of_ours(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InternalError):
        SearchIndexes(root).rebuild(ACME, TWO, [file("/b.md", ""), file("/a.md", "")])
    assert "/a.md comes after /b.md" in capfd.readouterr().err
    assert processes() == []


def test_what_ends_the_files_ends_the_process(root: Path) -> None:
    def fail() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        SearchIndexes(root).rebuild(ACME, TWO, interrupted(fail, at=20))
    assert processes() == []


@pytest.mark.parametrize("at", [1, 40])
def test_closing_gives_up_what_is_being_built(root: Path, at: int) -> None:
    index = SearchIndexes(root)
    with pytest.raises(Overloaded):
        index.rebuild(ACME, TWO, interrupted(index.close, at, count=400 if at == 1 else 40))
    assert processes() == []
    assert index.commit(ACME) == ONE
    with pytest.raises(Overloaded):
        index.rebuild(ACME, TWO, files(FILES))


def test_its_environment_is_clean_and_its_priority_low(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMORY_SERVICE_SECRET", "x")
    seen: list[bytes] = []
    nice: list[int] = []

    def look() -> None:
        (process,) = processes()
        seen.append(Path(f"/proc/{process}/environ").read_bytes())
        nice.append(os.getpriority(os.PRIO_PROCESS, process))

    # More than a pipe holds: by then it has read something, and so has begun.
    filler = file("/0000.md", "walrus " * 40_000)
    SearchIndexes(root).rebuild(ACME, TWO, chain([filler], _looked(look)))
    assert [line.partition(b"=")[0] for line in seen[0].split(b"\0") if line] == [b"PYTHONPATH"]
    assert nice == [min(os.getpriority(os.PRIO_PROCESS, 0) + building.NICENESS, LOWEST)]


def _looked(look: Callable[[], None]) -> Iterator[File]:
    look()
    yield file("/last.md", "")


def test_a_search_goes_on_while_one_is_built(root: Path) -> None:
    index = SearchIndexes(root)
    found: list[list[str]] = []
    index.rebuild(ACME, TWO, interrupted(lambda: found.append(paths(index, "walrus")), at=40))
    assert found == [sorted(FILES)]


ABANDONED = """
import sys
from pathlib import Path
from memory_service.search import SearchIndexes, building
from tests.unit.search.builders import ACME, TWO, file
from tests.unit.search.test_building import processes

def endless():
    yield file("/a.md", "walrus")
    print(*processes(), flush=True)
    sys.stdin.readline()

building.BESIDE = 0
SearchIndexes(Path(sys.argv[1])).rebuild(ACME, TWO, endless())
"""


def test_a_builder_whose_parent_was_killed_ends_and_frees_the_lock(root: Path) -> None:
    command = [sys.executable, "-c", ABANDONED, str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        orphan = int(parent.stdout.readline())
        ended = os.pidfd_open(orphan)
        parent.kill()
    try:
        assert select([ended], [], [], 60)[0]
    finally:
        os.close(ended)
    index = SearchIndexes(root, patience_seconds=0)
    assert index.commit(ACME) == ONE
    index.rebuild(ACME, TWO, files(FILES))
    assert index.commit(ACME) == TWO
