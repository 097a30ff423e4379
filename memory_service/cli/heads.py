"""The heads of requests, which uvicorn takes in from anybody, whatever their size and however slowly they come."""

from asyncio import TimerHandle, Transport
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024
"""A head may have so many, after those that come at once with its first one."""


class BoundedHttp(HttpToolsProtocol):
    """Uvicorn's HTTP, on a connection that ends when a head is too large, or is not there in time."""

    head_seconds: ClassVar[float]
    _awaited: TimerHandle | None = None
    """While a head has not arrived as a whole."""
    _taken = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Wait for the first head."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._head_is_here()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes of a head that has begun before."""
        awaited = self._awaited
        super().data_received(data)
        if awaited and awaited is self._awaited:
            self._taken += len(data)
            if self._taken > HEAD_BYTES:
                self._refuse()

    def on_message_begin(self) -> None:
        """Wait for the head of a further request."""
        super().on_message_begin()
        if not self._awaited:
            self._await_head()

    def on_headers_complete(self) -> None:
        """Wait no more for this head."""
        self._head_is_here()
        super().on_headers_complete()

    def _await_head(self) -> None:
        self._taken = 0
        self._awaited = self.loop.call_later(self.head_seconds, self._refuse)

    def _head_is_here(self) -> None:
        if self._awaited:
            self._awaited.cancel()
            self._awaited = None

    def _refuse(self) -> None:
        if not self.transport.is_closing():
            self.send_400_response("The head of the request is too large, or did not arrive in time.")
