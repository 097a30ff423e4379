"""Executions: what one call of a tool did."""

from starlette.responses import Response

from memory_service.domain.ids import ExecutionId
from memory_service.http_api import examples, shapes, wire
from memory_service.http_api.addresses import RUNTIME
from memory_service.http_api.answers import JsonResponse
from memory_service.http_api.authentication import AuthenticatedCaller
from memory_service.http_api.openapi import RUNTIME_WIDE, answer, errors
from memory_service.http_api.parameters import ExecutionIdParameter
from memory_service.http_api.routes import DescribedRouter

router = DescribedRouter(prefix=f"{RUNTIME}/executions", tags=["executions"])


@router.get(
    "/{executionId}",
    operation_id="getExecution",
    responses={
        200: answer(wire.OneExecution, examples.EXECUTION),
        **errors(*RUNTIME_WIDE, "execution_not_found"),
    },
)
async def get_execution(caller: AuthenticatedCaller, execution_id: ExecutionIdParameter) -> Response:
    """Get an execution: its status, its input, its result and the commit that it made."""
    execution = await caller.call(caller.core.execution, caller.principal, ExecutionId(execution_id))
    return JsonResponse({"execution": shapes.execution(execution, caller.base)})
