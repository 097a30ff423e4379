"""The Model Context Protocol, put together: keys, limits and the runtime behind its address."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from memory_service.access import parse_label
from memory_service.domain.calls import Principal, Scope
from memory_service.domain.ids import KeyId, OrgId
from memory_service.memory import Memory
from memory_service.runtime import AsyncRuntime
from memory_service.settings import Settings

if TYPE_CHECKING:
    from memory_service.http_api import OnDemand
    from memory_service.mcp_server import McpHttp

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_NO_KEY = KeyId("local")
"""What stands for the key of an agent that needs none: who may write the data folder may change all that is in it."""
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 (named to be left out)


def mcp_http(settings: Settings, runtime: AsyncRuntime, memory: Memory) -> "OnDemand":
    """The address at which agents are served; keys, rates and bodies are those of the runtime API.

    The protocol's library takes as long to load as all the rest: whoever speaks to a server first waits for it, instead
    of each start.
    """
    # Imported here, so that commands which serve nothing start without a web framework.
    from memory_service.http_api import OnDemand, admission

    def load() -> AbstractAsyncContextManager["McpHttp"]:
        from memory_service.mcp_server import McpHttp, mcp_server

        server_for = partial(mcp_server, runtime, memory.changes)
        return McpHttp(server_for, admission, _hosts(settings), settings.max_body_bytes).running()

    return OnDemand(load, runtime, "/api/mcp", method="POST")


def speak_on_stdio(runtime: AsyncRuntime, memory: Memory, org: OrgId, name: str) -> None:
    """Serve the agent that started this process, which may do what a key with the scope ``runtime`` may."""
    from memory_service.mcp_server import speak

    agent = Principal(org=org, key_id=_NO_KEY, key_name=parse_label(name), scopes=frozenset({Scope.RUNTIME}))
    asyncio.run(speak(runtime, memory.changes, agent))


def _hosts(settings: Settings) -> Sequence[str]:
    """The names that clients reach the server at."""
    public = urlsplit(settings.public_url).netloc if settings.public_url else ""
    bound = "" if settings.host in _EVERYWHERE else f"[{settings.host}]" if ":" in settings.host else settings.host
    further = (settings.allowed_hosts or "").split(",")
    return list(dict.fromkeys(name for name in (*_LOOPBACK, bound, public, *further) if name))
