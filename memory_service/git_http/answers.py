"""Answers that are sent while they are made, no faster than their clients read them."""

import asyncio
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Send

from memory_service.git_http.operations import in_thread

NEVER_CACHED: Mapping[str, str] = {
    "Expires": "Fri, 01 Jan 1980 00:00:00 GMT",
    "Pragma": "no-cache",
    "Cache-Control": "no-cache, max-age=0, must-revalidate",
}
"""As ``hdr_nocache`` in git's ``http-backend.c`` sends them."""


class Answer:
    """The answer to one request. It begins with its first chunk: an error before that can still be given a status."""

    def __init__(self, receive: Receive, send: Send, media_type: str, send_seconds: float) -> None:
        self._receive = receive
        self._send = send
        self._send_seconds = send_seconds
        self._headers = [
            (name.lower().encode(), value.encode())
            for name, value in {"Content-Type": media_type, **NEVER_CACHED}.items()
        ]
        self._begun = False
        self._gone = False

    async def stream(self, made_by: Callable[[], Iterator[bytes]]) -> None:
        """Send what an iterator gives, which is made, read and closed in a thread of its own.

        Raises:
            ClientDisconnect: the client went away, or does not read. The iterator is closed by then.
        """
        loop = asyncio.get_running_loop()

        def work() -> None:
            with closing(_closable(made_by)) as chunks:
                for chunk in chunks:
                    asyncio.run_coroutine_threadsafe(self._write(chunk), loop).result()

        watch = loop.create_task(self._watch())
        try:
            await in_thread(work)
            await self._write(b"", more=False)
        finally:
            watch.cancel()
            self._gone = True

    async def _write(self, chunk: bytes, *, more: bool = True) -> None:
        if self._gone:
            raise ClientDisconnect
        try:
            async with asyncio.timeout(self._send_seconds):
                if not self._begun:
                    self._begun = True
                    await self._send({"type": "http.response.start", "status": 200, "headers": self._headers})
                await self._send({"type": "http.response.body", "body": chunk, "more_body": more})
        except TimeoutError as error:
            raise ClientDisconnect from error

    async def _watch(self) -> None:
        """Note that the client has gone: whatever is sent to it after that is lost without a word."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone = True


def _closable(made_by: Callable[[], Iterator[bytes]]) -> Generator[bytes, None, None]:
    """The same chunks; to close this closes what they come from, where that can be closed."""
    yield from made_by()
