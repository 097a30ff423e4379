"""What a client asks for when it invokes a tool, and what it is answered."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from memory_service.domain.calls import JsonObject, Principal
from memory_service.domain.capabilities import Account, Capability
from memory_service.domain.errors import AccountAmbiguous, AccountNotApplicable, AccountNotFound
from memory_service.domain.executions import Execution, Session
from memory_service.domain.ids import SessionId
from memory_service.domain.steps import IdempotencyKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """A request to run a tool once."""

    tool: str
    input: JsonObject = field(default_factory=dict)
    connected_account_id: str | None = None
    session_id: SessionId | None = None
    """The session that the request names; None: it names none."""
    title: str | None = None
    """The title of the session where one is created."""
    home: SessionId | None = None
    """The session to run in where the request names none; no part of the request, which another process may repeat."""
    idempotency_key: str | None = None
    on_checkpoint: Callable[[str], None] = field(default=lambda summary: None, compare=False)
    """Told of each checkpoint once it is kept, in the thread of the execution; must return at once and not raise."""

    @property
    def joined(self) -> SessionId | None:
        """The session to run in; None: one is created."""
        return self.home if self.session_id is None else self.session_id

    def key_of(self, principal: Principal) -> IdempotencyKey | None:
        """The idempotency key in its scope, with the fingerprint of this request; None when none was sent."""
        if self.idempotency_key is None:
            return None
        request = [self.tool, self.input, self.connected_account_id, self.session_id, self.title]
        canonical = json.dumps(request, sort_keys=True, separators=(",", ":"))
        return IdempotencyKey(
            org=principal.org,
            key_id=principal.key_id,
            tool=self.tool,
            value=self.idempotency_key,
            fingerprint=hashlib.sha256(canonical.encode()).digest(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoked:
    """The answer to an invocation. The execution has completed, has failed, or (where only its start was asked for)
    still runs."""

    session: Session
    capability: Capability
    execution: Execution
    replayed: bool = False
    """Whether this is the answer to an earlier request with the same idempotency key."""


def account_for(capability: Capability, chosen: str | None) -> str | None:
    """The connected account that a call acts through; None for a capability that has none.

    Raises:
        AccountNotApplicable: one was chosen for a capability that has none.
        AccountNotFound: the capability is not on the chosen one.
        AccountAmbiguous: it is on several and none was chosen.
    """
    ids = [account.connected_account_id for account in capability.accounts]
    if chosen is not None:
        if not ids:
            raise AccountNotApplicable(capability.name)
        if chosen not in ids:
            raise AccountNotFound
        return chosen
    if len(ids) > 1:
        raise AccountAmbiguous(capability.name, [_described(account) for account in capability.accounts])
    return ids[0] if ids else None


def _described(account: Account) -> dict[str, str]:
    return {
        "connectedAccountId": account.connected_account_id,
        "integrationId": account.integration_id,
        "backend": account.backend,
    }
