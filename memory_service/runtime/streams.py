"""Streams of an execution's events: what is stored, then what comes, each event once.

A stream holds a position and a flag, no queue: it reads from the store what lies after its position and waits for the
flag where there is nothing. A reader that is slow or stops costs nothing, and an event that is told of twice, or while
the store is being read, is neither lost nor doubled.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self
from weakref import WeakSet

import anyio

from memory_service.domain.errors import Overloaded, RateLimited
from memory_service.domain.executions import Event, Execution
from memory_service.domain.ids import ExecutionId, KeyId
from memory_service.runtime.limits import RuntimeLimits

ReadEvents = Callable[[ExecutionId, int], Awaitable[Sequence[Event]]]
"""The events of an execution after a ``seq``."""


class Closing:
    """The last item of a stream that ends because the server shuts down, before the execution has ended."""


class EventStream:
    """Yields events, then ends after the terminal one; or after ``Closing``. To be closed by whoever opened it."""

    def __init__(
        self, streams: "Streams", execution_id: ExecutionId, key_id: KeyId, after: int, poll: float | None
    ) -> None:
        self.execution_id = execution_id
        self.key_id = key_id
        self._streams = streams
        self._after = after
        self._poll = poll
        self._unread: deque[Event] = deque()
        self._news = asyncio.Event()
        self._over = False

    def ring(self) -> None:
        """There may be something to read."""
        self._news.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event | Closing:
        if self._over:
            raise StopAsyncIteration
        # Listen before the first read: what is stored after the read rings the bell.
        self._streams.follow(self)
        while not self._unread:
            self._news.clear()
            self._unread.extend(await self._streams.read(self.execution_id, self._after))
            if self._unread:
                break
            if self._streams.closing:
                self.close()
                return Closing()
            with anyio.move_on_after(self._poll):
                await self._news.wait()
        event = self._unread.popleft()
        self._after = event.seq
        if event.type.terminal:
            self.close()
        return event

    def close(self) -> None:
        """End the stream; a second time does nothing."""
        self._over = True
        self._streams.leave(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Streams:
    """The open streams of this process. Used on the event loop only, except ``followed``."""

    def __init__(self, limits: RuntimeLimits, own: str, read: ReadEvents) -> None:
        self._limits = limits
        self._own = own
        self.read = read
        self.closing = False
        # Weak: a stream whose response never started is nobody's to close, and must not count for ever.
        self._open: WeakSet[EventStream] = WeakSet()
        self._followers: dict[ExecutionId, set[EventStream]] = {}

    def open(self, key_id: KeyId, execution: Execution, after: int) -> EventStream:
        """A stream of the events whose ``seq`` is greater than ``after``.

        Raises:
            RateLimited: the key holds as many streams as it may.
            Overloaded: the process does, or it is shutting down.
        """
        if self.closing:
            raise Overloaded("the server is shutting down")
        if len(self._open) >= self._limits.streams:
            raise Overloaded("too many event streams are open")
        if sum(stream.key_id == key_id for stream in self._open) >= self._limits.streams_per_key:
            raise RateLimited("open event streams")
        # What other processes do nobody here is told of.
        poll = None if execution.owner == self._own else self._limits.poll_seconds
        stream = EventStream(self, execution.id, key_id, after, poll)
        self._open.add(stream)
        return stream

    def follow(self, stream: EventStream) -> None:
        """Have a stream rung for."""
        self._followers.setdefault(stream.execution_id, set()).add(stream)

    def followed(self, execution_id: ExecutionId) -> bool:
        """Whether a stream wants to hear of an execution. May be asked by any thread."""
        return execution_id in self._followers

    def ring(self, execution_id: ExecutionId) -> None:
        """Tell the streams of an execution that it has new events."""
        for stream in self._followers.get(execution_id, ()):
            stream.ring()

    def leave(self, stream: EventStream) -> None:
        """Forget a stream."""
        self._open.discard(stream)
        followers = self._followers.get(stream.execution_id, set())
        followers.discard(stream)
        if not followers:
            self._followers.pop(stream.execution_id, None)

    def close(self) -> None:
        """End all streams, after what is stored, and open no more."""
        self.closing = True
        for stream in list(self._open):
            stream.ring()
