"""A real server over the application: in this process for transport tests, and as a process to send signals to."""

import logging
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel
import uvicorn
from starlette.types import ASGIApp

from tests.fakes.capabilities import Gate, named
from tests.unit.http_api.application import SECONDS, TestBed


def listener() -> socket.socket:
    """A socket that listens on a free loopback port."""
    found = socket.socket()
    found.bind(("127.0.0.1", 0))
    found.listen(128)
    return found


def server(app: ASGIApp) -> uvicorn.Server:
    """A server, configured as the service's own."""
    config = uvicorn.Config(
        app, http="httptools", log_config=None, access_log=False, proxy_headers=False, timeout_graceful_shutdown=2
    )
    return uvicorn.Server(config)


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[tuple[str, int]]:
    """Serve an application in this process; yields the address."""
    with listener() as bound:
        running = server(app)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(running.serve, [bound])
            with anyio.fail_after(SECONDS):
                while not running.started:
                    await anyio.lowlevel.checkpoint()
            yield bound.getsockname()
            running.should_exit = True


def main() -> None:
    """Serve a tool that never ends by itself until told to end; prints a key and the port."""
    logging.basicConfig(level=logging.ERROR)
    bed = TestBed(named("slow", Gate()), limits={"drain_seconds": 0.5})
    with listener() as bound:
        sys.stdout.write(f"{bed.key()}\n{bound.getsockname()[1]}\n")
        sys.stdout.flush()
        server(bed.app).run([bound])


if __name__ == "__main__":
    main()
