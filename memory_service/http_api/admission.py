"""A request in JSON that another adapter answers: who sent it, and what."""

from dataclasses import dataclass

from starlette.requests import Request

from memory_service.domain.calls import Principal
from memory_service.domain.ids import ExecutionId
from memory_service.http_api.addresses import events_url
from memory_service.http_api.authentication import authenticated
from memory_service.http_api.bodies import read_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A request whose key, rate and body are as those of the runtime API have to be."""

    principal: Principal
    base: str
    body: bytes

    def events_url(self, execution_id: ExecutionId) -> str:
        """Where an execution's events are found."""
        return events_url(self.base, execution_id)


async def admission(request: Request) -> Admission:
    """Take in a request.

    Raises:
        whatever ``authenticated`` and ``read_json`` raise.
    """
    sender = await authenticated(request)
    body, _ = await read_json(request, sender)
    return Admission(principal=sender.principal, base=sender.base, body=body)
