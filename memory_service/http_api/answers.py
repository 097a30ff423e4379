"""Answers in JSON."""

from collections.abc import Mapping

from starlette.responses import Response

from memory_service.http_api.strict_json import dumps


class JsonResponse(Response):
    """One JSON object. No cache keeps it: it may hold memory, and ``x-api-key`` does not tell a cache so."""

    media_type = "application/json"

    def __init__(self, content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(content, status, {"Cache-Control": "no-store", **(headers or {})})

    def render(self, content: object) -> bytes:
        """The body's bytes."""
        return dumps(content)
