"""The OpenAPI description: what FastAPI cannot see, because this room reads bodies and writes answers itself."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from memory_service.http_api.addresses import RUNTIME
from memory_service.http_api.bodies import Body
from memory_service.http_api.problems import KINDS, STATUS
from memory_service.http_api.wire import Error

Responses = dict[int | str, dict[str, Any]]
Json = Mapping[str, Any]

EVERYWHERE = ("internal_error",)
RUNTIME_WIDE = (
    *EVERYWHERE,
    "header_invalid",
    "token_missing",
    "token_invalid",
    "scope_required",
    "rate_limited",
    "auth_throttled",
    "overloaded",
)
"""What every address of the runtime may answer."""

WITH_BODY = ("request_invalid", "timeout", "payload_too_large", "unsupported_media_type")
"""What every address that reads a body may answer."""

_HEADERS: Mapping[str, str] = {
    "X-Request-Id": "To quote in a report of a problem. It is the request's own `X-Request-Id` where that is good.",
    "x-should-retry": "Whether sending the very same request again may succeed and can do no harm.",
    "Retry-After": "Seconds to wait before the next try.",
    "WWW-Authenticate": "`Bearer`.",
    "RateLimit": "What is left to the key: requests `r` in the `t` seconds to come.",
    "RateLimit-Policy": "What a key may send: `q` requests in any `w` seconds.",
    "Idempotency-Replayed": "`true` where this is the stored answer of an earlier request; stored failures say so too.",
    "Preference-Applied": "`respond-async`.",
    "Location": "The address of the execution.",
}


def errors(*codes: str) -> Responses:
    """The ``responses`` of a route for the errors that it may answer with."""
    by_status: defaultdict[int | str, list[str]] = defaultdict(list)
    for code in codes:
        by_status[STATUS[code]].append(code)
    return {
        status: {
            "model": Error,
            "description": "\n".join(f"- `{code}`: {KINDS[code].cause}" for code in sorted(set(by_status[status]))),
            "headers": _headers("x-should-retry", *_HEADERS_OF.get(status, ())),
        }
        for status in sorted(by_status, key=str)
    }


def answer(
    model: Any, example: Json | None = None, description: str = "Done", headers: Sequence[str] = ()
) -> dict[str, Any]:
    """One successful answer of a route, with the headers that are its own."""
    shown = {} if example is None else {"content": {"application/json": {"example": example}}}
    return {"model": model, "description": description, "headers": _headers(*headers), **shown}


def body(model: type[Body], example: Json) -> dict[str, Any]:
    """The ``requestBody`` of a route whose body ``read_body`` reads."""
    schema = model.model_json_schema()
    return {"requestBody": {"content": {"application/json": {"schema": schema, "example": example}}}}


def header(name: str, description: str, **schema: Any) -> dict[str, Any]:
    """A parameter of a route that is a header."""
    return {"in": "header", "name": name, "description": description, "schema": {"type": "string", **schema}}


def complete(description: dict[str, Any]) -> None:
    """Add to FastAPI's description what is true of all addresses, and take out what is true of none."""
    components = description["components"]
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer KEY`"},
        "apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key", "description": "`x-api-key: KEY`"},
    }
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    for path, operations in description["paths"].items():
        for operation in operations.values():
            _complete(operation, keyed=path.startswith(RUNTIME))


def _complete(operation: dict[str, Any], *, keyed: bool) -> None:
    if keyed:
        operation["security"] = [{"bearer": []}, {"apiKey": []}]
    if operation["responses"].get("422", {}).get("description") == "Validation Error":
        del operation["responses"]["422"]
    everywhere = ("X-Request-Id", "RateLimit", "RateLimit-Policy") if keyed else ("X-Request-Id",)
    for response in operation["responses"].values():
        response.setdefault("headers", {}).update(_headers(*everywhere))


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"description": _HEADERS[name], "schema": {"type": "string"}} for name in names}


_HEADERS_OF: Mapping[int | str, tuple[str, ...]] = {
    401: ("WWW-Authenticate",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}
