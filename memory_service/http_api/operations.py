"""What operators ask: is it alive, is it ready, how is it doing. No key is needed."""

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from memory_service.domain.errors import Overloaded
from memory_service.domain.executions import Failure
from memory_service.http_api import wire
from memory_service.http_api.answers import JsonResponse
from memory_service.http_api.authentication import Services
from memory_service.http_api.exchange import Exchange
from memory_service.http_api.openapi import EVERYWHERE, answer, errors
from memory_service.http_api.problems import answer_failure
from memory_service.http_api.routes import DescribedRouter

router = DescribedRouter(tags=["operations"])


@router.get(
    "/healthz",
    operation_id="getHealth",
    responses={200: answer(wire.Health, {"status": "ok"}), **errors(*EVERYWHERE)},
)
@router.head("/healthz", include_in_schema=False)
async def get_health() -> Response:
    """Whether the process answers."""
    return JsonResponse({"status": "ok"})


@router.get(
    "/readyz",
    operation_id="getReadiness",
    responses={
        200: answer(wire.Readiness, {"status": "ready", "checks": {"database": True}}),
        **errors(*EVERYWHERE, "overloaded"),
    },
)
@router.head("/readyz", include_in_schema=False)
async def get_readiness(request: Request) -> Response:
    """Whether requests can be served: what is checked, and what came of it."""
    services = Services.of(request)
    checks = dict(await services.runtime.call(services.ready))
    if all(checks.values()):
        return JsonResponse({"status": "ready", "checks": checks})
    failing = ", ".join(name for name, good in checks.items() if not good)
    error = Overloaded(f"not ready: {failing}")
    failure = Failure(
        code=error.code,
        message=error.message,
        details={"checks": checks},
        retryable=error.retryable,
        retry_after=error.retry_after,
    )
    return answer_failure(failure, Exchange.of(request).request_id, {})


async def get_metrics(request: Request) -> Response:
    """Tell the metrics in the Prometheus text format."""
    return Response(Services.of(request).metrics.text(), media_type=CONTENT_TYPE_LATEST)
