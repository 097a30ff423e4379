"""Sessions, the executions inside them, and the events that tell what an execution did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from memory_service.domain.calls import JsonObject
from memory_service.domain.ids import CommitId, ExecutionId, KeyId, OrgId, RunId, SessionId

INTERACTION_MODE = "execute"
SOURCE = "api"
DEFAULT_TITLE = "Agent Runtime Session"


class SessionStatus(StrEnum):
    """Whether a session takes further executions."""

    ACTIVE = "active"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A container of related executions."""

    id: SessionId
    org: OrgId
    title: str
    status: SessionStatus
    created_at: datetime
    updated_at: datetime
    source: str = SOURCE
    interaction_mode: str = INTERACTION_MODE


class ExecutionStatus(StrEnum):
    """The states of an execution; the last two are final."""

    EXECUTING = "executing"
    WAITING = "waiting"
    FAILED = "failed"
    COMPLETED = "completed"

    @property
    def final(self) -> bool:
        """Whether an execution in this state has ended."""
        return self in {ExecutionStatus.FAILED, ExecutionStatus.COMPLETED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The error that ended an execution, as it is kept: enough to answer the same again."""

    code: str
    message: str
    details: JsonObject
    retryable: bool
    retry_after: int | None = None
    """Seconds, where the error says how long to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedExecution:
    """One run of a capability, without what it was given and what it gave back: each can be as large as a file."""

    id: ExecutionId
    run_id: RunId
    session_id: SessionId
    org: OrgId
    key_id: KeyId
    capability: str
    connected_account_id: str | None
    tool_use_id: str
    """The name under which its events tell of the use of the capability."""
    status: ExecutionStatus
    created_at: datetime
    owner: str
    """The server process that runs it; its executions are settled by others once it is gone."""
    finished_at: datetime | None = None
    summary: str | None = None
    failure: Failure | None = None
    commit: CommitId | None = None
    """The commit it made: law 3, "the execution row names the commit"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution(ListedExecution):
    """One run of a capability."""

    input: JsonObject
    """The input exactly as it was sent."""
    result: JsonObject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a running execution told of how far it had come."""

    execution_id: ExecutionId
    seq: int
    """Its number among the events of the execution."""
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How far an execution had come at some moment: which events there are, and those that it does not tell itself."""

    execution: ListedExecution
    """As it was at that moment."""
    checkpoints: Sequence[Checkpoint]
    """In order; those that were asked for."""
    last_checkpoint: int | None
    """The ``seq`` of the last one that there is, asked for or not."""


class EventType(StrEnum):
    """The events of the wire contract."""

    SESSION = "session"
    RUN_STATUS = "run_status"
    TOOL_USE = "tool_use"
    CHECKPOINT = "checkpoint"
    TOOL_RESULT = "tool_result"
    DONE = "done"
    ERROR = "error"

    @property
    def terminal(self) -> bool:
        """Whether the stream of an execution ends with this event."""
        return self in {EventType.DONE, EventType.ERROR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact about an execution; ``seq`` counts from 1 within it, without a gap."""

    execution_id: ExecutionId
    seq: int
    type: EventType
    data: JsonObject
