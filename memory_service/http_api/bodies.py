"""The bodies of requests: how they arrive, what they are made of, and what is refused."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Annotated, Any, TypeVar

import anyio
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from starlette.requests import Request

from memory_service.domain.errors import (
    FieldError,
    PayloadTooLarge,
    RequestInvalid,
    Timeout,
    UnsupportedMediaType,
)
from memory_service.http_api.authentication import Caller
from memory_service.http_api.strict_json import parse

_QUICKLY_READ = 64 * 1024
"""Bytes that are read as JSON within a few milliseconds, whatever they hold."""
_MAX_FAULTS = 20
_SENTENCES = {"extra_forbidden": "There is no such member", "dict_type": "Input should be an object"}

Title = Annotated[
    str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", description="Title of a session.")
]


class Body(BaseModel):
    """The members that a body may have; values are taken as they are, others are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)


class InvokeBody(Body):
    """What to invoke a tool with."""

    input: Annotated[dict[str, Any], Field(description="The tool's input: see `parameters` of its capability.")] = {}
    connected_account_id: Annotated[
        str | None, Field(description="The account to act through, where the capability has several.")
    ] = None
    session_id: Annotated[str | None, Field(description="The session to run in; a new one where none is given.")] = None
    title: Annotated[Title | None, Field(description="Title of the session, used only when one is created.")] = None


class SessionBody(Body):
    """What to create a session with."""

    title: Title | None = None


class EmptyBody(Body):
    """No members."""


BodyType = TypeVar("BodyType", bound=Body)


async def read_body(request: Request, model: type[BodyType], caller: Caller) -> BodyType:
    """Read the body of a request.

    Raises:
        RequestInvalid: it is not of the model's shape.
        whatever ``read_json`` raises.
    """
    _, value = await read_json(request, caller)
    if not isinstance(value, dict):
        raise RequestInvalid("the body has to be a JSON object")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid(error.errors()) from error


async def read_json(request: Request, caller: Caller) -> tuple[bytes, Any]:
    """The body of a request, as it was sent and as it reads. No body and no ``Content-Type`` reads as ``{}``.

    Raises:
        UnsupportedMediaType: it is no plain JSON.
        PayloadTooLarge: it is over the limit, whatever ``Content-Length`` says.
        Timeout: it did not arrive in time.
        RequestInvalid: it is no strict JSON.
        Overloaded: it is large, and as many calls wait as may.
        ClientDisconnect: the client went away before the body was whole.
    """
    content_type = request.headers.get("content-type")
    if "content-encoding" in request.headers or (content_type is not None and not _is_json(content_type)):
        raise UnsupportedMediaType
    try:
        with anyio.fail_after(caller.services.options.body_seconds):
            body = await _receive(request, caller.services.options.max_body_bytes)
    except TimeoutError as error:
        # The rest may never come, and what would come after it cannot be told from it.
        caller.exchange.headers["Connection"] = "close"
        raise Timeout("body") from error
    if content_type is None:
        if body:
            raise UnsupportedMediaType
        return body, {}
    # Two megabytes of small values take most of a second, in which the event loop would stand still.
    return body, parse(body) if len(body) <= _QUICKLY_READ else await caller.call(parse, body)


def invalid(faults: Iterable[Mapping[str, Any]]) -> RequestInvalid:
    """The error for what pydantic found wrong with a request, the first faults of it."""
    fields: list[FieldError] = [
        {
            "field": ".".join(map(str, fault["loc"]))[:100],
            "message": _SENTENCES.get(fault["type"], fault["msg"]),
            "rule": fault["type"],
        }
        for fault in islice(faults, _MAX_FAULTS)
    ]
    return RequestInvalid("; ".join(f"{field['field']}: {field['message']}" for field in fields[:3]), fields)


def _is_json(content_type: str) -> bool:
    media_type, _, parameters = content_type.lower().partition(";")
    return media_type.strip() == "application/json" and parameters.strip() in {"", "charset=utf-8", 'charset="utf-8"'}


async def _receive(request: Request, limit: int) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise PayloadTooLarge("The request body", limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise PayloadTooLarge("The request body", limit)
    return bytes(body)
