"""The server on standard input and output, for one agent on the same machine."""

import os
import sys
import threading

import anyio
from mcp.server.stdio import stdio_server

from memory_service.domain.calls import Principal
from memory_service.domain.executions import SessionStatus
from memory_service.domain.ids import ExecutionId, SessionId
from memory_service.mcp_server.server import mcp_server
from memory_service.mcp_server.watching import Look
from memory_service.runtime import AsyncRuntime


class LocalCaller:
    """The agent that started the process: its calls are one session, so that the session guard holds."""

    def __init__(self, runtime: AsyncRuntime, principal: Principal) -> None:
        self.principal = principal
        self._runtime = runtime
        self._session: SessionId | None = None
        self._turn = threading.Lock()

    def events_url(self, execution_id: ExecutionId) -> None:
        """None: no server shows the events."""

    async def session(self) -> SessionId:
        """The session of the process, made for its first call, and anew where somebody has archived it."""
        return await self._runtime.call(self._current)

    async def is_welcome(self) -> bool:
        """True: it has no key that could be revoked."""
        return True

    def _current(self) -> SessionId:
        core = self._runtime.core
        with self._turn:
            known = core.session(self.principal, self._session) if self._session else None
            if known is None or known.status is not SessionStatus.ACTIVE:
                known = core.create_session(self.principal, self.principal.key_name)
            self._session = known.id
            return known.id


async def speak(runtime: AsyncRuntime, look: Look, principal: Principal) -> None:
    """Start a runtime and answer the messages on standard input until that ends."""
    caller = LocalCaller(runtime, principal)
    server = mcp_server(runtime, look, lambda _: caller, standing=True)
    await runtime.start()
    try:
        async with stdio_server(stdin=_lines_of_stdin()) as (messages, answers):
            await server.run(messages, answers, server.create_initialization_options())
    finally:
        await runtime.aclose()


def _lines_of_stdin() -> anyio.AsyncFile[str]:
    """Standard input, which nobody else reads from now on.

    The library would take bytes that are no UTF-8 for a replacement character, and an agent would write that. Kept as
    they are, they are half surrogate pairs, and a line with one is no message.
    """
    own = os.dup(sys.stdin.fileno())
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, sys.stdin.fileno())
    os.close(nothing)
    return anyio.wrap_file(os.fdopen(own, encoding="utf-8", errors="surrogateescape", newline="\n"))
