"""Errors on the wire: the one table from code to status, and the envelope that every error is answered in."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from starlette.responses import Response

from memory_service.domain.errors import InternalError, MemoryServiceError
from memory_service.domain.executions import Failure
from memory_service.http_api.answers import JsonResponse

STATUS: Mapping[str, int] = {
    "request_invalid": 400,
    "input_invalid": 400,
    "path_invalid": 400,
    "content_invalid": 400,
    "header_invalid": 400,
    "account_not_applicable": 400,
    "token_missing": 401,
    "token_invalid": 401,
    "scope_required": 403,
    "forbidden": 403,
    "quota_exceeded": 403,
    "not_found": 404,
    "session_not_found": 404,
    "execution_not_found": 404,
    "capability_not_found": 404,
    "account_not_found": 404,
    "memory_not_found": 404,
    "method_not_allowed": 405,
    "timeout": 408,
    "account_ambiguous": 409,
    "session_archived": 409,
    "idempotency_in_progress": 409,
    "memory_exists": 409,
    "conflict": 409,
    "events_expired": 410,
    "version_mismatch": 412,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
    "idempotency_key_reused": 422,
    "rate_limited": 429,
    "auth_throttled": 429,
    "internal_error": 500,
    "integration_failed": 502,
    "overloaded": 503,
    "storage_full": 503,
    "integration_timeout": 504,
}
"""Every code that a request can be answered with."""


def _tree(kind: type[MemoryServiceError]) -> Iterator[type[MemoryServiceError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _tree(narrower)


KINDS: Mapping[str, type[MemoryServiceError]] = {
    kind.code: kind for kind in _tree(MemoryServiceError) if "code" in vars(kind)
}
"""The classes of the error tree by their code."""

COMMAND_LINE_ONLY = frozenset(
    {
        "address_unusable",
        "backup_damaged",
        "backup_not_found",
        "backup_of_another_version",
        "backup_place_taken",
        "backup_place_unusable",
        "data_corrupt",
        "data_folder_not_empty",
        "data_folder_unusable",
        "key_not_found",
        "org_exists",
        "org_not_found",
    }
)
"""Codes that no request is answered with: should one of them reach this room, it is a fault of the service."""


def problem(error: MemoryServiceError, request_id: str, **headers: str) -> Response:
    """The answer for an error of the tree. Names of headers are given with ``_`` for ``-``."""
    failure = Failure(
        code=error.code,
        message=error.message,
        details=error.details,
        retryable=error.retryable,
        retry_after=error.retry_after,
    )
    return answer_failure(failure, request_id, {name.replace("_", "-"): value for name, value in headers.items()})


def answer_failure(failure: Failure, request_id: str, headers: Mapping[str, str]) -> Response:
    """The answer for a failure: the envelope, its status, and what a client has to know about sending it again."""
    if failure.code not in STATUS:
        bug = InternalError()
        known = {name: value for name, value in failure.details.items() if name == "executionId"}
        failure = replace(failure, code=bug.code, message=bug.message, details=known)
    status = STATUS[failure.code]
    envelope: dict[str, object] = {"error": failure.message, "code": failure.code, "requestId": request_id}
    if failure.details:
        envelope["details"] = failure.details
    return JsonResponse(
        envelope,
        status,
        {
            "x-should-retry": "true" if failure.retryable else "false",
            **({"Retry-After": str(failure.retry_after)} if failure.retry_after is not None else {}),
            **({"WWW-Authenticate": "Bearer"} if status == 401 else {}),
            **headers,
        },
    )
