"""A storm: servers on one data folder that are killed at random, and clients that write to few files and never give up.

A client follows the contract and nothing else: each write has an ``Idempotency-Key`` and is sent again, to any server,
until an answer says that sending it again is of no use.
"""

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.runtime_client import Json
from tests.server_process import ServerProcess

PUBLIC_URL = "http://memory.example"
"""One for all servers, so that an answer is the same whichever of them gives it."""

_SECONDS = 60
_CONDITIONAL = 8
"""One in so many writes replaces a file that the client has read."""
_PATIENCE = 0.05
"""Seconds between two attempts; as every wait in here, it ends early when all is done."""


@dataclass(frozen=True)
class Size:
    """How large a storm is."""

    servers: int
    clients: int
    """Clients of each server; they turn to others when theirs is gone."""
    writes: int
    """Writes of each client."""
    kills: int
    """At least so many; they go on as long as clients write."""
    seconds: float
    """The longest that it may take."""


@dataclass
class Outcome:
    """What the clients were told."""

    acknowledged: dict[str, Json] = field(default_factory=dict)
    """Answers by the line that was written."""
    refused: dict[str, str] = field(default_factory=dict)
    """Codes by the line that was not."""
    kills: int = 0
    overlapping: int = 0
    """Most writes that were under way when a server was killed."""


class Storm:
    """Runs once, on a data folder with an organisation that the key is of."""

    def __init__(self, data: Path, key: str, size: Size, seed: int) -> None:
        self.outcome = Outcome()
        self._data = data
        self._size = size
        self._headers = {"Authorization": f"Bearer {key}"}
        self._chance = random.Random(seed)  # noqa: S311 - it chooses victims, not secrets
        self._servers: list[ServerProcess] = []
        self._under_way = 0
        self._calm = asyncio.Event()

    async def run(self) -> Outcome:
        """Let it rage until each client has its answers and enough servers were killed."""
        loop = asyncio.get_running_loop()
        try:
            starting = [loop.run_in_executor(None, self._start) for _ in range(self._size.servers)]
            self._servers = list(await asyncio.gather(*starting))
            async with httpx.AsyncClient(limits=httpx.Limits(max_connections=None), timeout=_SECONDS) as http:
                clients = [self._client(http, number) for number in range(self._size.servers * self._size.clients)]
                async with asyncio.timeout(self._size.seconds), asyncio.TaskGroup() as group:
                    group.create_task(self._kill_at_random())
                    await asyncio.gather(*clients)
                    self._calm.set()
        finally:
            for server in self._servers:
                server.close()
        return self.outcome

    def _start(self) -> ServerProcess:
        return ServerProcess(self._data, public_url=PUBLIC_URL, log_level="error")

    async def _kill_at_random(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._calm.is_set() or self.outcome.kills < self._size.kills:
            await self._unless_calm(self._chance.uniform(0.2, 1.5))
            place = self._chance.randrange(len(self._servers))
            self.outcome.overlapping = max(self.outcome.overlapping, self._under_way)
            await loop.run_in_executor(None, self._servers[place].close)
            self.outcome.kills += 1
            self._servers[place] = await loop.run_in_executor(None, self._start)

    async def _client(self, http: httpx.AsyncClient, number: int) -> None:
        for write in range(self._size.writes):
            path, line = f"/{(number + write) % 4}.md", f"- {number}.{write}"
            if (number + write) % _CONDITIONAL:
                sent, tool = {"path": path, "content": line}, "memory_append"
            else:
                found = await self._until(http, number, "memory_read", {"path": path}, key=None)
                if found.is_error:
                    continue  # nobody has written to it yet
                read = found.json()["result"]
                sent = {"path": path, "content": f"{read['content']}{line}\n", "expectedVersion": read["version"]}
                tool = "memory_write"
            self._under_way += 1
            answer = await self._until(http, number, tool, sent, key=line)
            self._under_way -= 1
            if answer.is_success:
                self.outcome.acknowledged[line] = answer.json()
            else:
                self.outcome.refused[line] = answer.json()["code"]

    async def _until(
        self, http: httpx.AsyncClient, number: int, tool: str, sent: Json, key: str | None
    ) -> httpx.Response:
        """Send a call until its answer is final."""
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        for attempt in range(10_000):
            server = self._servers[(number + attempt) % len(self._servers)]
            try:
                url = f"{server.address}/api/runtime/tools/{tool}"
                answer = await http.post(url, json={"input": sent}, headers=headers)
            except httpx.TransportError:
                await self._unless_calm(_PATIENCE)
                continue
            if answer.is_success or answer.headers["x-should-retry"] == "false":
                return answer
            await self._unless_calm(_PATIENCE)
        raise TimeoutError(tool)

    async def _unless_calm(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._calm.wait(), seconds)
        except TimeoutError:
            return


def blow(data: Path, key: str, size: Size, seed: int) -> Outcome:
    """Run a storm to its end."""

    async def run() -> Outcome:
        return await Storm(data, key, size, seed).run()

    return asyncio.run(run())
