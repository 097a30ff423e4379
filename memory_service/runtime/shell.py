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
from memory_service.domain.errors import CapabilityNotFound, Overloaded
from memory_service.domain.executions import Event, Execution
from memory_service.domain.ids import ExecutionId
from memory_service.runtime.invocation import Invocation, Invoked
from memory_service.runtime.runtime import Runtime
from memory_service.runtime.streams import EventStream, Streams
from memory_service.runtime.workers import Workers

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

_CLERKS = 8
_READERS = 4


class AsyncRuntime:
    """Runs the work of a ``Runtime`` in bounded sets of threads, and follows executions as they go.

    Executions that change something, those that only read, and everything else have threads of their own: while all
    writes wait, reads go on; while all executions are busy, keys are still verified, sessions read, streams opened and
    executions begun. Work that was taken on is done, also when whoever asked for it is cancelled: a client that leaves
    stops nothing.
    """

    def __init__(self, core: Runtime) -> None:
        limits = core.limits
        self.core = core
        self._limits = limits
        self._closing = asyncio.Event()
        self._changing = Workers(limits.workers, limits.queue, "runtime-change")
        self._reading = Workers(limits.workers, limits.queue, "runtime-read")
        self._clerks = Workers(_CLERKS, limits.queue, "runtime-call")
        # A stream has one read under way at most: there is always a place for it.
        self._readers = Workers(_READERS, limits.streams, "runtime-events")
        self._all_workers = (self._changing, self._reading, self._clerks, self._readers)
        self._streams = Streams(limits, core.own, self._read_events)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._upkeep: asyncio.Task[None] | None = None
        core.listen(self._announce)

    async def start(self) -> None:
        """Begin the upkeep with what an earlier process left behind. To be called once, on the serving loop.

        Settling looks through the history for each such execution. What takes longer than ``settle_seconds`` goes on
        afterwards: a retry is told until then that its first request is in progress.
        """
        self._loop = asyncio.get_running_loop()
        for workers in self._all_workers:
            workers.start()
        settling = self._loop.create_task(self._tend(self.core.settle))
        self._upkeep = self._loop.create_task(self._keep_up(settling))
        await asyncio.wait([settling], timeout=self._limits.settle_seconds)

    @property
    def running(self) -> int:
        """How many executions run, or wait to run."""
        return len(self._executions())

    def stop(self) -> None:
        """Take on no further work and end the open streams; running executions go on. From any thread, any number of
        times: to be called as soon as the process is told to end, since open streams would keep the server waiting."""
        if self._loop:
            with suppress(RuntimeError):  # the loop is closed: there is nothing left to stop
                self._loop.call_soon_threadsafe(self._stop)

    async def stopped(self) -> None:
        """Wait until no further work is taken on."""
        await self._closing.wait()

    async def aclose(self) -> int:
        """Stop, give running executions the time of ``drain_seconds``, and answer how many still run then."""
        self._stop()
        jobs = [asyncio.wrap_future(job) for job in [*self._executions(), *self._clerks.jobs]]
        awaited = [*jobs, *([self._upkeep] if self._upkeep else [])]
        if awaited:
            await asyncio.wait(awaited, timeout=self._limits.drain_seconds)
        for workers in self._all_workers:
            workers.stop()
        return self.running

    async def call(self, function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
        """Do synchronous work other than to run an execution.

        Raises:
            Overloaded: as many calls wait as may, or the server is shutting down; nothing was begun.
        """
        self._must_be_open()
        return await _outcome(self._clerks.submit(_in_context(function, *arguments)))

    async def invoke(self, principal: Principal, invocation: Invocation, *, respond_async: bool = False) -> Invoked:
        """Invoke a tool; with ``respond_async`` answer once it has begun, and let it run on.

        Raises:
            Overloaded: as ``call``, and no execution was made; otherwise as ``Runtime.invoke``.
        """
        self._must_be_open()
        workers = self._workers_for(principal, invocation)
        lane = (principal.org, principal.key_id, invocation.joined or "")
        if not respond_async:
            return await _outcome(workers.submit(_in_context(self.core.invoke, principal, invocation), lane))
        run = workers.reserve(lane)
        give = partial(workers.give, run)
        try:
            begin = self._clerks.submit(_in_context(self._begin, principal, invocation, run, give))
        except Overloaded:
            run.cancel()
            raise
        return await _outcome(begin)

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

    def _begin(
        self, principal: Principal, invocation: Invocation, run: Future[Any], give: Callable[[Callable[[], Any]], None]
    ) -> Invoked:
        """Begin an execution and have it run, in a thread: nobody who leaves comes between the two."""
        try:
            started = self.core.begin(principal, invocation)
        except BaseException:
            run.cancel()
            raise
        if isinstance(started, Invoked):
            run.cancel()
            return started
        give(_in_context(self.core.run, started))
        return started.invoked

    def _resumed(
        self, principal: Principal, execution_id: ExecutionId, last_event_id: str | None
    ) -> tuple[Execution, int | None]:
        execution = self.core.execution(principal, execution_id)
        return execution, self.core.event_log.resume(execution, last_event_id)

    def _workers_for(self, principal: Principal, invocation: Invocation) -> Workers:
        try:
            capability = self.core.registry.capability(principal.org, invocation.tool)
        except CapabilityNotFound:
            return self._reading  # to be refused there, in the order of all that can be wrong
        return self._reading if capability.read_only else self._changing

    def _executions(self) -> list[Future[Any]]:
        return [*self._changing.jobs, *self._reading.jobs]

    def _must_be_open(self) -> None:
        if self._closing.is_set():
            raise Overloaded("the server is shutting down")

    def _stop(self) -> None:
        self._closing.set()
        self._streams.close()

    async def _read_events(self, execution_id: ExecutionId, after: int) -> Sequence[Event]:
        try:
            return await _outcome(self._readers.submit(partial(self.core.event_log.after, execution_id, after)))
        except Overloaded:
            return ()  # the readers have stopped; the stream sees for itself that the server is closing

    def _announce(self, execution_id: ExecutionId) -> None:
        if self._loop and self._streams.followed(execution_id):
            with suppress(RuntimeError):  # the loop is closed: nobody follows any more
                self._loop.call_soon_threadsafe(self._streams.ring, execution_id)

    async def _keep_up(self, settling: asyncio.Task[None]) -> None:
        await settling
        while not self._closing.is_set():
            with anyio.move_on_after(self._limits.upkeep_seconds):
                await self._closing.wait()
                return
            for work in (self.core.settle, self.core.expire):
                await self._tend(work)

    async def _tend(self, work: Callable[[], object]) -> None:
        try:
            await _outcome(self._readers.submit(work))
        except Exception as error:  # noqa: BLE001 - the next round tries again
            self.core.on_fault(error)


def _in_context(function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Callable[[], Result]:
    """The call, made in the context of here: what is logged in it names its request."""
    return partial(copy_context().run, function, *arguments)


async def _outcome(job: Future[Result]) -> Result:
    """What a job comes to. To stop waiting for it does not stop it."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def tell(job: Future[Result]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve, done)

    job.add_done_callback(tell)
    await done
    if job.cancelled():
        raise Overloaded("the server is shutting down")
    return job.result()


def _resolve(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)
