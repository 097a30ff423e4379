"""The application: its routes, its errors and its life, put together."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

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
from memory_service.http_api.on_demand import OnDemand
from memory_service.http_api.options import HttpOptions
from memory_service.http_api.problems import problem
from memory_service.http_api.rate import KeyRate
from memory_service.http_api.routes import DescribedRoute
from memory_service.runtime import AsyncRuntime

if TYPE_CHECKING:
    from memory_service.http_api.description import Description


class Application(Starlette):
    """The routes of this room, and of others that are put beside them."""

    @cached_property
    def description(self) -> "Description":
        """What there is to say of this room's routes."""
        # Imported here, so that no start of a server waits for FastAPI.
        from memory_service.http_api.description import Description

        return Description(route for route in self.routes if isinstance(route, DescribedRoute))

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI description."""
        return self.description.openapi()


def create_app(
    *,
    runtime: AsyncRuntime,
    authenticator: Authenticator,
    options: HttpOptions,
    ready: Callable[[], Mapping[str, bool]],
    new_id: NewId,
    on_demand: Sequence[OnDemand] = (),
) -> Application:
    """The HTTP interface over a runtime, which starts and is closed with the application's lifespan.

    ``ready`` tells what the service stands on and whether each of it works; ``on_demand`` are further parts of it.
    """
    metrics = Metrics()
    documents = OnDemand(lambda: _documents(app), runtime, "/openapi.json", "/docs", method="GET")
    parts = [*on_demand, documents] if options.docs_enabled else on_demand
    app = Application(
        routes=[*_routes(options), *(route for part in parts for route in part.routes())],
        lifespan=_lifespan(runtime, parts),
        middleware=[_outermost(runtime, metrics, options, new_id)],
        exception_handlers=_ANSWERS,
    )
    app.router.redirect_slashes = False
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


def _documents(app: Application) -> AbstractAsyncContextManager[ASGIApp]:
    app.openapi()
    return nullcontext(app.description.router)


def _lifespan(runtime: AsyncRuntime, parts: Sequence[OnDemand]) -> Callable[[Application], Any]:
    @asynccontextmanager
    async def lifespan(_: Application) -> AsyncIterator[None]:
        await runtime.start()
        try:
            async with AsyncExitStack() as running:
                for part in parts:
                    await running.enter_async_context(part.run())
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


_ANSWERS: Mapping[Any, Any] = {MemoryServiceError: _answer_error, HTTPException: _answer_routing_error}


def _allowed(request: Request) -> list[str]:
    """The methods of all routes at an address: the framework names those of the first one only."""
    routes = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for route in routes for method in getattr(route, "methods", None) or ()})
