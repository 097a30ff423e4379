"""How a server ends: with what it has taken on, in bounded time, and leaving nothing behind but what can be settled."""

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import anyio
import pytest

from memory_service.domain.errors import Overloaded
from memory_service.domain.executions import ExecutionStatus
from memory_service.runtime.invocation import Invocation
from memory_service.runtime.shell import AsyncRuntime
from tests.fakes.capabilities import SECONDS
from tests.unit.runtime.bench import AGENT, HOLD, Bench, held
from tests.unit.runtime.serving import entered, serving

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.anyio

ECHO = Invocation(tool="echo", input={"a": 1})


async def test_closing_waits_for_what_runs_and_for_what_was_taken_on() -> None:
    bench, gate = held(workers=1)
    async with serving(bench) as shell:
        running = await shell.invoke(AGENT, HOLD, respond_async=True)
        waiting = asyncio.create_task(shell.invoke(AGENT, HOLD))
        await entered(gate)
        closing = asyncio.create_task(shell.aclose())
        await anyio.lowlevel.checkpoint()
        with pytest.raises(Overloaded):
            await shell.invoke(AGENT, ECHO)
        assert not closing.done()
        gate.open()
        assert await closing == 0
        assert (await waiting).execution.status is ExecutionStatus.COMPLETED
    assert bench.runtime.execution(AGENT, running.execution.id).status is ExecutionStatus.COMPLETED


async def test_closing_waits_no_longer_than_it_may_and_leaves_the_rest_to_be_settled() -> None:
    bench, gate = held(workers=1, drain_seconds=0)
    async with serving(bench) as shell:
        running = (await shell.invoke(AGENT, HOLD, respond_async=True)).execution
        await entered(gate)
        begun = (await shell.invoke(AGENT, HOLD, respond_async=True)).execution
        waiting = asyncio.create_task(shell.invoke(AGENT, HOLD))
        await anyio.lowlevel.checkpoint()
        assert await shell.aclose() == 1
        with pytest.raises(Overloaded):
            await waiting
        assert [one.id for one in bench.store.unfinished()] == [running.id, begun.id]
        gate.open()
    assert len(gate.calls) == 1


async def test_a_runtime_that_never_started_can_be_closed() -> None:
    shell = AsyncRuntime(Bench().runtime)
    shell.stop()
    assert await shell.aclose() == 0


def test_work_that_ends_after_its_loop_is_gone_still_ends(caplog: pytest.LogCaptureFixture) -> None:
    bench, gate = held(drain_seconds=0)

    async def leave_it_running() -> None:
        shell = AsyncRuntime(bench.runtime)
        await shell.start()
        invoked = await shell.invoke(AGENT, HOLD, respond_async=True)
        await entered(gate)
        stream = await shell.events(AGENT, invoked.execution.id)
        assert stream
        await anext(stream)
        assert await shell.aclose() == 1

    before = set(threading.enumerate())
    asyncio.run(leave_it_running())
    gate.open()
    for thread in set(threading.enumerate()) - before:
        thread.join(SECONDS)
    assert not bench.store.unfinished()
    assert caplog.records == []


STUCK = """
import asyncio
import threading
from memory_service.runtime import AsyncRuntime, Invocation
from tests.fakes.capabilities import named
from tests.unit.runtime.bench import HOLD, held, AGENT, Bench

entered = threading.Event()

def stuck(call, argument):
    entered.set()
    threading.Event().wait()

async def main():
    shell = AsyncRuntime(Bench(named("stuck", stuck), drain_seconds=0).runtime)
    await shell.start()
    await shell.invoke(AGENT, Invocation(tool="stuck"), respond_async=True)
    await shell.call(entered.wait)
    print(await shell.aclose())

asyncio.run(main())
"""


def test_a_tool_that_never_ends_does_not_keep_the_process_from_ending() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", STUCK], cwd=ROOT, capture_output=True, text=True, timeout=SECONDS * 3, check=True
    )
    assert ended.stdout == "1\n"


def test_no_thread_is_left_when_a_runtime_has_closed() -> None:
    async def story() -> None:
        async with serving(Bench(workers=3)) as shell:
            await shell.invoke(AGENT, ECHO)

    before = set(threading.enumerate())
    for _ in range(10):
        asyncio.run(story())
    for thread in set(threading.enumerate()) - before:
        thread.join(SECONDS)
        assert not thread.is_alive()
