"""Synchronous work on the event loop: bounded, never in its way, and not to be stopped by those who leave."""

import asyncio
import threading
from contextvars import ContextVar
from typing import Any

import anyio
import pytest

from memory_service.domain.calls import Call
from memory_service.domain.capabilities import Outcome
from memory_service.domain.errors import CapabilityNotFound, IdempotencyInProgress, Overloaded
from memory_service.domain.executions import Execution, ExecutionStatus
from memory_service.domain.ids import ExecutionId
from memory_service.runtime.invocation import Invocation
from memory_service.runtime.running import Started
from tests.fakes.capabilities import CHANGING, SECONDS, Gate, echo, named
from tests.unit.runtime.bench import AGENT, HOLD, Bench, held, outcome
from tests.unit.runtime.serving import entered, read, serving, upcoming

pytestmark = pytest.mark.anyio

ECHO = Invocation(tool="echo", input={"a": 1})


async def test_an_invocation_is_answered_with_its_execution() -> None:
    async with serving(Bench()) as shell:
        invoked = await shell.invoke(AGENT, ECHO)
    assert invoked.execution.result == {"input": {"a": 1}, "account": None}


async def test_what_is_wrong_with_an_invocation_is_raised_to_the_caller() -> None:
    async with serving(Bench()) as shell:
        for respond_async in (False, True):
            with pytest.raises(CapabilityNotFound):
                await shell.invoke(AGENT, Invocation(tool="none"), respond_async=respond_async)


async def test_the_loop_and_other_calls_go_on_while_a_tool_runs() -> None:
    bench, gate = held()
    async with serving(bench) as shell:
        holding = asyncio.create_task(shell.invoke(AGENT, HOLD))
        await entered(gate)
        invoked = await shell.invoke(AGENT, ECHO)
        assert not holding.done()
        gate.open()
        assert (await holding).execution.status is invoked.execution.status is ExecutionStatus.COMPLETED


async def test_invocations_beyond_workers_and_queue_are_refused_at_once_and_make_no_execution() -> None:
    bench, gate = held(workers=2, queue=1)
    async with serving(bench) as shell:
        taken = [asyncio.create_task(shell.invoke(AGENT, HOLD)) for _ in range(3)]
        for _ in range(2):
            await entered(gate)
        assert bench.store.transactions == ["begin", "begin"]
        for respond_async in (False, True):
            with pytest.raises(Overloaded) as caught:
                await shell.invoke(AGENT, HOLD, respond_async=respond_async)
            assert caught.value.retry_after
        assert bench.store.transactions == ["begin", "begin"]
        gate.open()
        assert {(await task).execution.status for task in taken} == {ExecutionStatus.COMPLETED}
        assert (await shell.invoke(AGENT, ECHO)).execution.status is ExecutionStatus.COMPLETED


async def test_a_session_that_floods_lets_others_have_their_turn() -> None:
    gate = Gate(echo)
    bench = Bench(named("hold", gate, CHANGING), named("note", echo, CHANGING), workers=1)
    async with serving(bench) as shell:
        loud, quiet = [(await shell.call(shell.core.create_session, AGENT, title)).id for title in ("Loud", "Quiet")]
        holding = asyncio.create_task(shell.invoke(AGENT, HOLD))
        await entered(gate)
        tasks = []
        for session in (loud, loud, loud, quiet):
            tasks.append(asyncio.create_task(shell.invoke(AGENT, Invocation(tool="note", session_id=session))))
            await anyio.lowlevel.checkpoint()
        gate.open()
        await holding
        begun = sorted([(await task).execution for task in tasks], key=lambda execution: execution.id)
    assert [execution.session_id for execution in begun] == [loud, quiet, loud, loud]


async def test_while_every_worker_is_busy_executions_begin_and_wait_and_all_else_goes_on() -> None:
    bench, gate = held(workers=1)
    async with serving(bench) as shell:
        running = (await shell.invoke(AGENT, HOLD, respond_async=True)).execution
        await entered(gate)
        waiting = (await shell.invoke(AGENT, ECHO, respond_async=True)).execution
        page = await shell.call(bench.runtime.sessions, AGENT, 10)
        assert [session.id for session in page.items] == [waiting.session_id, running.session_id]
        stream = await shell.events(AGENT, waiting.id)
        assert stream
        async with stream:
            first = await upcoming(stream, 3)
            gate.open()
            assert [*first, *[event async for event in stream]] == bench.events(waiting.id)


