"""Connections that wait for a request: when there are too many, those that have waited longest make room."""

from asyncio import Transport
from typing import Any, ClassVar

from memory_service.cli.heads import BoundedHttp


class BudgetedHttp(BoundedHttp):
    """HTTP on a server that holds so many connections; ending one that is idle harms nobody (RFC 9112, 9.5).

    Whoever opens connections and sends nothing on them so takes nothing from those who do.
    """

    most: ClassVar[int]
    idle: ClassVar[dict["BudgetedHttp", None]]
    """Those that wait for the head of a request, first who has waited longest."""

    @classmethod
    def bounded(cls, seconds: float, connections: int) -> type["BudgetedHttp"]:
        """The class to make connections of, so many at once, which wait for a head so long."""
        return type(cls.__name__, (cls,), {"head_seconds": seconds, "most": connections, "idle": {}})

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Wait for a request; the one that has waited longest may have to go."""
        super().connection_made(transport)
        self.idle[self] = None
        if len(self.connections) > self.most:
            oldest = next(iter(self.idle))
            del self.idle[oldest]
            oldest.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self.idle.pop(self, None)
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        """Be of use."""
        self.idle.pop(self, None)
        super().on_headers_complete()

    def on_response_complete(self, *arguments: Any) -> None:
        """Wait again, unless the next request has come already."""
        super().on_response_complete(*arguments)
        if self.cycle.response_complete and not self.transport.is_closing():
            self.idle[self] = None
