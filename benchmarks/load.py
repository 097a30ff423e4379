"""A load of concurrent clients over HTTP, cheap enough to share two cores with the server it measures."""

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from sys import executable
from typing import Any

from memory_service.service import open_service
from memory_service.settings import Settings


@dataclass(frozen=True)
class Target:
    """A running server and a key for it."""

    host: str
    port: int
    key: str
    pid: int


@dataclass(frozen=True)
class Load:
    """What a load showed: seconds for each call, seconds in all, and seconds of processor that the server and the load
    itself took."""

    latencies: list[float]
    elapsed: float
    server_cpu: float
    own_cpu: float

    @property
    def rate(self) -> float:
        """Calls a second."""
        return len(self.latencies) / self.elapsed

    def quantile(self, share: float) -> float:
        """Milliseconds within which a share of the calls was answered."""
        return sorted(self.latencies)[min(len(self.latencies) - 1, int(share * len(self.latencies)))] * 1000


@contextmanager
def server(data: Path, source: Path | None, **more: str) -> Iterator[Target]:
    """A server process of its own over a fresh folder with the organisation ``bench``, with a key that opens all of it.

    ``more`` are further settings, in upper case.
    """
    settings = Settings(data_dir=data)
    with open_service(settings) as service:
        created = service.organisations.create("bench", source)
        service.memory.reindex(created.org)
        _, key = service.keyring.create("bench", "bench", ["*"])
    with serving(data, key, **more) as target:
        yield target


@contextmanager
def serving(data: Path, key: str, descriptors: int | None = None, **more: str) -> Iterator[Target]:
    """A server process of its own over a data folder, with so many file descriptors at most; ``more`` as ``server``."""
    command = [executable, "-m", "memory_service", "serve", "--data", str(data), "--port", "0", "--json"]
    if descriptors:
        command = ["sh", "-c", f'ulimit -n {descriptors}; exec "$@"', "sh", *command]
    chosen = {"LOG_LEVEL": "warning", "REQUESTS_PER_SECOND": "1000000", **more}
    environment = {"PATH": os.environ["PATH"], **{f"MEMORY_SERVICE_{name}": value for name, value in chosen.items()}}
    process = Popen(command, stdout=PIPE, text=True, env=environment)
    try:
        assert process.stdout
        address = json.loads(process.stdout.readline())["address"]
        host, port = address.removeprefix("http://").split(":")
        yield Target(host, int(port), key, process.pid)
    finally:
        process.terminate()
        process.wait(30)


Message = Callable[[Target, str, dict[str, Any]], bytes]
"""What a client sends to call a tool with an input."""


def runtime_api(target: Target, tool: str, tool_input: dict[str, Any]) -> bytes:
    """A call by the runtime API."""
    body = json.dumps({"input": tool_input}).encode()
    head = (
        f"POST /api/runtime/tools/{tool} HTTP/1.1\r\nHost: {target.host}\r\n"
        f"Authorization: Bearer {target.key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def run(
    target: Target,
    tool: str,
    inputs: Callable[[int, int], dict[str, Any]],
    clients: int,
    calls: int,
    message: Message = runtime_api,
) -> Load:
    """``clients`` at once, each making ``calls`` calls in turn; ``inputs(client, call)`` gives the input."""
    return asyncio.run(_run(target, tool, inputs, clients, calls, message))


async def _run(
    target: Target,
    tool: str,
    inputs: Callable[[int, int], dict[str, Any]],
    clients: int,
    calls: int,
    message: Message,
) -> Load:
    latencies: list[float] = []

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection(target.host, target.port)
        for call in range(calls):
            sent = message(target, tool, inputs(number, call))
            start = time.perf_counter()
            writer.write(sent)
            answer = await reader.readuntil(b"\r\n\r\n")
            content = await _content(answer.lower(), reader)
            latencies.append(time.perf_counter() - start)
            assert answer.startswith(b"HTTP/1.1 200"), content
        writer.close()

    start, server_cpu, own_cpu = time.perf_counter(), cpu(target.pid), time.process_time()
    await asyncio.gather(*(client(number) for number in range(clients)))
    elapsed, own_cpu = time.perf_counter() - start, time.process_time() - own_cpu
    return Load(latencies, elapsed, cpu(target.pid) - server_cpu, own_cpu)


def cpu(pid: int) -> float:
    """Seconds of processor that a process has taken: fields 14 and 15 of ``proc(5)``."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


async def _content(head: bytes, reader: asyncio.StreamReader) -> bytes:
    """The body of an answer, whole or in chunks."""
    if b"content-length: " in head:
        return await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
    return await reader.readuntil(b"\r\n0\r\n\r\n")
