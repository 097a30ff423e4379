"""A process is known as alive for exactly as long as it runs."""

import subprocess
import sys
from pathlib import Path

from memory_service.instances import ProcessInstances

HOLD = """
import sys
from pathlib import Path
from memory_service.instances import ProcessInstances
held = ProcessInstances(Path(sys.argv[1]), "server_other")
print("held", flush=True)
sys.stdin.read()
"""


def other_process(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_a_process_counts_as_alive_to_itself(tmp_path: Path) -> None:
    own = ProcessInstances(tmp_path, "server_own")
    assert own.own == "server_own"
    assert own.alive("server_own")
    own.close()


def test_another_process_is_alive_until_it_is_killed(tmp_path: Path) -> None:
    own = ProcessInstances(tmp_path, "server_own")
    with other_process(tmp_path) as other:
        assert own.alive("server_other")
        other.kill()
        other.wait(10)
        assert not own.alive("server_other")
    own.close()


def test_a_process_that_never_was_is_not_alive(tmp_path: Path) -> None:
    own = ProcessInstances(tmp_path, "server_own")
    assert not own.alive("server_unknown")
    own.close()


def test_what_killed_processes_leave_is_swept_and_what_live_ones_hold_is_not(tmp_path: Path) -> None:
    (tmp_path / "server_dead.lock").touch()
    with other_process(tmp_path) as other:
        own = ProcessInstances(tmp_path, "server_own")
        assert {path.name for path in tmp_path.glob("*.lock")} == {"server_other.lock", "server_own.lock"}
        assert own.alive("server_other")
        other.kill()
    own.close()
