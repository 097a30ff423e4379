"""What is known of one request and its answer while it is under way."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, cast

from starlette.requests import Request

from memory_service.domain.calls import Principal


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One request and its answer. The outermost layer makes it; what later layers find out is noted here."""

    request_id: str
    principal: Principal | None = None
    headers: dict[str, str] = field(default_factory=dict)
    """Sent with the answer, whatever it will be."""
    status: int | None = None
    """None until the answer has begun."""

    def attach(self, scope: MutableMapping[str, Any]) -> None:
        """Make this the exchange of an ASGI scope."""
        scope.setdefault("state", {})["exchange"] = self

    @staticmethod
    def of(request: Request) -> "Exchange":
        """The exchange that a request is part of."""
        state: Mapping[str, Any] = request.scope["state"]
        return cast("Exchange", state["exchange"])


def note_principal(scope: MutableMapping[str, Any], principal: Principal) -> None:
    """Note who sends a request, for the log, where somebody else than this room finds it out."""
    Exchange.of(Request(scope)).principal = principal
