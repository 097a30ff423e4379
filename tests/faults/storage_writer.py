"""A process that appends numbered lines to the note: ``python -m … ORGS NAME COUNT``.

It says ``ready``, begins when it is told to, and says each number once the line is acknowledged.
"""

import sys
from pathlib import Path

from memory_service.storage import Repositories
from tests.clocks import ManualClock
from tests.edits import append
from tests.faults.storage_faults import ACME, NOTE


def main(root: Path, name: str, count: int) -> None:
    """Append as many lines as asked for."""
    store = Repositories(root, ManualClock())
    store.head(ACME)
    say("ready")
    sys.stdin.readline()
    for number in range(count):
        store.write(ACME, append(NOTE, f"{name}.{number}\n".encode()))
        say(str(number))
    store.close()


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
