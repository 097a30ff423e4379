"""On whose behalf a message of the protocol is answered."""

from collections.abc import Callable
from typing import Any, Protocol

from mcp.server.context import ServerRequestContext

from memory_service.domain.calls import Principal
from memory_service.domain.ids import ExecutionId, SessionId

Context = ServerRequestContext[Any, Any]
"""One message of a client, as the protocol's library hands it on."""


class Caller(Protocol):
    """Whoever sends a message, and how executions are shown to it."""

    @property
    def principal(self) -> Principal:
        """On whose behalf capabilities are invoked."""

    def events_url(self, execution_id: ExecutionId) -> str | None:
        """Where the events of an execution are found; None where no server shows them."""

    async def session(self) -> SessionId | None:
        """The session of the calls that name none; None where each makes its own."""

    async def is_welcome(self) -> bool:
        """Whether it would still be answered, if it came now."""


CallerOf = Callable[[Context], Caller]
"""Tells who sends a message."""
