"""A request in JSON that another adapter answers: who sent it, and what."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from memory_service.domain.calls import Principal
from memory_service.domain.errors import AuthThrottled, MemoryServiceError, TokenInvalid
from memory_service.domain.ids import ExecutionId
from memory_service.http_api.addresses import events_url
from memory_service.http_api.authentication import Caller, authenticated, verified
from memory_service.http_api.bodies import read_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A request whose key, rate and body are as those of the runtime API have to be."""

    request: Request
    sender: Caller
    body: bytes
    message: Any

    @property
    def principal(self) -> Principal:
        """Who sent it."""
        return self.sender.principal

    def events_url(self, execution_id: ExecutionId) -> str:
        """Where an execution's events are found."""
        return events_url(self.sender.base, execution_id)

    async def session(self) -> None:
        """None: each call has a session of its own, unless it names one."""

    async def is_welcome(self) -> bool:
        """Whether its key is still good, as far as that can be found out now."""
        try:
            await verified(self.request, self.sender.services)
        except (TokenInvalid, AuthThrottled):
            return False
        except MemoryServiceError:  # a server that is too busy to look has found nothing against it
            return True
        return True


async def admission(request: Request) -> Admission:
    """Take in a request.

    Raises:
        whatever ``authenticated`` and ``read_json`` raise.
    """
    sender = await authenticated(request)
    body, message = await read_json(request, sender)
    return Admission(request=request, sender=sender, body=body, message=message)
