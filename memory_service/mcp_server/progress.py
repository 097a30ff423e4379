"""Checkpoints of an execution as progress of the call that made it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from memory_service.mcp_server.callers import Context


@asynccontextmanager
async def reported(ctx: Context) -> AsyncIterator[Callable[[str], None]]:
    """Gives what an execution tells its checkpoints to, in any thread; the client hears of them if it has asked to."""
    reports = _Reports(ctx)
    try:
        yield reports.tell
        await reports.all_sent()
    finally:
        reports.stop()


class _Reports:
    """Sends one after the other; nothing is begun for an execution that tells nothing, as most do."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._loop = asyncio.get_running_loop()
        self._summaries: asyncio.Queue[str | None] = asyncio.Queue()
        self._sending: asyncio.Task[None] | None = None

    def tell(self, summary: str) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(self._add, summary)

    async def all_sent(self) -> None:
        # The end of the execution came to the loop by the same way, after all that it said.
        if self._sending:
            self._summaries.put_nowait(None)
            await self._sending

    def stop(self) -> None:
        if self._sending:
            self._sending.cancel()

    def _add(self, summary: str) -> None:
        self._summaries.put_nowait(summary)
        self._sending = self._sending or self._loop.create_task(self._send())

    async def _send(self) -> None:
        number = 0
        while (summary := await self._summaries.get()) is not None:
            number += 1
            await self._ctx.session.report_progress(number, message=summary)
