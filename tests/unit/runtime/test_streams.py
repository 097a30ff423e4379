"""Following an execution: every event once and in order, whenever the stream is opened and however it is read."""

import asyncio
import gc
import threading
from collections.abc import Callable
from datetime import timedelta

import anyio
import pytest

from memory_service.domain.calls import Scope
from memory_service.domain.errors import (
    EventsExpired,
    ExecutionNotFound,
    HeaderInvalid,
    Overloaded,
    RateLimited,
    ScopeRequired,
)
from memory_service.domain.executions import Course, Event
from memory_service.domain.ids import ExecutionId
from memory_service.runtime.streams import Closing
from tests.fakes.capabilities import checkpointing
from tests.unit.runtime.bench import AGENT, HOLD, Bench, FaultyStore, held, principal
from tests.unit.runtime.serving import entered, read, serving, upcoming

pytestmark = pytest.mark.anyio


async def test_a_stream_after_the_run_replays_all_and_ends() -> None:
    bench = Bench()
    execution = bench.invoke("echo").execution
    async with serving(bench) as shell:
        for _ in range(2):
            assert await read(await shell.events(AGENT, execution.id)) == bench.events(execution.id)


@pytest.mark.parametrize("seen", range(6))
async def test_a_stream_goes_on_after_the_event_that_the_client_has_seen(seen: int) -> None:
    bench = Bench()
    execution = bench.invoke("echo").execution
    async with serving(bench) as shell:
        events = await read(await shell.events(AGENT, execution.id, str(seen)))
    assert events == bench.events(execution.id)[seen:]


async def test_whoever_has_seen_the_terminal_event_has_seen_all() -> None:
    bench = Bench()
    execution = bench.invoke("echo").execution
    async with serving(bench) as shell:
        assert await shell.events(AGENT, execution.id, "6") is None


@pytest.mark.parametrize("forged", ["", "-1", "7", "1.0", "x", "+1", " 1", "1_0", "٣", "9" * 30, "1\n", "0x1"])
async def test_what_is_no_number_of_an_event_is_refused(forged: str) -> None:
    bench, gate = held()
    ended = bench.invoke("echo").execution
    async with serving(bench) as shell:
        running = (await shell.invoke(AGENT, HOLD, respond_async=True)).execution
        for execution in (ended, running):
            with pytest.raises(HeaderInvalid):
                await shell.events(AGENT, execution.id, forged)
        gate.open()


async def test_an_event_that_is_still_to_come_cannot_have_been_seen() -> None:
    bench, gate = held()
    async with serving(bench) as shell:
        execution = (await shell.invoke(AGENT, HOLD, respond_async=True)).execution
        with pytest.raises(HeaderInvalid):
            await shell.events(AGENT, execution.id, "4")
        gate.open()


async def test_an_execution_that_is_unknown_or_foreign_has_no_stream() -> None:
    bench = Bench()
    execution = bench.invoke("echo").execution
    async with serving(bench) as shell:
        for by, execution_id in ((AGENT, ExecutionId("exec_none")), (principal(org="other"), execution.id)):
            with pytest.raises(ExecutionNotFound):
                await shell.events(by, execution_id, "forged")
        with pytest.raises(ScopeRequired):
            await shell.events(principal(Scope.GIT_READ), execution.id)


@pytest.mark.parametrize("last_event_id", [None, "0", "3", "6"])
async def test_events_past_their_retention_are_told_to_be_gone(last_event_id: str | None) -> None:
    bench = Bench(retention=timedelta(0))
    execution = bench.invoke("echo").execution
    bench.clock.advance(1)
    bench.runtime.expire()
    async with serving(bench) as shell:
        with pytest.raises(EventsExpired):
            await shell.events(AGENT, execution.id, last_event_id)


async def test_a_stream_during_the_run_gets_what_was_and_what_comes() -> None:
    bench, gate = held(checkpointing("half"))
    async with serving(bench) as shell:
        execution = (await shell.invoke(AGENT, HOLD, respond_async=True)).execution
        stream = await shell.events(AGENT, execution.id)
        assert stream
        async with stream:
            first = await upcoming(stream, 3)
            assert [event.type.value for event in first] == ["session", "run_status", "tool_use"]
            next_one = asyncio.create_task(anext(stream))
            await anyio.lowlevel.checkpoint()
            assert not next_one.done()
            gate.open()
            assert [*first, await next_one, *[event async for event in stream]] == bench.events(execution.id)


async def test_any_number_of_streams_follow_one_execution() -> None:
    bench, gate = held(checkpointing(*map(str, range(50))))
    async with serving(bench) as shell:
        execution = (await shell.invoke(AGENT, HOLD, respond_async=True)).execution
        following = [asyncio.create_task(read(await shell.events(AGENT, execution.id, str(n % 4)))) for n in range(20)]
        gate.open()
        stories = await asyncio.gather(*following)
    events = bench.events(execution.id)
    assert [event.seq for event in events] == list(range(1, 57))
    assert stories == [events[n % 4 :] for n in range(20)]


