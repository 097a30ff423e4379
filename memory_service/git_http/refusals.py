"""Errors in words: git shows a person the text of an error that it meets when it first asks for a repository."""

from collections.abc import Mapping

from starlette.responses import PlainTextResponse, Response

from memory_service.domain.errors import MemoryServiceError, NotFound, TokenMissing
from memory_service.git_http.answers import NEVER_CACHED

STATUS: Mapping[str, int] = {
    "request_invalid": 400,
    "token_missing": 401,
    "token_invalid": 401,
    "scope_required": 403,
    "org_not_found": 404,
    "timeout": 408,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
    "auth_throttled": 429,
    "overloaded": 503,
    "storage_full": 503,
}
"""Every code that a request of a git client can be answered with."""


def refusal(error: MemoryServiceError) -> Response | None:
    """The answer for an error; None for one that no request should meet."""
    status = STATUS.get(error.code)
    if status is None:
        return None
    headers = dict(NEVER_CACHED)
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="memory-service"'
    if status == 408:
        # The rest of the body may never come, and what would come after it cannot be told from it.
        headers["Connection"] = "close"
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return PlainTextResponse(_sentence(error) + "\n", status, headers)


def _sentence(error: MemoryServiceError) -> str:
    if isinstance(error, NotFound):
        # The same for a repository that is not there and for one that the key does not open: no name in it.
        return "Repository not found"
    if isinstance(error, TokenMissing):
        return "A key is needed: send any user name, and the key as password"
    return error.message
