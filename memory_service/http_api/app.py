"""The application: its routes, its errors and its life, put together."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp

from memory_service.access import Authenticator
from memory_service.domain.errors import MemoryServiceError, MethodNotAllowed, NotFound
from memory_service.domain.ids import NewId
from memory_service.http_api import capabilities, executions, invocations, operations, sessions, streams
from memory_service.http_api.asgi import OutermostLayer
from memory_service.http_api.authentication import Services
from memory_service.http_api.exchange import Exchange
from memory_service.http_api.metrics import Metrics
from memory_service.http_api.openapi import complete
from memory_service.http_api.options import HttpOptions
from memory_service.http_api.problems import problem
from memory_service.http_api.rate import KeyRate
from memory_service.runtime import AsyncRuntime

DESCRIPTION = """\
A durable memory for an organisation's AI agents: markdown files in a git repository, read and changed through tools.

Send a key as `Authorization: Bearer KEY` or as `x-api-key: KEY`; the former is read where both are sent. Bodies are
JSON, read strictly; a request without a body and without `Content-Type` is read as one with the body `{}`. Every error
has the shape of `Error`; `docs/errors.md` explains each code.
"""


class Application(FastAPI):
    """FastAPI's description, with the parts of it that it cannot know, of routes that Starlette serves."""

    def build_middleware_stack(self) -> ASGIApp:
        """Starlette's: FastAPI's further layers are for what no route of this application uses."""
        return Starlette.build_middleware_stack(self)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI description."""
        if not self.openapi_schema:
            complete(super().openapi())
        return super().openapi()


def create_app(
    *,
    runtime: AsyncRuntime,
    authenticator: Authenticator,
    options: HttpOptions,
    ready: Callable[[], Mapping[str, bool]],
    new_id: NewId,
    beside: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
) -> Application:
    """The HTTP interface over a runtime, which starts and is closed with the application's lifespan.

    ``ready`` tells what the service stands on and whether each of it works; ``beside`` makes what else has to run while
    requests are answered.
    """
    metrics = Metrics()
    app = Application(
        title="memory-service",
        version=version("memory-service"),
        description=DESCRIPTION,
        openapi_url="/openapi.json" if options.docs_enabled else None,
        docs_url="/docs",
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        routes=_routes(options),
        lifespan=_lifespan(runtime, beside),
        middleware=[_outermost(runtime, metrics, options, new_id)],
        exception_handlers={
            MemoryServiceError: _answer_error,
            HTTPException: _answer_routing_error,
        },
    )
    app.state.services = Services(
        runtime=runtime,
        authenticator=authenticator,
        options=options,
        rate=KeyRate(options.requests_per_second),
        metrics=metrics,
        ready=ready,
    )
    return app


def _routes(options: HttpOptions) -> list[BaseRoute]:
    # The addresses are looked through in this order: first what is asked for most.
    parts = (invocations, capabilities, sessions, executions, streams, operations)
    routes = [route for part in parts for route in part.router.routes]
    return [*routes, Route("/metrics", operations.get_metrics)] if options.metrics_enabled else routes


def _outermost(runtime: AsyncRuntime, metrics: Metrics, options: HttpOptions, new_id: NewId) -> Middleware:
    on_fault, at_once = runtime.core.on_fault, options.requests_at_once
    return Middleware(OutermostLayer, new_id=new_id, metrics=metrics, on_fault=on_fault, at_once=at_once)


def _lifespan(
    runtime: AsyncRuntime, beside: Callable[[], AbstractAsyncContextManager[None]]
) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await runtime.start()
        try:
            async with beside():
                yield
        finally:
            await runtime.aclose()

    return lifespan


async def _answer_error(request: Request, error: MemoryServiceError) -> Response:
    return problem(error, Exchange.of(request).request_id)


async def _answer_routing_error(request: Request, error: HTTPException) -> Response:
    request_id = Exchange.of(request).request_id
    if error.status_code == HTTPStatus.NOT_FOUND:
        return problem(NotFound(), request_id)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return problem(MethodNotAllowed(request.method), request_id, Allow=", ".join(_allowed(request)))
    raise error


def _allowed(request: Request) -> list[str]:
    """The methods of all routes at an address: the framework names those of the first one only."""
    routes = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for route in routes for method in getattr(route, "methods", None) or ()})