class InterruptedStore(FaultyStore):
    """Something happens between the moment at which events are read and the moment at which they are given."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[Callable[[], object]] = []

    def course(self, execution_id: ExecutionId, after: int) -> Course | None:
        course = super().course(execution_id, after)
        if self.meanwhile and after == 3:
            self.meanwhile.pop(0)()
        return course


async def test_an_event_that_is_stored_while_the_store_is_read_is_neither_lost_nor_doubled() -> None:
    store = InterruptedStore()
    bench, gate = held(store=store)
    async with serving(bench) as shell:
        execution = (await shell.invoke(AGENT, HOLD, respond_async=True)).execution
        await entered(gate)
        store.meanwhile = [lambda: gate.calls[0].checkpoint("meanwhile")]
        stream = await shell.events(AGENT, execution.id)
        assert stream
        async with stream:
            events = list(await upcoming(stream, 4))
            gate.open()
            events += [event async for event in stream if isinstance(event, Event)]
    assert store.meanwhile == []
    assert events == bench.events(execution.id)


async def test_a_reader_that_stops_for_a_while_misses_nothing_and_holds_nothing() -> None:
    bench, gate = held(checkpointing(*map(str, range(100))))
    async with serving(bench) as shell:
        execution = (await shell.invoke(AGENT, HOLD, respond_async=True)).execution
        stream = await shell.events(AGENT, execution.id)
        assert stream
        async with stream:
            first = await upcoming(stream, 1)
            gate.open()
            assert await read(await shell.events(AGENT, execution.id)) == bench.events(execution.id)
            assert len(stream._unread) == 2
            assert [*first, *[event async for event in stream]] == bench.events(execution.id)


async def test_what_another_process_runs_is_followed_by_looking() -> None:
    running, gate = held()
    looking = Bench(store=running.store, own="server_2", poll_seconds=0.001)
    async with serving(running) as runs, serving(looking) as looks:
        execution = (await runs.invoke(AGENT, HOLD, respond_async=True)).execution
        stream = await looks.events(AGENT, execution.id)
        assert stream
        async with stream:
            first = await upcoming(stream, 3)
            gate.open()
            assert [*first, *[event async for event in stream]] == running.events(execution.id)


async def test_streams_go_on_while_every_worker_is_busy() -> None:
    bench, gate = held(checkpointing("half"), workers=1)
    async with serving(bench) as shell:
        execution = bench.invoke("echo").execution
        stream = await shell.events(AGENT, execution.id)
        holding = asyncio.create_task(shell.invoke(AGENT, HOLD))
        await entered(gate)
        assert await read(stream) == bench.events(execution.id)
        gate.open()
        await holding


async def test_a_key_holds_only_so_many_streams_and_no_other_key_suffers() -> None:
    bench = Bench(streams_per_key=2)
    execution = bench.invoke("echo").execution
    async with serving(bench) as shell:
        first = await shell.events(AGENT, execution.id)
        second = await shell.events(AGENT, execution.id)
        assert first
        assert second
        with pytest.raises(RateLimited):
            await shell.events(AGENT, execution.id)
        assert await read(await shell.events(principal(key="key_2"), execution.id))
        assert await read(first)
        assert await read(await shell.events(AGENT, execution.id))
        second.close()


async def test_the_process_holds_only_so_many_streams() -> None:
    bench = Bench(streams=1)
    execution = bench.invoke("echo").execution
    async with serving(bench) as shell:
        stream = await shell.events(AGENT, execution.id)
        with pytest.raises(Overloaded):
            await shell.events(principal(key="key_2"), execution.id)
        assert await read(stream)
        assert await read(await shell.events(AGENT, execution.id))


async def test_a_stream_that_nobody_ever_read_does_not_count_once_it_is_dropped() -> None:
    bench = Bench(streams=1)
    execution = bench.invoke("echo").execution
    async with serving(bench) as shell:
        stream = await shell.events(AGENT, execution.id)
        assert stream
        del stream
        gc.collect()
        assert await read(await shell.events(AGENT, execution.id))


async def test_a_stream_that_is_left_in_the_middle_is_over() -> None:
    bench, gate = held(streams=1)
    async with serving(bench) as shell:
        execution = (await shell.invoke(AGENT, HOLD, respond_async=True)).execution
        stream = await shell.events(AGENT, execution.id)
        assert stream
        async with stream:
            await upcoming(stream, 3)
            waiting = asyncio.create_task(anext(stream))
            await anyio.lowlevel.checkpoint()
            waiting.cancel()
            await asyncio.wait([waiting])
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        gate.open()
        assert await read(await shell.events(AGENT, execution.id)) == bench.events(execution.id)


async def test_at_shutdown_a_stream_gives_what_is_stored_then_says_that_the_server_closes() -> None:
    bench, gate = held()
    async with serving(bench) as shell:
        execution = (await shell.invoke(AGENT, HOLD, respond_async=True)).execution
        await entered(gate)
        streams = [await shell.events(AGENT, execution.id) for _ in range(2)]
        waiting = [asyncio.create_task(read(stream)) for stream in streams]
        stopping = threading.Thread(target=shell.stop)
        stopping.start()
        for story in await asyncio.gather(*waiting):
            assert story[:-1] == bench.events(execution.id)
            assert isinstance(story[-1], Closing)
        stopping.join()
        with pytest.raises(Overloaded):
            await shell.events(AGENT, execution.id)
        gate.open()


async def test_at_shutdown_a_stream_whose_execution_has_ended_ends_as_ever() -> None:
    bench = Bench()
    execution = bench.invoke("echo").execution
    async with serving(bench) as shell:
        stream = await shell.events(AGENT, execution.id)
        shell.stop()
        assert await read(stream) == bench.events(execution.id)


async def test_a_stream_that_is_read_after_the_server_has_closed_ends_at_once() -> None:
    bench = Bench()
    execution = bench.invoke("echo").execution
    async with serving(bench) as shell:
        stream = await shell.events(AGENT, execution.id)
        await shell.aclose()
        (last,) = await read(stream)
    assert isinstance(last, Closing)
