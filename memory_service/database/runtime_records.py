"""Sessions, executions, their checkpoints and their idempotency keys: the store that ``runtime`` needs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from memory_service.database import statements
from memory_service.database.database import Database
from memory_service.database.encoding import milliseconds
from memory_service.database.rows import (
    Values,
    checkpoint_values,
    course_of,
    ending_values,
    execution_of,
    execution_values,
    listed_execution_of,
    session_of,
    session_values,
)
from memory_service.domain.errors import SessionArchived, SessionNotFound
from memory_service.domain.executions import Checkpoint, Course, Execution, ListedExecution, Session
from memory_service.domain.ids import ExecutionId, OrgId, SessionId
from memory_service.domain.steps import Earlier, Finish, IdempotencyKey, Start

EXPIRED_AT_ONCE = 500
"""Executions whose events are forgotten in one transaction: others wait only for so much."""


class RuntimeRecords:
    """The store of what the runtime does. Every method is one transaction, save ``expire``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create_session(self, session: Session) -> None:
        """Keep a new session."""
        values = session_values(session)
        self._database.write(lambda connection: statements.ADD_SESSION.run(connection, values))

    def session(self, org: OrgId, session_id: SessionId) -> Session | None:
        """A session of the organisation."""
        with self._database.read() as connection:
            return _session(connection, org, session_id)

    def sessions(self, org: OrgId, limit: int, before: SessionId | None) -> Sequence[Session]:
        """Sessions of the organisation, newest first, older than ``before``."""
        query = statements.sessions_before(org, limit, before)
        with self._database.read() as connection:
            return [session_of(row) for row in connection.execute(query)]

    def archive_session(self, org: OrgId, session_id: SessionId, at: datetime) -> Session | None:
        """Close a session (a second time changes nothing) and give it back; None when there is none."""

        def work(connection: Connection) -> Session | None:
            values = {"of_org": org, "of_session": session_id, "at": milliseconds(at)}
            archived = statements.ARCHIVE_SESSION.row(connection, values)
            return session_of(archived) if archived else _session(connection, org, session_id)

        return self._database.write(work)

    def begin(self, start: Start) -> tuple[Session, Earlier | None]:
        """Keep an execution that is about to run; see the runtime's port.

        Raises:
            SessionNotFound: the execution's session does not exist in the organisation.
            SessionArchived: it takes no executions.
        """
        execution = execution_values(start.execution)

        def work(connection: Connection) -> tuple[Session, Earlier | None]:
            earlier = start.idempotency and _earlier(connection, start.idempotency)
            if earlier:
                (row,) = statements.SESSION.rows(connection, _of_session(earlier.execution))
                return session_of(row), earlier
            session = (
                _add_session(connection, start.new_session, start.execution.created_at)
                if start.new_session
                else _touch_session(connection, start.execution)
            )
            statements.ADD_EXECUTION.run(connection, execution)
            if start.idempotency:
                _add_idempotency_key(connection, start.idempotency, start.execution.id)
            return session, None

        return self._database.write(work, lasting=start.lasting)

    def earlier(self, key: IdempotencyKey) -> Earlier | None:
        """The execution that an idempotency key stands for."""
        with self._database.read() as connection:
            return _earlier(connection, key)

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint of a running execution."""
        values = checkpoint_values(checkpoint)
        self._database.write(lambda connection: statements.ADD_CHECKPOINT.run(connection, values))

    def finish(self, finish: Finish) -> bool:
        """Keep the end of an execution; False, and nothing kept, when it has ended already. See the runtime's port."""
        execution = finish.execution
        ending = ending_values(execution) | {"of_execution": execution.id}

        def work(connection: Connection) -> bool:
            if not statements.END_EXECUTION.run(connection, ending):
                return False
            statements.TOUCH_SESSION.run(connection, {"of_session": execution.session_id, "at": ending["finished_at"]})
            for resource, version in finish.seen.items():
                _see(connection, execution.session_id, resource, version)
            if finish.release_idempotency:
                statements.RELEASE_IDEMPOTENCY_KEY.run(connection, {"of_execution": execution.id})
            return True

        return self._database.write(work)

    def execution(self, org: OrgId, execution_id: ExecutionId) -> Execution | None:
        """An execution of the organisation."""
        with self._database.read() as connection:
            row = statements.EXECUTION.row(connection, {"of_org": org, "of_execution": execution_id})
            return execution_of(row) if row else None

    def executions(
        self, org: OrgId, session_id: SessionId, limit: int, before: ExecutionId | None
    ) -> Sequence[ListedExecution]:
        """Executions of a session, newest first, older than ``before``."""
        query = statements.executions_before(org, session_id, limit, before)
        with self._database.read() as connection:
            return [listed_execution_of(row) for row in connection.execute(query)]

    def course(self, execution_id: ExecutionId, after: int) -> Course | None:
        """How an execution has gone up to one moment, with the checkpoints whose ``seq`` is greater than ``after``;
        None when it has been expired, or does not exist."""
        with self._database.read() as connection:
            rows = statements.COURSE.rows(connection, {"of_execution": execution_id, "after": after})
            return course_of(rows) if rows else None

    def seen(self, session_id: SessionId, resource: str) -> tuple[str, ...]:
        """The versions of a resource that a session has seen, oldest first."""
        with self._database.read() as connection:
            values = {"of_session": session_id, "of_resource": resource}
            return tuple(version for (version,) in statements.SEEN.rows(connection, values))

    def unfinished(self) -> Sequence[Execution]:
        """All executions that have not ended, oldest first."""
        with self._database.read() as connection:
            return [execution_of(row) for row in statements.UNFINISHED.rows(connection, {})]

    def expire(self, before: datetime) -> int:
        """Forget checkpoints and idempotency keys of executions that ended before a moment, and that they have events;
        answers how many executions."""
        expired = 0
        while count := self._database.write(lambda connection: _expire(connection, before)):
            expired += count
        return expired


