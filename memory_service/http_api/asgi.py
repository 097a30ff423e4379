"""The outermost layer: the request's id, the access log, the metrics, and the last resort when something is broken.

Plain ASGI: a framework's own middleware does not see the answers to its bugs, and copies every message of a stream.
"""

import asyncio
import re
from collections.abc import Callable
from time import perf_counter

import structlog
from sse_starlette.sse import SendTimeoutError
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memory_service.domain.errors import InternalError, MemoryServiceError, Overloaded
from memory_service.domain.ids import NewId
from memory_service.http_api.exchange import Exchange
from memory_service.http_api.metrics import Metrics
from memory_service.http_api.problems import problem

CLIENT_GONE = 499
"""Noted, never sent: the client went away before it was answered (nginx's number for it)."""

_REQUEST_ID = re.compile(r"req_[A-Za-z0-9._-]{1,60}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_log = structlog.get_logger("memory_service.access")


class OutermostLayer:
    """Wraps everything that answers HTTP requests."""

    def __init__(
        self, app: ASGIApp, *, new_id: NewId, metrics: Metrics, on_fault: Callable[[Exception], None], at_once: int
    ) -> None:
        self._app = app
        self._new_id = new_id
        self._metrics = metrics
        self._on_fault = on_fault
        self._at_once = at_once
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(request_id=self._request_id(scope))
        exchange.attach(scope)
        began = perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=exchange.request_id):
            self._under_way += 1
            try:
                await self._answer(scope, receive, send, exchange)
            finally:
                self._under_way -= 1
                self._note(scope, exchange, perf_counter() - began)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = int(message["status"])
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = exchange.request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers.update(exchange.headers)
            await send(message)

        async def answer_for(error: MemoryServiceError) -> None:
            repeatable = scope["method"] in _SAFE or "idempotency-key" in Headers(scope=scope)
            answer = problem(error, exchange.request_id, x_should_retry="true" if repeatable else "false")
            await answer(scope, receive, send_with_headers)

        try:
            await self._admit(scope, receive, send_with_headers, exchange)
        except ClientDisconnect:
            exchange.status = CLIENT_GONE
        except SendTimeoutError:
            _log.info("stream dropped: its client does not read")
        except asyncio.CancelledError:
            # The server ends and has given the request its time. What that began goes on, or is settled by a restart.
            if exchange.status is not None:
                raise
            await answer_for(Overloaded("the server is shutting down"))
        except Exception as error:  # noqa: BLE001 - the last resort: whatever it is, the client gets an envelope
            self._on_fault(error)
            if exchange.status is None:
                await answer_for(InternalError())

    async def _admit(self, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> None:
        if self._under_way > self._at_once:
            answer = problem(Overloaded("too many requests are under way"), exchange.request_id, Connection="close")
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _request_id(self, scope: Scope) -> str:
        given = Headers(scope=scope).get("x-request-id", "")
        return given if _REQUEST_ID.fullmatch(given) else self._new_id("req")

    def _note(self, scope: Scope, exchange: Exchange, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        route = getattr(scope.get("route"), "path", "unmatched")
        status = exchange.status or CLIENT_GONE
        self._metrics.observe(method, route, status, seconds)
        _log.info(
            "request",
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            org=exchange.principal.org if exchange.principal else None,
            key_id=exchange.principal.key_id if exchange.principal else None,
        )
