"""Routes that FastAPI describes and Starlette serves.

FastAPI finds out anew for each request what an endpoint takes, which is more work than the endpoint itself does. What
an endpoint of this room takes is read from its signature once.
"""

from collections.abc import Awaitable, Callable
from typing import Any, get_type_hints

from fastapi import APIRouter
from fastapi.params import Depends, Path, Query
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from memory_service.http_api.bodies import invalid

Source = Callable[[Request], Awaitable[Any]]
"""Finds one argument of an endpoint in a request."""


class DescribedRoute(APIRoute):
    """A route whose endpoint takes the request, parts of the path, models of the query, and what depends on the request
    alone: found in the order in which the endpoint names them.

    Raises:
        TypeError: the endpoint takes something else.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **described: Any) -> None:
        super().__init__(path, endpoint, **described)
        hints = get_type_hints(endpoint, include_extras=True)
        self._sources = {name: _source(hint) for name, hint in hints.items() if name != "return"}
        self.app = self._serve

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        answer = await self.endpoint(**{name: await find(request) for name, find in self._sources.items()})
        await answer(scope, receive, send)


def described_router(**described: Any) -> APIRouter:
    """A router of such routes."""
    return APIRouter(route_class=DescribedRoute, **described)


def _source(hint: Any) -> Source:
    if hint is Request:
        return _whole
    (said,) = getattr(hint, "__metadata__", (None,))
    if isinstance(said, Depends) and said.dependency:
        return said.dependency
    if isinstance(said, Path):
        return _part_of_path(str(said.alias))
    if isinstance(said, Query) and issubclass(hint.__origin__, BaseModel):
        return _query(hint.__origin__)
    raise TypeError(f"no endpoint can take {hint}")


async def _whole(request: Request) -> Request:
    return request


def _part_of_path(name: str) -> Source:
    async def find(request: Request) -> Any:
        return request.path_params[name]

    return find


def _query(model: type[BaseModel]) -> Source:
    async def find(request: Request) -> BaseModel:
        try:
            return model.model_validate(dict(request.query_params))
        except ValidationError as error:
            raise invalid(error.errors()) from error

    return find
