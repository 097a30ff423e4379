"""The asynchronous face of a bench, started and closed around a test."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import anyio
from anyio.to_thread import run_sync

from memory_service.domain.executions import Event
from memory_service.runtime.shell import AsyncRuntime
from memory_service.runtime.streams import Closing, EventStream
from tests.fakes.capabilities import SECONDS, Gate
from tests.unit.runtime.bench import Bench


@asynccontextmanager
async def serving(bench: Bench) -> AsyncIterator[AsyncRuntime]:
    """The bench's runtime, serving; everything in the block is over in bounded time."""
    shell = AsyncRuntime(bench.runtime)
    with anyio.fail_after(SECONDS):
        await shell.start()
        try:
            yield shell
        finally:
            await shell.aclose()


async def entered(gate: Gate) -> None:
    """Wait until one more run stands at the gate."""
    await run_sync(partial(gate.wait_entered), abandon_on_cancel=True)


async def read(stream: EventStream | None) -> Sequence[Event | Closing]:
    """The rest of a stream."""
    assert stream is not None
    async with stream:
        return [event async for event in stream]


async def upcoming(stream: EventStream, count: int) -> Sequence[Event]:
    """The next events of a stream."""
    events = [await anext(stream) for _ in range(count)]
    return [event for event in events if isinstance(event, Event)]
