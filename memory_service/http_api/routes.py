"""Routes that say of themselves what there is to describe.

What an endpoint takes is read from its signature once: to find it out anew for each request, as frameworks do, is more
work than the endpoint itself does.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from memory_service.http_api.bodies import invalid

Source = Callable[[Request], Awaitable[Any]]
"""Finds one argument of an endpoint in a request."""

Endpoint = Callable[..., Awaitable[Response]]
AnyEndpoint = TypeVar("AnyEndpoint", bound=Endpoint)


@dataclass(frozen=True, slots=True)
class PartOfPath:
    """The source of a part of the path, whatever it is."""

    name: str
    description: str

    async def __call__(self, request: Request) -> Any:
        """The text that stands there."""
        return request.path_params[self.name]


@dataclass(frozen=True, slots=True)
class WholeQuery:
    """The source of all parameters of the query together."""

    model: type[BaseModel]

    async def __call__(self, request: Request) -> BaseModel:
        """The parameters, as the model reads them.

        Raises:
            RequestInvalid: it refuses them.
        """
        try:
            return self.model.model_validate(dict(request.query_params))
        except ValidationError as error:
            raise invalid(error.errors()) from error


class DescribedRoute(Route):
    """A route of one method, whose endpoint takes the request and what the sources find that annotate its arguments;
    ``said`` is what is to be described of it, as ``FastAPI.add_api_route`` takes it.

    Raises:
        TypeError: the endpoint takes something else.
    """

    def __init__(self, path: str, endpoint: Endpoint, method: str, said: Mapping[str, Any]) -> None:
        super().__init__(path, endpoint, methods=[method])
        self.methods = {method}  # without the HEAD that comes with each GET
        self.said = said
        hints = get_type_hints(endpoint, include_extras=True)
        self.sources = {name: _source(hint) for name, hint in hints.items() if name != "return"}
        self.app = self._serve

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        answer = await self.endpoint(**{name: await find(request) for name, find in self.sources.items()})
        await answer(scope, receive, send)


class DescribedRouter:
    """Routes that have the beginning of their path and their tags in common."""

    def __init__(self, *, tags: Sequence[str], prefix: str = "") -> None:
        self.routes: list[DescribedRoute] = []
        self._prefix = prefix
        self._tags = list(tags)

    def get(self, path: str, **said: Any) -> Callable[[AnyEndpoint], AnyEndpoint]:
        """Decorates the endpoint that answers GET."""
        return self._adding("GET", path, said)

    def head(self, path: str, **said: Any) -> Callable[[AnyEndpoint], AnyEndpoint]:
        """Decorates the endpoint that answers HEAD."""
        return self._adding("HEAD", path, said)

    def post(self, path: str, **said: Any) -> Callable[[AnyEndpoint], AnyEndpoint]:
        """Decorates the endpoint that answers POST."""
        return self._adding("POST", path, said)

    def _adding(self, method: str, path: str, said: Mapping[str, Any]) -> Callable[[AnyEndpoint], AnyEndpoint]:
        def add(endpoint: AnyEndpoint) -> AnyEndpoint:
            self.routes.append(DescribedRoute(self._prefix + path, endpoint, method, {"tags": self._tags, **said}))
            return endpoint

        return add


def _source(hint: Any) -> Source:
    if hint is Request:
        return _whole
    (source,) = getattr(hint, "__metadata__", (None,))
    if callable(source):
        return source  # type: ignore[no-any-return] # annotations of this room hold no other callables
    raise TypeError(f"no endpoint can take {hint}")


async def _whole(request: Request) -> Request:
    return request
