"""What the runtime needs of a store of sessions, executions and events.

Every method is one transaction: what it keeps is stored together or not at all.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from memory_service.domain.executions import Checkpoint, Course, Execution, ListedExecution, Session
from memory_service.domain.ids import ExecutionId, OrgId, SessionId
from memory_service.domain.steps import Earlier, Finish, IdempotencyKey, Start

__all__ = ["Earlier", "Finish", "IdempotencyKey", "Instances", "RuntimeStore", "Start"]


class RuntimeStore(Protocol):
    """Sessions, executions, checkpoints and idempotency keys of all organisations."""

    def create_session(self, session: Session) -> None:
        """Keep a new session."""

    def session(self, org: OrgId, session_id: SessionId) -> Session | None:
        """A session of the organisation."""

    def sessions(self, org: OrgId, limit: int, before: SessionId | None) -> Sequence[Session]:
        """Sessions of the organisation, newest first (by id, which is time-ordered), older than ``before``."""

    def archive_session(self, org: OrgId, session_id: SessionId, at: datetime) -> Session | None:
        """Close a session (a second time changes nothing) and give it back; None when there is none."""

    def begin(self, start: Start) -> tuple[Session, Earlier | None]:
        """Keep an execution that is about to run, its session's ``updated_at`` and its idempotency key; answers the
        session as it is now. When the idempotency key is taken, nothing is kept and the earlier execution is answered.

        Raises:
            SessionNotFound: the execution's session does not exist in the organisation.
            SessionArchived: it takes no executions.
        """

    def earlier(self, key: IdempotencyKey) -> Earlier | None:
        """The execution that an idempotency key stands for (``key.fingerprint`` is not looked at)."""

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint of a running execution."""

    def finish(self, finish: Finish) -> bool:
        """Keep the end of an execution, what its session has seen, and its session's ``updated_at``.

        False, and nothing kept, when the execution has ended already (somebody else settled it).
        """

    def execution(self, org: OrgId, execution_id: ExecutionId) -> Execution | None:
        """An execution of the organisation."""

    def executions(
        self, org: OrgId, session_id: SessionId, limit: int, before: ExecutionId | None
    ) -> Sequence[ListedExecution]:
        """Executions of a session, newest first (by id, which is time-ordered), older than ``before``.

        Their inputs and results are not read: a page of them can hold more than the process has room for.
        """

    def course(self, execution_id: ExecutionId, after: int) -> Course | None:
        """How an execution has gone up to one moment, with the checkpoints whose ``seq`` is greater than ``after``.

        None when it has been expired, or does not exist.
        """

    def seen(self, session_id: SessionId, resource: str) -> tuple[str, ...]:
        """The versions of a resource that a session has seen, oldest first."""

    def unfinished(self) -> Sequence[Execution]:
        """All executions that have not ended, oldest first."""

    def expire(self, before: datetime) -> int:
        """Forget checkpoints and idempotency keys of executions that ended before a moment, and that they have events;
        answers how many executions.

        The executions themselves stay.
        """


class Instances(Protocol):
    """The server processes that work on the same data."""

    @property
    def own(self) -> str:
        """The name under which this process owns its executions."""

    def alive(self, owner: str) -> bool:
        """Whether the process of that name still runs; this one does."""
