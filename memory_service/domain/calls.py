"""Who calls, and what a running call carries with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from memory_service.domain.ids import ExecutionId, KeyId, OrgId, RunId, SessionId


class Scope(StrEnum):
    """What a key may do; the names are those of the wire contract."""

    RUNTIME = "runtime"
    RUNTIME_READ = "runtime:read"
    GIT_READ = "git:read"
    GIT_WRITE = "git:write"
    ALL = "*"


_IMPLIED = {Scope.RUNTIME: {Scope.RUNTIME_READ}, Scope.GIT_WRITE: {Scope.GIT_READ}, Scope.ALL: set(Scope)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The bearer of a verified key."""

    org: OrgId
    key_id: KeyId
    key_name: str
    scopes: frozenset[Scope]

    def allows(self, scope: Scope) -> bool:
        """Whether the key carries the scope, itself or implied by another."""
        return any(scope == held or scope in _IMPLIED.get(held, ()) for held in self.scopes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One execution as its handler sees it."""

    principal: Principal
    capability: str
    session_id: SessionId
    execution_id: ExecutionId
    run_id: RunId
    connected_account_id: str | None = None
    check: Callable[[], None] = field(default=lambda: None)
    """Raises ``Timeout`` once the deadline of the execution has passed. Called before work that cannot be undone."""
    checkpoint: Callable[[str], None] = field(default=lambda summary: None)
    """Adds a ``checkpoint`` event with a summary to the execution's stream."""
    seen: Callable[[str], tuple[str, ...]] = field(default=lambda resource: ())
    """The versions of a resource that this session has seen, oldest first; see ``Outcome.seen``."""

    @property
    def org(self) -> OrgId:
        """The organisation that the call acts for."""
        return self.principal.org


JsonObject = Mapping[str, object]
"""A JSON object: string keys; values that ``json.dumps`` takes."""