async def test_an_invocation_that_is_refused_gives_its_place_back() -> None:
    request = Invocation(tool="echo", idempotency_key="k")
    async with serving(Bench(workers=1, queue=0)) as shell:
        for _ in range(3):
            with pytest.raises(CapabilityNotFound):
                await shell.invoke(AGENT, Invocation(tool="none"), respond_async=True)
            assert (await shell.invoke(AGENT, request)).execution.result
            assert (await shell.invoke(AGENT, request, respond_async=True)).replayed


async def test_calls_beyond_what_may_wait_are_refused_and_take_no_place() -> None:
    leave = threading.Event()
    bench = Bench(queue=1)
    async with serving(bench) as shell:
        calls = [asyncio.create_task(shell.call(leave.wait, SECONDS)) for _ in range(9)]
        await anyio.lowlevel.checkpoint()
        for _ in range(3):
            with pytest.raises(Overloaded):
                await shell.call(bench.runtime.sessions, AGENT, 10)
            with pytest.raises(Overloaded):
                await shell.invoke(AGENT, ECHO, respond_async=True)
        leave.set()
        assert await asyncio.gather(*calls) == [True] * 9
        assert (await shell.invoke(AGENT, ECHO, respond_async=True)).execution


async def test_other_work_runs_in_threads_too() -> None:
    async with serving(Bench()) as shell:
        session = await shell.call(shell.core.create_session, AGENT, "Mine")
        assert await shell.call(shell.core.session, AGENT, session.id) == session
        assert await shell.call(threading.current_thread) is not threading.current_thread()


async def test_work_sees_the_context_of_its_request() -> None:
    request_id = ContextVar("request_id", default="none")
    async with serving(Bench()) as shell:
        request_id.set("req_1")
        assert await shell.call(request_id.get) == "req_1"


async def test_an_answer_can_come_once_the_execution_has_begun() -> None:
    bench, gate = held()
    async with serving(bench) as shell:
        invoked = await shell.invoke(AGENT, HOLD, respond_async=True)
        execution = invoked.execution
        assert (execution.status, execution.result) == (ExecutionStatus.EXECUTING, None)
        assert bench.runtime.execution(AGENT, execution.id) == execution
        gate.open()
        stream = await shell.events(AGENT, execution.id)
        assert stream
        async with stream:
            assert [event async for event in stream] == bench.events(execution.id)
    assert bench.runtime.execution(AGENT, execution.id).status is ExecutionStatus.COMPLETED


async def test_an_earlier_answer_is_replayed_whole_also_to_whoever_would_not_wait() -> None:
    request = Invocation(tool="echo", idempotency_key="k")
    async with serving(Bench()) as shell:
        first = await shell.invoke(AGENT, request)
        again = await shell.invoke(AGENT, request, respond_async=True)
    assert (again.replayed, again.execution) == (True, first.execution)


async def test_a_client_that_leaves_stops_neither_a_running_nor_a_waiting_call() -> None:
    bench, gate = held(workers=1)
    async with serving(bench) as shell:
        tasks = [asyncio.create_task(shell.invoke(AGENT, HOLD)) for _ in range(2)]
        await entered(gate)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        assert all(task.cancelled() for task in tasks)
        gate.open()
        await entered(gate)
    assert len(gate.calls) == 2
    assert not bench.store.unfinished()


async def test_starting_settles_what_a_process_before_left_behind() -> None:
    before = Bench(CHANGING)
    started = before.runtime.begin(AGENT, Invocation(tool="change"))
    assert isinstance(started, Started)
    bench = Bench(CHANGING, store=before.store, own="server_2")
    bench.processes.gone.add("server_1")
    async with serving(bench):
        assert bench.runtime.execution(AGENT, started.execution.id).status is ExecutionStatus.FAILED


