"""Answers and bodies as the OpenAPI description shows them."""

from collections.abc import Mapping
from typing import Any

from memory_service.domain.ids import ExecutionId
from memory_service.http_api.addresses import events_url, url_members

Json = Mapping[str, Any]

_BASE = "https://memory.example.com"
_EXECUTION_ID = "exec_0198a6f0c1d27c4e9b7a3f5e6d8c9b0a"

_SEARCH = {
    "name": "memory_search",
    "kind": "memory",
    "description": "Find files of the memory by words or a phrase.",
    "isReadOnly": True,
    "supportsIdempotency": True,
    "accounts": [],
}
_SESSION = {
    "id": "session_0198a6f0c1d07b3f8a1c2d3e4f5a6b7c",
    "title": "Agent Runtime Session",
    "source": "api",
    "interactionMode": "execute",
    "status": "active",
    "createdAt": "2026-04-15T10:00:00.000Z",
    "updatedAt": "2026-04-15T10:00:00.000Z",
}
# Without a null: FastAPI leaves those out of what it is given.
_LISTED_EXECUTION = {
    "id": _EXECUTION_ID,
    "runId": "run_0198a6f0c1d47d5f8c6b4a3e2d1f0c9b",
    "sessionId": _SESSION["id"],
    "capability": "memory_append",
    "status": "completed",
    "interactionMode": "execute",
    "summary": "Appended to /daily/2026-04-15.md",
    "commit": "9fceb02d0ae598e95dc970b74767f19372d61af8",
    "createdAt": "2026-04-15T10:00:00.000Z",
    "finishedAt": "2026-04-15T10:00:00.012Z",
    "executionEventsUrl": events_url(_BASE, ExecutionId(_EXECUTION_ID)),
}
_EXECUTION = {
    **_LISTED_EXECUTION,
    "input": {"path": "/daily/2026-04-15.md", "content": "Northwind asked for a pilot in May."},
    "result": {
        "path": "/daily/2026-04-15.md",
        "version": "8baef1b4abc478178b004d62031cf7fe6db6f903",
        "commit": "9fceb02d0ae598e95dc970b74767f19372d61af8",
        "created": False,
        "startLine": 12,
        "endLine": 12,
    },
}

INVOKE_BODY: Json = {"input": {"query": "enterprise fintech ICP"}}
SESSION_BODY: Json = {"title": "Prepare the call with Northwind"}

CAPABILITIES: Json = {
    "capabilities": [
        {
            **_SEARCH,
            "parameters": {
                "type": "object",
                "properties": {"query": {"type": "string", "description": "What to look for."}},
                "required": ["query"],
            },
        }
    ],
    **url_members(_BASE),
}
SESSION: Json = {"session": _SESSION}
SESSION_WITH_URLS: Json = {"session": _SESSION, **url_members(_BASE)}
SESSIONS: Json = {"sessions": [_SESSION]}
EXECUTION: Json = {"execution": _EXECUTION}
EXECUTIONS: Json = {"executions": [_LISTED_EXECUTION]}
INVOKED: Json = {
    "session": _SESSION,
    "capability": _SEARCH,
    "runId": _EXECUTION["runId"],
    "executionId": _EXECUTION_ID,
    "executionEventsUrl": _EXECUTION["executionEventsUrl"],
    "summary": "1 hits",
    "result": {"hits": [{"path": "/topics/icp.md", "score": 10}]},
}
EVENTS = """\
id: 1
event: session
data: {"id":"session_…","interactionMode":"execute","executionId":"exec_…","runId":"run_…"}

id: 2
event: run_status
data: {"status":"executing","interactionMode":"execute","executionId":"exec_…","runId":"run_…"}

"""
