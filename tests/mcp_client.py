"""The protocol's official client, as agents have it built in: over HTTP and in memory, in both eras."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent

from memory_service.domain.calls import Principal
from memory_service.domain.ids import ExecutionId
from memory_service.mcp_server import Look, mcp_server
from tests.service_fixtures import Organisation, RunningService

NEW = "2026-07-28"
OLD = "legacy"
WAYS = ("http-2026", "http-2025", "memory-2026", "memory-2025")
"""How a client speaks with a service: the transport, and the revision of the protocol."""

SECONDS = 20

T = TypeVar("T")
Talk = Callable[[Client], Awaitable[T]]


def talk(way: str, org: Organisation, what: Talk[T], *, key: str | None = None) -> T:
    """Connect in one of the ``WAYS``, say something, and hang up; what came of it."""
    transport, _, year = way.partition("-")
    era = {"2026": NEW, "2025": OLD}.get(year, year)
    secret = key or org.key()
    if transport == "http":
        return run(over_http(org.running.address, secret, era), what)
    return run(in_memory(org.running, secret, era), what)


def run(connection: AbstractAsyncContextManager[Client], what: Talk[T]) -> T:
    """Say something over a connection that is opened for it."""

    async def connected() -> T:
        async with asyncio.timeout(SECONDS), connection as client:
            return await what(client)

    return asyncio.run(connected())


@asynccontextmanager
async def over_http(address: str, key: str, era: str = NEW) -> AsyncIterator[Client]:
    """A client of a server."""
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(headers=headers, timeout=SECONDS, trust_env=False, verify=False) as http:
        transport = streamable_http_client(f"{address}/api/mcp", http_client=http)
        async with Client(transport, mode=era) as client:
            yield client


@dataclass(frozen=True)
class InMemoryCaller:
    """A caller that no HTTP brought."""

    principal: Principal

    def events_url(self, execution_id: ExecutionId) -> str:
        """An address by which a test can tell it."""
        return f"memory/api/runtime/executions/{execution_id}/events"

    async def session(self) -> None:
        """None: each call has its own."""

    async def is_welcome(self) -> bool:
        """True."""
        return True


@asynccontextmanager
async def in_memory(
    running: RunningService, key: str, era: str = NEW, look: Look | None = None
) -> AsyncIterator[Client]:
    """A client of the service's protocol server, without any transport between them; ``look`` finds its changes."""
    caller = InMemoryCaller(running.principal(key))
    runtime = running.service.serving_runtime()
    await runtime.start()
    try:
        async with Client(
            mcp_server(runtime, look or running.service.memory.changes, lambda _: caller), mode=era
        ) as client:
            yield client
    finally:
        await runtime.aclose()


async def called(client: Client, tool: str, /, *, meta: Any = None, **arguments: Any) -> CallToolResult:
    """The result of a tool, whatever it is."""
    return await client.call_tool(tool, arguments, meta=meta)


async def result_of(client: Client, tool: str, /, *, meta: Any = None, **arguments: Any) -> dict[str, Any]:
    """The structure that a tool answers which succeeds."""
    answer = await called(client, tool, meta=meta, **arguments)
    assert not answer.is_error, answer.structured_content
    assert isinstance(answer.structured_content, dict)
    return answer.structured_content


def words_of(answer: CallToolResult) -> str:
    """The text of a result that has one."""
    (content,) = answer.content
    assert isinstance(content, TextContent)
    return content.text


def meta_of(answer: CallToolResult) -> dict[str, Any]:
    """What the service says beside a result."""
    assert answer.meta
    return {name: value for name, value in answer.meta.items() if "/" not in name}
