"""Who sends a request: the key in its headers, its scope, and what it may still send."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar, TypeVarTuple, cast

from starlette.datastructures import Headers
from starlette.requests import Request

from memory_service.access import Authenticator
from memory_service.domain.calls import Principal, Scope
from memory_service.domain.errors import ScopeRequired
from memory_service.http_api.addresses import base_url
from memory_service.http_api.exchange import Exchange
from memory_service.http_api.metrics import Metrics
from memory_service.http_api.options import HttpOptions
from memory_service.http_api.rate import KeyRate
from memory_service.runtime import AsyncRuntime, Runtime

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the endpoints of one application work with."""

    runtime: AsyncRuntime
    authenticator: Authenticator
    options: HttpOptions
    rate: KeyRate
    metrics: Metrics
    ready: Callable[[], Mapping[str, bool]]

    @staticmethod
    def of(request: Request) -> "Services":
        """The services of the application that a request was sent to."""
        return cast("Services", request.app.state.services)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The bearer of a verified key that carries a runtime scope."""

    principal: Principal
    base: str
    """The address to put before the paths that an answer names."""
    services: Services
    exchange: Exchange

    @property
    def runtime(self) -> AsyncRuntime:
        """What the caller's requests are carried out by."""
        return self.services.runtime

    @property
    def core(self) -> Runtime:
        """Its synchronous calls, to be made through ``call``."""
        return self.services.runtime.core

    async def call(self, function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
        """Make a synchronous call off the event loop."""
        return await self.services.runtime.call(function, *arguments)


async def authenticated(request: Request) -> Caller:
    """The caller of a request.

    Raises:
        TokenMissing, TokenInvalid, AuthThrottled: see ``Authenticator.authenticate``.
        RateLimited: the key has used up its requests.
        ScopeRequired: the key does not open the runtime.
        HeaderInvalid: the request's ``Host`` is none.
    """
    services, exchange = Services.of(request), Exchange.of(request)
    principal = await verified(request, services)
    exchange.principal = principal
    try:
        services.rate.take(principal.key_id)
    finally:
        exchange.headers.update(services.rate.headers(principal.key_id))
    if not principal.allows(Scope.RUNTIME_READ):
        raise ScopeRequired([Scope.RUNTIME])
    return Caller(
        principal=principal,
        base=base_url(request, services.options.public_url),
        services=services,
        exchange=exchange,
    )


async def verified(request: Request, services: Services) -> Principal:
    """The bearer of the key that a request carries, as the key is now.

    Raises:
        TokenMissing, TokenInvalid, AuthThrottled: see ``Authenticator.authenticate``.
    """
    address = request.client.host if request.client else ""
    return await services.runtime.call(services.authenticator.authenticate, credential(request.headers), address)


def credential(headers: Headers) -> str | None:
    """The secret that a request carries: ``Authorization: Bearer`` before ``x-api-key``; None when it has neither."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return headers.get("x-api-key", "").strip() or None


AuthenticatedCaller = Annotated[Caller, authenticated]