async def test_what_takes_long_to_settle_does_not_keep_others_waiting_and_never_runs_twice() -> None:
    looking, found = threading.Event(), threading.Event()

    def recall(execution: Execution) -> Outcome:
        looking.set()
        assert found.wait(SECONDS)
        return outcome()

    write = named("write", echo, CHANGING, recall=recall)
    request = Invocation(tool="write", idempotency_key="k")
    before = Bench(write)
    started = before.runtime.begin(AGENT, request)
    assert isinstance(started, Started)
    bench = Bench(write, store=before.store, own="server_2", settle_seconds=0)
    bench.processes.gone.add("server_1")
    async with serving(bench) as shell:
        assert await shell.call(looking.wait, SECONDS)
        assert (await shell.invoke(AGENT, ECHO)).execution.status is ExecutionStatus.COMPLETED
        with pytest.raises(IdempotencyInProgress):
            await shell.invoke(AGENT, request)
        events = await shell.events(AGENT, started.execution.id)
        found.set()
        assert (await read(events))[-1] == bench.events(started.execution.id)[-1]
        again = await shell.invoke(AGENT, request)
    assert (again.replayed, again.execution.id) == (True, started.execution.id)
    assert bench.types(started.execution.id)[-1] == "done"


async def test_upkeep_settles_and_forgets_while_the_server_runs() -> None:
    before = Bench(CHANGING)
    started = before.runtime.begin(AGENT, Invocation(tool="change"))
    assert isinstance(started, Started)
    bench = Bench(CHANGING, store=before.store, own="server_2", upkeep_seconds=0.001)
    heard = asyncio.Event()
    async with serving(bench):
        loop = asyncio.get_running_loop()

        def listener(execution_id: ExecutionId) -> None:
            loop.call_soon_threadsafe(heard.set)

        bench.runtime.listen(listener)
        old = bench.invoke("echo").execution
        heard.clear()
        bench.processes.gone.add("server_1")
        await heard.wait()
        bench.clock.advance(91 * 86_400)
        while bench.events(old.id):
            await anyio.lowlevel.checkpoint()


async def test_upkeep_that_fails_is_told_of_and_tried_again() -> None:
    bench = Bench(upkeep_seconds=0.001)
    rounds: list[Exception] = []
    twice = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_fault(error: Exception) -> None:
        rounds.append(error)
        if len(rounds) == 2:
            loop.call_soon_threadsafe(twice.set)

    async with serving(bench) as shell:
        bench.runtime.on_fault = on_fault
        bench.store.unfinished = _broken  # type: ignore[method-assign] # the fault under test
        await twice.wait()
        assert (await shell.invoke(AGENT, ECHO)).execution.status is ExecutionStatus.COMPLETED
    assert [type(error) for error in rounds[:2]] == [OSError, OSError]


def _broken() -> Any:
    raise OSError("broken disk")


async def test_an_end_that_waits_for_room_is_stored_without_a_further_call() -> None:
    def filling(call: Call, argument: Any) -> Outcome:
        bench.store.full = True
        return outcome()

    bench = Bench(named("fill", filling), upkeep_seconds=0.001)
    async with serving(bench) as shell:
        answered = (await shell.invoke(AGENT, Invocation(tool="fill"))).execution
        assert bench.runtime.execution(AGENT, answered.id).status is ExecutionStatus.EXECUTING
        bench.store.full = False
        events = await shell.events(AGENT, answered.id)
        assert await read(events) == bench.events(answered.id)
    assert bench.types(answered.id)[-1] == "done"


def test_a_hundred_clients_at_once_make_a_hundred_executions() -> None:
    everyone = threading.Barrier(20)

    def together(call: Call, argument: Any) -> Outcome:
        everyone.wait(SECONDS)
        return echo(call, argument)

    bench = Bench(named("together", together), workers=20)

    async def story() -> set[str]:
        async with serving(bench) as shell:
            answers = await asyncio.gather(
                *(shell.invoke(AGENT, Invocation(tool="together", input={"n": n})) for n in range(100))
            )
        assert [answer.execution.result for answer in answers] == [
            {"input": {"n": n}, "account": None} for n in range(100)
        ]
        return {answer.execution.id for answer in answers}

    assert len(asyncio.run(story())) == 100
