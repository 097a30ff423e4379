"""Answers while they are made: no faster than they are read, and no longer than anybody reads them."""

import asyncio
import itertools
import threading
from collections.abc import Iterator

import anyio.lowlevel
import pytest
from starlette.requests import ClientDisconnect

from memory_service.domain.errors import Overloaded
from tests.unit.git_http.bench import SECONDS, Bench, ScriptedGitServer, part

pytestmark = pytest.mark.anyio

UPLOAD = "git-upload-pack"


async def reached(condition: "threading.Event") -> None:
    assert await asyncio.to_thread(condition.wait, SECONDS)


async def test_nothing_is_made_ahead_of_a_client_that_does_not_read() -> None:
    made: list[int] = []
    first = threading.Event()

    def chunks() -> Iterator[bytes]:
        for number in range(20):
            made.append(number)
            first.set()
            yield b"%d " % number

    bench = Bench(ScriptedGitServer(chunks))
    connection = bench.connection(UPLOAD, [part(b"want")])
    connection.reads.clear()
    answering = asyncio.create_task(connection.run())
    await reached(first)
    assert made == [0]
    connection.reads.set()
    await answering
    assert connection.body == b"".join(b"%d " % number for number in range(20))


async def test_an_answer_ends_when_its_client_leaves() -> None:
    bench = Bench(ScriptedGitServer(lambda: itertools.repeat(b"x" * 1000)))
    connection = bench.connection(UPLOAD, [part(b"want")])
    answering = asyncio.create_task(connection.run())
    while not connection.sent:
        await anyio.lowlevel.checkpoint()
    connection.leave()
    with pytest.raises(ClientDisconnect):
        await answering
    assert bench.server.closed.is_set()


async def test_an_answer_ends_when_its_client_does_not_read_for_long() -> None:
    bench = Bench(ScriptedGitServer(lambda: itertools.repeat(b"x" * 1000)), send_seconds=0.02)
    connection = bench.connection(UPLOAD, [part(b"want")])
    connection.reads.clear()
    with pytest.raises(ClientDisconnect):
        await connection.run()
    assert bench.server.closed.is_set()


@pytest.mark.parametrize("fault", [RuntimeError(), Overloaded()])
async def test_what_fails_after_the_first_chunk_leaves_the_answer_unfinished(fault: Exception) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"half"
        raise fault

    connection = Bench(ScriptedGitServer(chunks)).connection(UPLOAD, [part(b"want")])
    with pytest.raises(type(fault)) as raised:
        await connection.run()
    assert raised.value is fault
    assert connection.body == b"half"
    assert connection.sent[-1]["more_body"] is True


async def test_a_server_that_stops_lets_go_of_its_answers() -> None:
    going = threading.Event()

    def chunks() -> Iterator[bytes]:
        for number in itertools.count():
            if number == 1:
                going.set()
            yield b"x"

    bench = Bench(ScriptedGitServer(chunks))
    connection = bench.connection(UPLOAD, [part(b"want")])
    answering = asyncio.create_task(connection.run())
    await reached(going)
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    await reached(bench.server.closed)
