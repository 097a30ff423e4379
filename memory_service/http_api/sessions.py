"""Sessions: containers of related executions."""

from starlette.requests import Request
from starlette.responses import Response

from memory_service.domain.executions import Session
from memory_service.domain.ids import SessionId
from memory_service.http_api import examples, shapes, wire
from memory_service.http_api.addresses import RUNTIME, url_members
from memory_service.http_api.answers import JsonResponse
from memory_service.http_api.authentication import AuthenticatedCaller
from memory_service.http_api.bodies import EmptyBody, SessionBody, read_body
from memory_service.http_api.openapi import RUNTIME_WIDE, WITH_BODY, answer, body, errors
from memory_service.http_api.parameters import PageQuery, SessionIdParameter
from memory_service.http_api.routes import DescribedRouter

router = DescribedRouter(prefix=f"{RUNTIME}/sessions", tags=["sessions"])


@router.post(
    "",
    operation_id="createSession",
    responses={200: answer(wire.SessionWithUrls, examples.SESSION_WITH_URLS), **errors(*RUNTIME_WIDE, *WITH_BODY)},
    openapi_extra=body(SessionBody, examples.SESSION_BODY),
)
async def create_session(request: Request, caller: AuthenticatedCaller) -> Response:
    """Create a session."""
    sent = await read_body(request, SessionBody, caller)
    session = await caller.call(caller.core.create_session, caller.principal, sent.title)
    return _with_urls(session, caller.base)


@router.get(
    "",
    operation_id="listSessions",
    responses={200: answer(wire.SessionPage, examples.SESSIONS), **errors(*RUNTIME_WIDE, "request_invalid")},
)
async def list_sessions(caller: AuthenticatedCaller, page: PageQuery) -> Response:
    """List the organisation's sessions, newest first."""
    found = await caller.call(caller.core.sessions, caller.principal, page.limit, page.cursor)
    return JsonResponse({"sessions": list(map(shapes.session, found.items)), **shapes.next_cursor(found)})


@router.get(
    "/{sessionId}",
    operation_id="getSession",
    responses={
        200: answer(wire.SessionWithUrls, examples.SESSION_WITH_URLS),
        **errors(*RUNTIME_WIDE, "session_not_found"),
    },
)
async def get_session(caller: AuthenticatedCaller, session_id: SessionIdParameter) -> Response:
    """Get a session, and the addresses to go on with."""
    session = await caller.call(caller.core.session, caller.principal, SessionId(session_id))
    return _with_urls(session, caller.base)


@router.get(
    "/{sessionId}/executions",
    operation_id="listSessionExecutions",
    responses={
        200: answer(wire.ExecutionPage, examples.EXECUTIONS),
        **errors(*RUNTIME_WIDE, "request_invalid", "session_not_found"),
    },
)
async def list_executions(caller: AuthenticatedCaller, session_id: SessionIdParameter, page: PageQuery) -> Response:
    """List the executions of a session, newest first; `getExecution` has the input and the result of each."""
    found = await caller.call(caller.core.executions, caller.principal, SessionId(session_id), page.limit, page.cursor)
    executions = [shapes.listed_execution(execution, caller.base) for execution in found.items]
    return JsonResponse({"executions": executions, **shapes.next_cursor(found)})


@router.post(
    "/{sessionId}/archive",
    operation_id="archiveSession",
    responses={
        200: answer(wire.OneSession, examples.SESSION),
        **errors(*RUNTIME_WIDE, *WITH_BODY, "session_not_found"),
    },
    openapi_extra=body(EmptyBody, {}),
)
async def archive_session(request: Request, caller: AuthenticatedCaller, session_id: SessionIdParameter) -> Response:
    """Close a session for further executions. It can still be read; a second time changes nothing."""
    await read_body(request, EmptyBody, caller)
    session = await caller.call(caller.core.archive, caller.principal, SessionId(session_id))
    return JsonResponse({"session": shapes.session(session)})


def _with_urls(session: Session, base: str) -> Response:
    return JsonResponse({"session": shapes.session(session), **url_members(base)})
