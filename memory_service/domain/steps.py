"""The two steps by which an execution is kept, its start and its end, with all that is stored beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from memory_service.domain.executions import Execution, Session
from memory_service.domain.ids import KeyId, OrgId


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    """What makes a request the same as an earlier one: its scope, and a fingerprint of its body."""

    org: OrgId
    key_id: KeyId
    tool: str
    value: str
    fingerprint: bytes
    """SHA-256 of the canonical request, 32 bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """An execution about to run, with what is stored beside it."""

    execution: Execution
    new_session: Session | None = None
    """The session to create with it; None: the execution's session exists."""
    idempotency: IdempotencyKey | None = None
    lasting: bool = True
    """Whether it is on disk at once; otherwise it is when the end is, and a failure of power before takes both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The execution that an idempotency key already stands for."""

    execution: Execution
    fingerprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """How an execution ended."""

    execution: Execution
    """In its final state."""
    seen: Mapping[str, str] = field(default_factory=dict)
    """Resource → version that the session has now seen."""
    release_idempotency: bool = False
    """Forget the idempotency key, so that a retry runs anew."""
