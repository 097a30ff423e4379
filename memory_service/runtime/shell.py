"""The asynchronous face of the runtime: the one place where synchronous work meets the event loop (law 4)."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar, TypeVarTuple

import anyio

from memory_service.domain.calls import Principal
from memory_service.domain.errors import Overloaded
from memory_service.domain.executions import Event, Execution
from memory_service.domain.ids import ExecutionId
from memory_service.runtime.invocation import Invocation, Invoked
from memory_service.runtime.runtime import Runtime
from memory_service.runtime.streams import EventStream, Streams
from memory_service.runtime.workers import Workers

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

_READERS = 4


class AsyncRuntime:
    """Runs the work of a ``Runtime`` in a bounded pool of threads, and follows executions as they go.

    Work that was taken on is done, also when whoever asked for it is cancelled: a client that leaves stops nothing.
    """

    def __init__(self, core: Runtime) -> None:
        self.core = core
        self._limits = core.limits
        self._workers = Workers(core.limits.workers, "runtime")
        self._jobs: set[Future[Any]] = set()
        self._closing = asyncio.Event()
        # Apart from the others: streams must go on while every worker is busy with a long execution.
        self._readers = Workers(_READERS, "runtime-events")
        self._streams = Streams(core.limits, core.own, self._read_events)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._upkeep: asyncio.Task[None] | None = None
        core.listen(self._announce)

    async def start(self) -> None:
        """Settle what an earlier process left behind and begin the upkeep. To be called once, on the serving loop."""
        self._loop = asyncio.get_running_loop()
        self._workers.start()
        self._readers.start()
        await self._outcome(self._readers.submit(self.core.settle))
        self._upkeep = self._loop.create_task(self._keep_up())

    def stop(self) -> None:
        """Take on no further work and end the open streams; running executions go on. From any thread, any number of
        times: to be called as soon as the process is told to end, since open streams would keep the server waiting."""
        if self._loop:
            with suppress(RuntimeError):  # the loop is closed: there is nothing left to stop
                self._loop.call_soon_threadsafe(self._stop)

    async def aclose(self) -> int:
        """Stop, give running executions the time of ``drain_seconds``, and answer how many still run then."""
        self._stop()
        running = [asyncio.wrap_future(job) for job in list(self._jobs)]
        waited_for = [*running, *([self._upkeep] if self._upkeep else [])]
        if waited_for:
            await asyncio.wait(waited_for, timeout=self._limits.drain_seconds)
        self._workers.stop()
        self._readers.stop()
        return len(self._jobs)

    async def call(self, function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
        """Do synchronous work in the pool.

        Raises:
            Overloaded: as many calls wait as may, or the server is shutting down; nothing was begun.
        """
        return await self._outcome(self._submit(function, *arguments))

    async def invoke(self, principal: Principal, invocation: Invocation, *, respond_async: bool = False) -> Invoked:
        """Invoke a tool; with ``respond_async`` answer once it has begun, and let it run on.

        Raises:
            Overloaded: as ``call``; otherwise as ``Runtime.invoke``.
        """
        if not respond_async:
            return await self.call(self.core.invoke, principal, invocation)
        begun: Future[Invoked] = Future()
        job = self._submit(self._begin_and_run, principal, invocation, begun)
        job.add_done_callback(lambda job: job.cancelled() and begun.cancel())
        return await self._outcome(begun)

    async def events(
        self, principal: Principal, execution_id: ExecutionId, last_event_id: str | None = None
    ) -> EventStream | None:
        """A stream of an execution's events; None when the client has seen the terminal one. Everything that can be
        wrong with the request is raised here, before the first event.

        Raises:
            ExecutionNotFound, HeaderInvalid, EventsExpired, RateLimited, Overloaded.
        """
        execution, after = await self.call(self._resumed, principal, execution_id, last_event_id)
        return None if after is None else self._streams.open(principal.key_id, execution, after)

    def _stop(self) -> None:
        self._closing.set()
        self._streams.close()

    def _resumed(
        self, principal: Principal, execution_id: ExecutionId, last_event_id: str | None
    ) -> tuple[Execution, int | None]:
        execution = self.core.execution(principal, execution_id)
        return execution, self.core.event_log.resume(execution, last_event_id)

    def _submit(self, function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Future[Result]:
        if self._closing.is_set():
            raise Overloaded("the server is shutting down")
        if len(self._jobs) >= self._limits.workers + self._limits.queue:
            raise Overloaded
        job = self._workers.submit(partial(copy_context().run, function, *arguments))
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        return job

    async def _outcome(self, job: Future[Result]) -> Result:
        try:
            return await asyncio.shield(asyncio.wrap_future(job))
        except asyncio.CancelledError:
            if job.cancelled():
                raise Overloaded("the server is shutting down") from None
            raise

    def _begin_and_run(self, principal: Principal, invocation: Invocation, begun: Future[Invoked]) -> None:
        try:
            started = self.core.begin(principal, invocation)
        except Exception as error:  # noqa: BLE001 - it is the caller's, whatever it is
            begun.set_exception(error)
            return
        if isinstance(started, Invoked):
            begun.set_result(started)
            return
        begun.set_result(started.invoked)
        self.core.run(started)

    async def _read_events(self, execution_id: ExecutionId, after: int) -> Sequence[Event]:
        try:
            return await self._outcome(self._readers.submit(partial(self.core.event_log.after, execution_id, after)))
        except Overloaded:
            return ()  # the readers have stopped; the stream sees for itself that the server is closing

    def _announce(self, execution_id: ExecutionId) -> None:
        if self._loop and self._streams.followed(execution_id):
            with suppress(RuntimeError):  # the loop is closed: nobody follows any more
                self._loop.call_soon_threadsafe(self._streams.ring, execution_id)

    async def _keep_up(self) -> None:
        while not self._closing.is_set():
            with anyio.move_on_after(self._limits.upkeep_seconds):
                await self._closing.wait()
                return
            for work in (self.core.settle, self.core.expire):
                try:
                    await self._outcome(self._readers.submit(work))
                except Exception as error:  # noqa: BLE001 - the next round tries again
                    self.core.on_fault(error)
