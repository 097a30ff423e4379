"""The server on standard input and output, for one agent on the same machine."""

from dataclasses import dataclass

from mcp.server.stdio import stdio_server

from memory_service.domain.calls import Principal
from memory_service.domain.ids import ExecutionId
from memory_service.mcp_server.server import mcp_server
from memory_service.mcp_server.watching import Look
from memory_service.runtime import AsyncRuntime


@dataclass(frozen=True, slots=True)
class LocalCaller:
    """The agent that started the process."""

    principal: Principal

    def events_url(self, execution_id: ExecutionId) -> None:
        """None: no server shows the events."""


async def speak(runtime: AsyncRuntime, look: Look, principal: Principal) -> None:
    """Start a runtime and answer the messages on standard input until that ends."""
    caller = LocalCaller(principal)
    server = mcp_server(runtime, look, lambda _: caller)
    await runtime.start()
    try:
        async with stdio_server() as (messages, answers):
            await server.run(messages, answers, server.create_initialization_options())
    finally:
        await runtime.aclose()
