"""The description of the HTTP interface and the page that shows it, made by FastAPI of routes that Starlette serves."""

import inspect
from collections.abc import Callable, Iterable
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query
from fastapi.params import Param

from memory_service.http_api.openapi import complete
from memory_service.http_api.routes import DescribedRoute, PartOfPath, Source, WholeQuery

ABOUT = """\
A durable memory for an organisation's AI agents: markdown files in a git repository, read and changed through tools.

Send a key as `Authorization: Bearer KEY` or as `x-api-key: KEY`; the former is read where both are sent. Bodies are
JSON, read strictly; a request without a body and without `Content-Type` is read as one with the body `{}`. Every error
has the shape of `Error`; `docs/errors.md` explains each code.
"""


class Description(FastAPI):
    """Describes routes, and answers ``/openapi.json`` and ``/docs``; the routes themselves are served elsewhere."""

    def __init__(self, routes: Iterable[DescribedRoute]) -> None:
        super().__init__(
            title="memory-service",
            version=version("memory-service"),
            description=ABOUT,
            redoc_url=None,
            swagger_ui_oauth2_redirect_url=None,
            telemetry={"tracing": False, "metrics": False, "logs": False},
        )
        for route in routes:
            self.add_api_route(route.path, _told(route), methods=sorted(route.methods or ()), **route.said)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI description: FastAPI's, with the parts of it that it cannot know."""
        if not self.openapi_schema:
            complete(super().openapi())
        return super().openapi()


def _told(route: DescribedRoute) -> Callable[..., Any]:
    """An endpoint that takes what there is to describe, as FastAPI reads it."""

    def endpoint() -> None:
        """Never called."""

    endpoint.__name__ = route.endpoint.__name__
    endpoint.__doc__ = route.endpoint.__doc__
    shown = [parameter for name, source in route.sources.items() for parameter in _parameters(name, source)]
    endpoint.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined] # see inspect.signature
    return endpoint


def _parameters(name: str, source: Source) -> Iterable[inspect.Parameter]:
    """The parameter that a source is described as; none for what a key or the server's own state leads to."""
    if isinstance(source, PartOfPath):
        yield _parameter(name, str, Path(alias=source.name, description=source.description))
    if isinstance(source, WholeQuery):
        yield _parameter(name, source.model, Query())


def _parameter(name: str, kind: type[Any], place: Param) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[kind, place])
