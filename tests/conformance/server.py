"""The real server with the fixtures, for a suite that cannot send a key: ``python -m tests.conformance.server DIR``."""

import sys
from pathlib import Path
from typing import Any

import uvicorn
from mcp.server.lowlevel import Server
from starlette.types import ASGIApp, Receive, Scope, Send

from memory_service import mcp_server
from memory_service.cli.serve import listening_socket
from memory_service.domain.calls import Scope as KeyScope
from memory_service.logs import configure_logging
from memory_service.service import open_service
from memory_service.settings import Settings
from tests.conformance.fixtures import capabilities, laid_over

MADE = mcp_server.mcp_server
SAMPLE = Path(__file__).parents[2] / "sample_memory"


class WithKey:
    """Adds a key to each request: the rest of the road is the one that every client takes."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._header = (b"authorization", f"Bearer {key}".encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": [*scope["headers"], self._header]}
        await self._app(scope, receive, send)


class Announced(uvicorn.Server):
    """Prints its address once it answers."""

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets=sockets)
        host, port = (sockets or [])[0].getsockname()
        print(f"http://{host}:{port}/api/mcp", flush=True)  # noqa: T201 (what the caller reads)


def with_fixtures(*args: Any, **settings: Any) -> Server:
    """The server of the protocol, with the fixtures laid over it."""
    server = MADE(*args, **settings)
    server.middleware.append(laid_over)
    return server


def main(data: Path) -> None:
    """Serve until told to end."""
    mcp_server.mcp_server = with_fixtures  # the service takes it from there when it is first asked for
    configure_logging("error")
    with (
        listening_socket("127.0.0.1", 0) as listener,
        open_service(Settings(data_dir=data), capabilities_of=capabilities) as service,
    ):
        service.organisations.create("acme", SAMPLE)
        _, key = service.keyring.create("acme", "conformance", [KeyScope.RUNTIME])
        app = WithKey(service.app(), key)
        config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1)
        Announced(config).run(sockets=[listener])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
