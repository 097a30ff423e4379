"""What can only be seen over a real connection."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.abc
import httpx
import pytest

from tests.unit.git_http.bench import SECONDS, Bench, ScriptedGitServer
from tests.unit.http_api.server import serving

pytestmark = pytest.mark.anyio

PART = bytes(64 * 1024)


@asynccontextmanager
async def asking(bench: Bench) -> AsyncIterator[anyio.abc.SocketStream]:
    """A client that has asked for something and has not read anything yet."""
    async with serving(bench.app) as (host, port), await anyio.connect_tcp(host, port) as connection:
        await connection.send(
            f"POST /git/acme.git/git-upload-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {bench.key()}\r\n"
            "Content-Type: application/x-git-upload-pack-request\r\nContent-Length: 4\r\n\r\n0000".encode()
        )
        yield connection


async def closed(bench: Bench) -> bool:
    """Whether the answer that was being made is closed before long."""
    return await asyncio.to_thread(bench.server.closed.wait, SECONDS)


async def test_a_client_that_reads_nothing_is_dropped() -> None:
    bench = Bench(ScriptedGitServer(lambda: itertools.repeat(PART)), send_seconds=0.05)
    async with asking(bench) as connection:
        assert await closed(bench)
        received = b""
        with anyio.fail_after(SECONDS):
            async for part in connection:
                received += part
    assert received.startswith(b"HTTP/1.1 200 ")
    assert not received.endswith(b"0\r\n\r\n")


async def test_a_client_that_leaves_is_not_worked_for() -> None:
    bench = Bench(ScriptedGitServer(lambda: itertools.repeat(PART)))
    async with asking(bench) as connection:
        assert (await connection.receive()).startswith(b"HTTP/1.1 200 ")
        await connection.aclose()
        assert await closed(bench)


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_push_over_the_limit_is_refused_and_the_client_can_read_why(chunked: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield PART

    bench = Bench(max_push_bytes=1024)
    headers = {
        "Authorization": f"Bearer {bench.key()}",
        "Content-Type": "application/x-git-receive-pack-request",
    }
    async with serving(bench.app) as (host, port), httpx.AsyncClient(base_url=f"http://{host}:{port}") as client:
        content = pieces() if chunked else PART * 100
        answer = await client.post("/git/acme.git/git-receive-pack", content=content, headers=headers)
    assert answer.status_code == 413
    assert "1024" in answer.text
    assert bench.server.asked == []
