"""How much is worked on at once."""

import asyncio
import threading
from collections.abc import Iterator

import anyio.lowlevel
import pytest

from memory_service.domain.errors import Overloaded
from memory_service.domain.ids import OrgId
from memory_service.git_http.operations import Turns
from memory_service.git_http.options import GitOptions
from tests.unit.git_http.bench import SECONDS, Bench, ScriptedGitServer, part

pytestmark = pytest.mark.anyio

ACME, GLOBEX = OrgId("acme"), OrgId("globex")


class Holder:
    """Somebody who has a turn until told to give it back."""

    def __init__(self, turns: Turns, org: OrgId) -> None:
        self._turns = turns
        self._org = org
        self.has_it = asyncio.Event()
        self.done = asyncio.Event()
        self.task = asyncio.create_task(self._hold())

    async def _hold(self) -> None:
        async with self._turns.turn(self._org):
            self.has_it.set()
            await self.done.wait()

    async def end(self) -> None:
        self.done.set()
        await self.task


async def holding(turns: Turns, org: OrgId) -> Holder:
    holder = Holder(turns, org)
    async with asyncio.timeout(SECONDS):
        await holder.has_it.wait()
    return holder


async def test_one_organisation_leaves_room_for_others() -> None:
    turns = Turns(GitOptions(operations=4))
    first, second = await holding(turns, ACME), await holding(turns, ACME)
    third = Holder(turns, ACME)
    other = await holding(turns, GLOBEX)
    assert not third.has_it.is_set()
    await first.end()
    async with asyncio.timeout(SECONDS):
        await third.has_it.wait()
    for holder in (second, third, other):
        await holder.end()


async def test_more_than_may_wait_are_turned_away_at_once() -> None:
    turns = Turns(GitOptions(operations=2, waiting=1))
    first = await holding(turns, ACME)
    second = Holder(turns, ACME)
    await anyio.lowlevel.checkpoint()
    with pytest.raises(Overloaded) as refused:
        async with turns.turn(ACME):
            pass
    assert refused.value.retry_after
    await (await holding(turns, GLOBEX)).end()
    await first.end()
    await second.end()


async def test_nobody_waits_for_ever() -> None:
    turns = Turns(GitOptions(operations=2, wait_seconds=0.02))
    first = await holding(turns, ACME)
    with pytest.raises(Overloaded):
        async with turns.turn(ACME):
            pass
    await first.end()
    await (await holding(turns, ACME)).end()


async def test_a_client_that_cannot_have_its_turn_is_told_when_to_come_back() -> None:
    working, go_on = threading.Event(), threading.Event()

    def chunks() -> Iterator[bytes]:
        working.set()
        assert go_on.wait(SECONDS)
        yield b"0000"

    bench = Bench(ScriptedGitServer(chunks), operations=1, wait_seconds=0.02)
    slow = bench.connection("git-upload-pack", [part(b"want")])
    answering = asyncio.create_task(slow.run())
    assert await asyncio.to_thread(working.wait, SECONDS)
    async with bench.client() as client:
        answer = await client.get("/git/acme.git/info/refs?service=git-upload-pack")
    go_on.set()
    await answering
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert slow.status == 200