def _of_session(execution: Execution) -> Values:
    return {"of_org": execution.org, "of_session": execution.session_id}


def _session(connection: Connection, org: OrgId, session_id: SessionId) -> Session | None:
    row = statements.SESSION.row(connection, {"of_org": org, "of_session": session_id})
    return session_of(row) if row else None


def _add_session(connection: Connection, session: Session, at: datetime) -> Session:
    used = replace(session, updated_at=at)
    statements.ADD_SESSION.run(connection, session_values(used))
    return used


def _touch_session(connection: Connection, execution: Execution) -> Session:
    """Note that an active session is used.

    Raises:
        SessionNotFound, SessionArchived: it is not there, or not active.
    """
    values = _of_session(execution)
    row = statements.TOUCH_ACTIVE_SESSION.row(connection, values | {"at": milliseconds(execution.created_at)})
    if row:
        return session_of(row)
    raise SessionArchived if statements.SESSION.row(connection, values) else SessionNotFound


def _earlier(connection: Connection, key: IdempotencyKey) -> Earlier | None:
    values = {"of_org": key.org, "of_key": key.key_id, "of_tool": key.tool, "of_value": key.value}
    row = statements.EARLIER.row(connection, values)
    return Earlier(execution=execution_of(row[1:]), fingerprint=row[0]) if row else None


def _add_idempotency_key(connection: Connection, key: IdempotencyKey, execution_id: ExecutionId) -> None:
    values = {
        "org": key.org,
        "key_id": key.key_id,
        "tool": key.tool,
        "value": key.value,
        "fingerprint": key.fingerprint,
        "execution_id": execution_id,
    }
    statements.ADD_IDEMPOTENCY_KEY.run(connection, values)


def _see(connection: Connection, session_id: SessionId, resource: str, version: str) -> None:
    """Put a version at the newest place, wherever it was."""
    statements.FORGET_SEEN.run(connection, {"of_session": session_id, "of_resource": resource, "of_version": version})
    statements.ADD_SEEN.run(connection, {"session_id": session_id, "resource": resource, "version": version})


def _expire(connection: Connection, before: datetime) -> int:
    values = {"before": milliseconds(before), "limit": EXPIRED_AT_ONCE}
    statements.EXPIRE_CHECKPOINTS.run(connection, values)
    statements.EXPIRE_IDEMPOTENCY_KEYS.run(connection, values)
    return statements.MARK_EXPIRED.run(connection, values)
