"""The addresses that answers name."""

import re
from collections.abc import Mapping

from starlette.requests import Request

from memory_service.domain.errors import HeaderInvalid
from memory_service.domain.ids import ExecutionId

RUNTIME = "/api/runtime"

_HOST = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def base_url(request: Request, public_url: str | None) -> str:
    """The address that clients reach the service at: the configured one, else the one that this request went to.

    Raises:
        HeaderInvalid: the request's ``Host`` is no host; nothing of it may come back in an answer.
    """
    if public_url:
        return public_url
    host = request.headers.get("host")
    if host is None:  # HTTP/1.0
        address, port = request.scope.get("server") or ("localhost", None)
        host = f"{address}:{port}" if port else address
    if not _HOST.fullmatch(host):
        raise HeaderInvalid("Host", "it is no host name or address")
    return f"{request.scope['scheme']}://{host}"


def url_members(base: str) -> Mapping[str, str]:
    """The four addresses that the lists of capabilities and the answers about a session carry."""
    return {
        "sessionCreateUrl": f"{base}{RUNTIME}/sessions",
        "toolInvokeUrlTemplate": f"{base}{RUNTIME}/tools/{{toolName}}",
        "sessionToolInvokeUrlTemplate": f"{base}{RUNTIME}/sessions/{{sessionId}}/tools/{{toolName}}",
        "executionEventsUrlTemplate": f"{base}{RUNTIME}/executions/{{executionId}}/events",
    }


def execution_url(base: str, execution_id: ExecutionId) -> str:
    """Where an execution is found."""
    return f"{base}{RUNTIME}/executions/{execution_id}"


def events_url(base: str, execution_id: ExecutionId) -> str:
    """Where an execution's events are found."""
    return f"{execution_url(base, execution_id)}/events"
