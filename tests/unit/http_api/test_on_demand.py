import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

import anyio.lowlevel
import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from memory_service.http_api import OnDemand
from tests.unit.http_api.application import SECONDS, TestBed, refused

pytestmark = pytest.mark.anyio

PART = PlainTextResponse("here")


class Loading:
    """Loads a part; each time stands at a gate until it is let go, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.times = 0
        self.begun, self.gate = threading.Event(), threading.Event()
        self._failures = failures

    def __call__(self) -> AbstractAsyncContextManager[ASGIApp]:
        self.times += 1
        self.begun.set()
        assert self.gate.wait(SECONDS)
        if self.times <= self._failures:
            raise OSError
        return nullcontext(PART)

    async def is_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, SECONDS)


class Served:
    """An application with a part at ``/part``, while it lives."""

    def __init__(self, bed: TestBed, client: httpx.AsyncClient) -> None:
        self.faults = bed.bench.faults
        self.client = client

    async def asked(self) -> asyncio.Task[httpx.Response]:
        """A request for the part, which has been sent."""
        sent = asyncio.create_task(self.client.get("/part"))
        await anyio.lowlevel.checkpoint()
        return sent


@asynccontextmanager
async def serving(load: Loading) -> AsyncIterator[Served]:
    bed = TestBed(limits={"drain_seconds": 0})
    part = OnDemand(load, bed.runtime, "/part", method="GET")
    bed.app.router.routes.extend(part.routes())
    async with bed.client() as client, part.run(), asyncio.timeout(SECONDS):
        yield Served(bed, client)


async def test_a_part_that_nobody_asks_for_is_never_loaded() -> None:
    load = Loading()
    async with serving(load) as served:
        refused(await served.client.post("/part"), 405, "method_not_allowed")
    assert load.times == 0


async def test_all_who_ask_first_wait_for_one_loading_and_nobody_else_does() -> None:
    load = Loading()
    async with serving(load) as served:
        waiting = [await served.asked() for _ in range(5)]
        await load.is_begun()
        assert (await served.client.get("/healthz")).status_code == 200
        assert not any(each.done() for each in waiting)
        load.gate.set()
        assert [answer.text for answer in await asyncio.gather(*waiting)] == ["here"] * 5
        assert (await served.client.get("/part")).text == "here"
    assert load.times == 1


async def test_whoever_leaves_takes_the_loading_from_nobody() -> None:
    load = Loading()
    async with serving(load) as served:
        leaving, staying = await served.asked(), await served.asked()
        await load.is_begun()
        leaving.cancel()
        await asyncio.wait([leaving])
        load.gate.set()
        assert (await staying).text == "here"
    assert load.times == 1


async def test_a_loading_that_fails_is_tried_again_for_the_next_request() -> None:
    load = Loading(failures=1)
    async with serving(load) as served:
        waiting = [await served.asked() for _ in range(2)]
        await load.is_begun()
        load.gate.set()
        for answer in await asyncio.gather(*waiting):
            refused(answer, 500, "internal_error")
        assert (await served.client.get("/part")).text == "here"
    assert [type(fault) for fault in served.faults] == [OSError, OSError]
    assert load.times == 2


async def test_the_end_of_the_server_waits_for_no_loading() -> None:
    load = Loading()
    async with serving(load) as served:
        waiting = await served.asked()
        await load.is_begun()
    refused(await waiting, 503, "overloaded")
    load.gate.set()


async def test_two_parts_are_loaded_one_after_the_other() -> None:
    one, other = Loading(), Loading()
    async with serving(one) as served, serving(other) as beside:
        first = await served.asked()
        await one.is_begun()
        second = await beside.asked()
        assert (await beside.client.get("/readyz")).status_code == 200
        assert not other.begun.is_set()
        one.gate.set()
        other.gate.set()
        assert (await first).text == (await second).text == "here"


async def test_what_runs_beside_a_part_is_entered_and_left_by_one_task() -> None:
    tasks: list[asyncio.Task[object] | None] = []

    @asynccontextmanager
    async def running() -> AsyncIterator[ASGIApp]:
        tasks.append(asyncio.current_task())
        try:
            yield PART
        finally:
            tasks.append(asyncio.current_task())

    bed = TestBed()
    part = OnDemand(running, bed.runtime, "/part", method="GET")
    bed.app.router.routes.extend(part.routes())
    async with bed.client() as client, part.run():
        assert (await client.get("/part")).text == "here"
        assert len(tasks) == 1
    entered, left = tasks
    assert entered is left
    assert entered is not asyncio.current_task()
