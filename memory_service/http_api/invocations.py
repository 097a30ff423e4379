"""Invoking a tool, in a new session or in one that exists."""

from starlette.requests import Request
from starlette.responses import Response

from memory_service.domain.errors import RequestInvalid
from memory_service.domain.ids import SessionId
from memory_service.http_api import examples, shapes, wire
from memory_service.http_api.addresses import RUNTIME, execution_url
from memory_service.http_api.answers import JsonResponse
from memory_service.http_api.authentication import AuthenticatedCaller, Caller
from memory_service.http_api.bodies import InvokeBody, read_body
from memory_service.http_api.openapi import RUNTIME_WIDE, WITH_BODY, answer, body, errors, header
from memory_service.http_api.parameters import (
    SessionIdParameter,
    ToolNameParameter,
    idempotency_key,
    prefers_async,
)
from memory_service.http_api.problems import STATUS, answer_failure
from memory_service.http_api.routes import DescribedRouter
from memory_service.runtime import Invocation, Invoked

router = DescribedRouter(prefix=RUNTIME, tags=["tools"])

_NOT_BY_A_TOOL = {"not_found", "execution_not_found", "method_not_allowed", "events_expired"}

_RESPONSES = {
    200: answer(wire.Invoked, examples.INVOKED, "The tool has run", headers=["Idempotency-Replayed"]),
    202: answer(
        wire.Invoked,
        description="The execution runs on: `summary` and `result` are null",
        headers=["Preference-Applied", "Location"],
    ),
    **errors(*RUNTIME_WIDE, *WITH_BODY, *(STATUS.keys() - _NOT_BY_A_TOOL)),
}
_REQUEST = {
    **body(InvokeBody, examples.INVOKE_BODY),
    "parameters": [
        header(
            "Idempotency-Key",
            "Send the same value with a retry: the first request's answer is replayed, and nothing runs twice.",
            minLength=1,
            maxLength=255,
            pattern=r"^[\x20-\x7e]+$",
        ),
        header("Prefer", "`respond-async` answers 202 at once; the execution runs on."),
    ],
}


@router.post("/tools/{toolName}", operation_id="invokeTool", responses=_RESPONSES, openapi_extra=_REQUEST)
async def invoke_tool(request: Request, caller: AuthenticatedCaller, tool_name: ToolNameParameter) -> Response:
    """Invoke a tool: in the session that the body names, or in a new one."""
    return await _invoke(request, caller, tool_name, None)


@router.post(
    "/sessions/{sessionId}/tools/{toolName}",
    operation_id="invokeSessionTool",
    responses=_RESPONSES,
    openapi_extra=_REQUEST,
)
async def invoke_session_tool(
    request: Request, caller: AuthenticatedCaller, session_id: SessionIdParameter, tool_name: ToolNameParameter
) -> Response:
    """Invoke a tool inside a session. A ``sessionId`` in the body has to be the same one."""
    return await _invoke(request, caller, tool_name, session_id)


async def _invoke(request: Request, caller: Caller, tool_name: str, path_session: str | None) -> Response:
    key, respond_async = idempotency_key(request.headers), prefers_async(request.headers)
    sent = await read_body(request, InvokeBody, caller)
    if path_session is not None and sent.session_id not in {None, path_session}:
        fault = {"field": "sessionId", "message": "It is not the session of the address", "rule": "same_session"}
        raise RequestInvalid("sessionId is not the session of the address", [fault])
    session_id = path_session or sent.session_id
    invocation = Invocation(
        tool=tool_name,
        input=sent.input,
        connected_account_id=sent.connected_account_id,
        session_id=SessionId(session_id) if session_id is not None else None,
        title=sent.title,
        idempotency_key=key,
    )
    invoked = await caller.runtime.invoke(caller.principal, invocation, respond_async=respond_async)
    return _answer(invoked, caller)


def _answer(invoked: Invoked, caller: Caller) -> Response:
    execution = invoked.execution
    headers = {"Idempotency-Replayed": "true"} if invoked.replayed else {}
    if execution.failure:
        return answer_failure(execution.failure, caller.exchange.request_id, headers)
    if execution.status.final:
        return JsonResponse(shapes.invoked(invoked, caller.base), 200, headers)
    accepted = {"Preference-Applied": "respond-async", "Location": execution_url(caller.base, execution.id)}
    return JsonResponse(shapes.invoked(invoked, caller.base), 202, {**headers, **accepted})
