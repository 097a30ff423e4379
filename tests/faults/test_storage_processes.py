"""Several processes that write to one folder."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from memory_service.storage import Repositories
from tests.clocks import ManualClock
from tests.faults.storage_faults import assert_sound, made_store, note_of

COUNT = 30
WAIT = 60


@contextmanager
def writer(root: Path, name: str) -> Iterator[subprocess.Popen[str]]:
    """A process that is ready to append."""
    command = [sys.executable, "-W", "error", "-m", "tests.faults.storage_writer", str(root), name, str(COUNT)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        watch = threading.Timer(WAIT, process.kill)
        watch.start()
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            watch.cancel()
            process.kill()


def begin(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("go\n")
    process.stdin.flush()


def acknowledged(process: subprocess.Popen[str]) -> Iterator[int]:
    assert process.stdout
    return map(int, process.stdout)


def test_two_processes_lose_nothing_and_take_turns(tmp_path: Path) -> None:
    made_store(tmp_path)
    with ExitStack() as stack:
        both = {name: stack.enter_context(writer(tmp_path, name)) for name in ("a", "b")}
        for process in both.values():
            begin(process)
        for process in both.values():
            assert list(acknowledged(process)) == list(range(COUNT))
    lines = note_of(Repositories(tmp_path, ManualClock())).decode().split()[1:]
    for name in both:
        assert [line for line in lines if line.startswith(name)] == [f"{name}.{number}" for number in range(COUNT)]
    assert len(lines) == 2 * COUNT
    first, last = lines.index("b.0"), lines.index(f"b.{COUNT - 1}")
    assert any(line.startswith("a") for line in lines[first:last]), "the two were to write at the same time"
    assert_sound(tmp_path)


def test_a_process_goes_on_when_the_other_is_killed_between_its_writes_or_within_one(tmp_path: Path) -> None:
    made_store(tmp_path)
    with ExitStack() as stack:
        victim, survivor = (stack.enter_context(writer(tmp_path, name)) for name in ("victim", "survivor"))
        begin(survivor)
        begin(victim)
        told = 0
        for number in acknowledged(victim):
            told = number + 1
            if told == COUNT // 3:
                victim.kill()
        assert list(acknowledged(survivor)) == list(range(COUNT))
    lines = note_of(Repositories(tmp_path, ManualClock())).decode().split()
    kept = [line for line in lines if line.startswith("victim")]
    assert kept[:told] == [f"victim.{number}" for number in range(told)]
    assert len(kept) <= told + 1
    assert [line for line in lines if line.startswith("survivor")] == [f"survivor.{number}" for number in range(COUNT)]
    assert_sound(tmp_path)
