"""A tool by the Model Context Protocol, in both its eras, beside the same tool by the runtime API."""

import json
import statistics
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import load

SAMPLE = Path(__file__).parent.parent / "sample_memory"
TOOL = "memory_search"
QUERY = "enterprise fintech pricing objections"
ERAS = ("2026-07-28", "2025-11-25")
CALLS = {1: 150, 10: 40}
ROUNDS = 5


def main() -> None:
    """Print the table; the rounds go through all rows in turn."""
    faces: dict[str, load.Message] = {"runtime API": load.runtime_api} | {
        f"MCP {era}": partial(_message, era) for era in ERAS
    }
    loads: dict[tuple[str, int], list[load.Load]] = {}
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder, load.server(Path(folder) / "data", SAMPLE) as target:
        for _ in range(ROUNDS):
            for clients, calls in CALLS.items():
                for face, message in faces.items():
                    run = load.run(target, TOOL, lambda client, call: {"query": QUERY}, clients, calls, message)
                    loads.setdefault((face, clients), []).append(run)
    table = Table("face", "clients", "calls/s", "p50 ms", "p95 ms", "CPU ms", "CPU / runtime API", title=TOOL)
    for (face, clients), runs in loads.items():
        peers = loads["runtime API", clients]
        rate = statistics.median(each.rate for each in runs)
        times = [statistics.median(each.quantile(share) for each in runs) for share in (0.5, 0.95)]
        cpu = statistics.median(each.server_cpu / len(each.latencies) * 1000 for each in runs)
        ratio = statistics.median(own.server_cpu / peer.server_cpu for own, peer in zip(runs, peers, strict=True))
        figures = [f"{rate:.0f}", *(f"{each:.1f}" for each in times), f"{cpu:.1f}", f"{ratio:.2f}"]
        table.add_row(face, str(clients), *figures)
    Console().print(table)


def _message(era: str, target: load.Target, tool: str, tool_input: dict[str, Any]) -> bytes:
    """A call of a tool as a client of the era sends it."""
    meta = {"io.modelcontextprotocol/protocolVersion": era, "io.modelcontextprotocol/clientCapabilities": {}}
    params = {"name": tool, "arguments": tool_input} | ({"_meta": meta} if era == ERAS[0] else {})
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    head = (
        f"POST /api/mcp HTTP/1.1\r\nHost: {target.host}:{target.port}\r\n"
        f"Authorization: Bearer {target.key}\r\nContent-Type: application/json\r\n"
        f"Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: {era}\r\n"
        f"Mcp-Method: tools/call\r\nMcp-Name: {tool}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
