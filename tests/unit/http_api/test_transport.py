"""What can only be seen over a real connection."""

import socket
from collections.abc import AsyncIterator

import anyio
import anyio.abc
import anyio.lowlevel
import httpx
import pytest
from anyio.streams.buffered import BufferedByteReceiveStream

from tests.fakes.capabilities import Gate, checkpointing, named
from tests.unit.http_api.application import SECONDS, TestBed, read_events, refused
from tests.unit.http_api.server import serving

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024


async def until_streams(bed: TestBed, count: int) -> None:
    """Wait until so many streams are open."""
    metrics = bed.app.state.services.metrics
    with anyio.fail_after(SECONDS):
        while f"memory_service_event_streams {count}.0" not in metrics.text().decode():
            await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_body_far_over_the_limit_is_refused_and_the_client_can_read_why(chunked: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield b"x" * MIB

    bed = TestBed()
    headers = {"x-api-key": bed.key(), "Content-Type": "application/json"}
    async with serving(bed.app) as (host, port), httpx.AsyncClient(base_url=f"http://{host}:{port}") as client:
        content = pieces() if chunked else b"x" * (8 * MIB)
        answer = await client.post("/api/runtime/tools/echo", content=content, headers=headers)
        refused(answer, 413, "payload_too_large")
        assert (await client.get("/healthz")).status_code == 200


async def test_a_body_that_stops_arriving_is_refused_and_its_connection_closed() -> None:
    bed = TestBed(body_seconds=0.05)
    async with serving(bed.app) as (host, port), await anyio.connect_tcp(host, port) as connection:
        await connection.send(
            f"POST /api/runtime/tools/echo HTTP/1.1\r\nHost: x\r\nx-api-key: {bed.key()}\r\n"
            'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"input":'.encode()
        )
        received = b""
        with anyio.fail_after(SECONDS):
            async for part in connection:
                received += part
    assert received.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in received
    assert b'"code":"timeout"' in received
    assert bed.bench.made_nothing()


async def test_a_client_that_leaves_half_way_has_invoked_nothing() -> None:
    bed = TestBed()
    async with serving(bed.app) as (host, port):
        async with await anyio.connect_tcp(host, port) as connection:
            await connection.send(
                f"POST /api/runtime/tools/echo HTTP/1.1\r\nHost: x\r\nx-api-key: {bed.key()}\r\n"
                "Content-Type: application/json\r\nContent-Length: 100\r\n"
                'Expect: 100-continue\r\n\r\n{"input":'.encode()
            )
            # The server asks for the body: it is reading.
            assert (await connection.receive()).startswith(b"HTTP/1.1 100 ")
        with anyio.fail_after(SECONDS):
            while 'status="499"' not in bed.app.state.services.metrics.text().decode():
                await anyio.lowlevel.checkpoint()
    assert bed.bench.made_nothing()
    assert bed.bench.faults == []


async def test_a_stream_begins_at_once_and_its_heartbeats_are_comments() -> None:
    gate = Gate()
    bed = TestBed(named("slow", gate), ping_seconds=0.02)
    headers = {"x-api-key": bed.key()}
    async with serving(bed.app) as (host, port), httpx.AsyncClient(base_url=f"http://{host}:{port}") as client:
        started = await client.post("/api/runtime/tools/slow", json={}, headers={**headers, "Prefer": "respond-async"})
        received = ""
        with anyio.fail_after(SECONDS):
            async with client.stream("GET", started.json()["executionEventsUrl"], headers=headers) as stream:
                async for part in stream.aiter_text():
                    received += part
                    if received.count(": ping\n\n") >= 2 and "event: tool_use" in received:
                        gate.open()
    events = read_events(received)
    assert [event_id for event_id, _, _ in events] == ["1", "2", "3", "4", "5", "6"]
    assert events[-1][1] == "done"


async def test_a_client_that_leaves_a_stream_stops_nothing() -> None:
    gate = Gate()
    bed = TestBed(named("slow", gate))
    headers = {"x-api-key": bed.key()}
    async with serving(bed.app) as (host, port), httpx.AsyncClient(base_url=f"http://{host}:{port}") as client:
        started = await client.post("/api/runtime/tools/slow", json={}, headers={**headers, "Prefer": "respond-async"})
        url = started.json()["executionEventsUrl"]
        async with client.stream("GET", url, headers=headers):
            await until_streams(bed, 1)
        await until_streams(bed, 0)
        gate.open()
        with anyio.fail_after(SECONDS):
            assert "event: done" in (await client.get(url, headers=headers)).text
    assert bed.bench.faults == []


async def test_a_client_that_stops_reading_is_dropped() -> None:
    bed = TestBed(named("talk", checkpointing(*["x" * MIB] * 16)), send_seconds=0.05)
    key = bed.key()
    async with serving(bed.app) as (host, port):
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}") as client:
            made = (await client.post("/api/runtime/tools/talk", json={}, headers={"x-api-key": key})).json()
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await anyio.to_thread.run_sync(deaf.connect, (host, port))
            deaf.sendall(
                f"GET /api/runtime/executions/{made['executionId']}/events HTTP/1.1\r\n"
                f"Host: x\r\nx-api-key: {key}\r\n\r\n".encode()
            )
            await until_streams(bed, 1)
            await until_streams(bed, 0)
    assert bed.bench.faults == []


async def test_one_connection_carries_many_requests() -> None:
    bed = TestBed()
    request = f"GET /api/runtime/capabilities HTTP/1.1\r\nHost: x\r\nx-api-key: {bed.key()}\r\n\r\n".encode()
    async with serving(bed.app) as (host, port), await anyio.connect_tcp(host, port) as connection:
        reader = BufferedByteReceiveStream(connection)
        await connection.send(request * 3)
        with anyio.fail_after(SECONDS):
            for _ in range(3):
                head = (await reader.receive_until(b"\r\n\r\n", 10_000)).decode().lower()
                assert head.startswith("http/1.1 200 ")
                length = int(head.partition("content-length: ")[2].split("\r\n")[0])
                await reader.receive_exactly(length)
