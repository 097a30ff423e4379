"""Many organisations on one server: what they cost in file descriptors and in memory, where few are allowed."""

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import load
from memory_service.service import open_service
from memory_service.settings import Settings

ORGANISATIONS = 1000
DESCRIPTORS = 1024
CALLS = {
    "memory_write": {"path": "/notes/first.md", "content": "# First\n\nThe walrus likes oysters.\n"},
    "memory_read": {"path": "/notes/first.md"},
    "memory_search": {"query": "walrus"},
}


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name, ExitStack() as running:
        data = Path(name) / "data"
        keys = organisations(data)
        target = running.enter_context(load.serving(data, keys[0], descriptors=DESCRIPTORS))
        table = Table("organisations touched", "descriptors", "resident MiB", "ms for the three calls, median")
        connection = running.enter_context(connected(target))
        table.add_row("0", *used(target.pid), "")
        samples: list[float] = []
        for number, key in enumerate(keys, 1):
            began = time.perf_counter()
            for tool, inputs in CALLS.items():
                call(connection, key, tool, inputs)
            samples.append((time.perf_counter() - began) * 1000)
            if number in {10, 100, ORGANISATIONS // 2, ORGANISATIONS}:
                table.add_row(str(number), *used(target.pid), f"{statistics.median(samples[-100:]):.1f}")
        table.title = f"Organisations on one server with {DESCRIPTORS} descriptors"
        Console().print(table)


def organisations(data: Path) -> list[str]:
    """Make the organisations; a key of each."""
    with open_service(Settings(data_dir=data)) as service:
        names = [f"org-{number}" for number in range(ORGANISATIONS)]
        for name in names:
            service.organisations.create(name)
        return [service.keyring.create(name, "bench", ["*"])[1] for name in names]


def used(pid: int) -> tuple[str, str]:
    """The descriptors and the MiB of memory that a process holds."""
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS:")]
    return str(len(list(Path(f"/proc/{pid}/fd").iterdir()))), f"{int(line.split()[1]) / 1024:.0f}"


@contextmanager
def connected(target: load.Target) -> Iterator[HTTPConnection]:
    """A connection to a server."""
    connection = HTTPConnection(target.host, target.port, timeout=60)
    try:
        yield connection
    finally:
        connection.close()


def call(connection: HTTPConnection, key: str, tool: str, inputs: dict[str, str]) -> None:
    """Call a tool, which has to succeed."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", f"/api/runtime/tools/{tool}", json.dumps({"input": inputs}), headers)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == 200, content
