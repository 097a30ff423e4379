"""The five tools over HTTP, beside the least that a durable write can cost on the same disk."""

import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import load
from benchmarks.floor import floor

SAMPLE = Path(__file__).parent.parent / "sample_memory"
CALLS = {1: 150, 32: 40}
ROUNDS = 3

INPUTS: dict[str, Callable[[int, int], dict[str, Any]]] = {
    "memory_ls": lambda client, call: {"path": "/topics"},
    "memory_read": lambda client, call: {"path": "/topics/icp.md"},
    "memory_search": lambda client, call: {"query": "enterprise fintech pricing objections"},
    "memory_append": lambda client, call: {"path": f"/daily/agent-{client}.md", "content": f"- note {call}"},
    "memory_write": lambda client, call: {"path": f"/notes/{client}/{call}.md", "content": f"# Note {call}\n"},
}


def main() -> None:
    """Print the table. The rounds go through all tools in turn, so that a slow moment of the machine meets each."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder, floor(Path(folder)) as sample:
        floors: list[float] = []
        loads: dict[tuple[str, int], list[load.Load]] = {}
        with load.server(Path(folder) / "data", SAMPLE) as target:
            for _ in range(ROUNDS):
                floors += [sample() * 1000 for _ in range(100)]
                for clients, calls in CALLS.items():
                    for tool, inputs in INPUTS.items():
                        loads.setdefault((tool, clients), []).append(load.run(target, tool, inputs, clients, calls))
    headings = ("tool", "clients", "calls/s", "p50 ms", "p95 ms", "rate / memory_ls", "CPU ms", "load's CPU ms")
    table = Table(*headings, title="Tools over HTTP")
    for (tool, clients), runs in loads.items():
        rate = statistics.median(each.rate for each in runs)
        listing = statistics.median(each.rate for each in loads["memory_ls", clients])
        halves = [statistics.median(each.quantile(share) for each in runs) for share in (0.5, 0.95)]
        cpu = [statistics.median(each.server_cpu / len(each.latencies) for each in runs) * 1000]
        cpu.append(statistics.median(each.own_cpu / len(each.latencies) for each in runs) * 1000)
        figures = [*(f"{half:.1f}" for half in halves), f"{rate / listing:.2f}", *(f"{each:.2f}" for each in cpu)]
        table.add_row(tool, str(clients), f"{rate:.0f}", *figures)
    Console().print(table)
    Console().print(f"floor: one append + fdatasync {statistics.median(floors):.2f} ms")
