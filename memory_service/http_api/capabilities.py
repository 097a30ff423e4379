"""What a key's agents can invoke."""

from starlette.responses import Response

from memory_service.domain.ids import SessionId
from memory_service.http_api import examples, shapes, wire
from memory_service.http_api.addresses import RUNTIME, url_members
from memory_service.http_api.answers import JsonResponse
from memory_service.http_api.authentication import AuthenticatedCaller, Caller
from memory_service.http_api.openapi import RUNTIME_WIDE, answer, errors
from memory_service.http_api.parameters import SessionIdParameter
from memory_service.http_api.routes import DescribedRouter

router = DescribedRouter(prefix=RUNTIME, tags=["capabilities"])


@router.get(
    "/capabilities",
    operation_id="listCapabilities",
    responses={200: answer(wire.CapabilityList, examples.CAPABILITIES), **errors(*RUNTIME_WIDE)},
)
async def list_capabilities(caller: AuthenticatedCaller) -> Response:
    """List the capabilities that the key may invoke, in a stable order."""
    return await _listed(caller)


@router.get(
    "/sessions/{sessionId}/capabilities",
    operation_id="listSessionCapabilities",
    responses={
        200: answer(wire.CapabilityList, examples.CAPABILITIES),
        **errors(*RUNTIME_WIDE, "session_not_found"),
    },
)
async def list_session_capabilities(caller: AuthenticatedCaller, session_id: SessionIdParameter) -> Response:
    """List the capabilities that the key may invoke in a session."""
    await caller.call(caller.core.session, caller.principal, SessionId(session_id))
    return await _listed(caller)


async def _listed(caller: Caller) -> Response:
    capabilities = await caller.call(caller.core.capabilities, caller.principal)
    return JsonResponse({"capabilities": list(map(shapes.listed_capability, capabilities)), **url_members(caller.base)})
