"""The store of sessions, executions and checkpoints, kept in memory."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from memory_service.domain.errors import SessionArchived, SessionNotFound
from memory_service.domain.executions import Checkpoint, Course, Execution, ListedExecution, Session, SessionStatus
from memory_service.domain.ids import ExecutionId, KeyId, OrgId, SessionId
from memory_service.domain.steps import Earlier, Finish, IdempotencyKey, Start
from tests.records import listed

Scope = tuple[OrgId, KeyId, str, str]


class InMemoryRuntimeStore:
    """Behaves as the port says; one lock stands for the transaction."""

    def __init__(self) -> None:
        self._turn = threading.RLock()
        self._sessions: dict[SessionId, Session] = {}
        self._executions: dict[ExecutionId, Execution] = {}
        self._checkpoints: dict[ExecutionId, list[Checkpoint]] = {}
        """Of the executions that have not been expired."""
        self._keys: dict[Scope, tuple[ExecutionId, bytes]] = {}
        self._seen: dict[tuple[SessionId, str], list[str]] = {}

    def create_session(self, session: Session) -> None:
        with self._turn:
            self._sessions[session.id] = session

    def session(self, org: OrgId, session_id: SessionId) -> Session | None:
        found = self._sessions.get(session_id)
        return found if found and found.org == org else None

    def sessions(self, org: OrgId, limit: int, before: SessionId | None) -> Sequence[Session]:
        with self._turn:
            own = [s for s in self._sessions.values() if s.org == org and (before is None or s.id < before)]
        return sorted(own, key=lambda session: session.id, reverse=True)[:limit]

    def archive_session(self, org: OrgId, session_id: SessionId, at: datetime) -> Session | None:
        with self._turn:
            session = self.session(org, session_id)
            if session and session.status is SessionStatus.ACTIVE:
                session = replace(session, status=SessionStatus.ARCHIVED, updated_at=at)
                self._sessions[session_id] = session
            return session

    def begin(self, start: Start) -> tuple[Session, Earlier | None]:
        execution = start.execution
        with self._turn:
            earlier = self.earlier(start.idempotency) if start.idempotency else None
            if earlier:
                return self._sessions[earlier.execution.session_id], earlier
            session = start.new_session or self.session(execution.org, execution.session_id)
            if session is None:
                raise SessionNotFound
            if session.status is SessionStatus.ARCHIVED:
                raise SessionArchived
            session = replace(session, updated_at=execution.created_at)
            self._sessions[session.id] = session
            self._executions[execution.id] = execution
            self._checkpoints[execution.id] = []
            if start.idempotency:
                self._keys[_scope(start.idempotency)] = (execution.id, start.idempotency.fingerprint)
            return session, None

    def earlier(self, key: IdempotencyKey) -> Earlier | None:
        with self._turn:
            held = self._keys.get(_scope(key))
            return Earlier(execution=self._executions[held[0]], fingerprint=held[1]) if held else None

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        with self._turn:
            self._checkpoints[checkpoint.execution_id].append(checkpoint)

    def finish(self, finish: Finish) -> bool:
        execution = finish.execution
        with self._turn:
            if self._executions[execution.id].status.final:
                return False
            self._executions[execution.id] = execution
            session = self._sessions[execution.session_id]
            self._sessions[session.id] = replace(session, updated_at=execution.finished_at or session.updated_at)
            for resource, version in finish.seen.items():
                versions = self._seen.setdefault((execution.session_id, resource), [])
                versions[:] = [*(other for other in versions if other != version), version]
            if finish.release_idempotency:
                self._forget_keys({execution.id})
            return True

    def execution(self, org: OrgId, execution_id: ExecutionId) -> Execution | None:
        found = self._executions.get(execution_id)
        return found if found and found.org == org else None

    def executions(
        self, org: OrgId, session_id: SessionId, limit: int, before: ExecutionId | None
    ) -> Sequence[ListedExecution]:
        with self._turn:
            own = [
                listed(execution)
                for execution in self._executions.values()
                if (execution.org, execution.session_id) == (org, session_id)
                and (before is None or execution.id < before)
            ]
        return sorted(own, key=lambda execution: execution.id, reverse=True)[:limit]

    def course(self, execution_id: ExecutionId, after: int) -> Course | None:
        with self._turn:
            told = self._checkpoints.get(execution_id)
            if told is None:
                return None
            return Course(
                execution=listed(self._executions[execution_id]),
                checkpoints=[checkpoint for checkpoint in told if checkpoint.seq > after],
                last_checkpoint=told[-1].seq if told else None,
            )

    def seen(self, session_id: SessionId, resource: str) -> tuple[str, ...]:
        with self._turn:
            return tuple(self._seen.get((session_id, resource), ()))

    def unfinished(self) -> Sequence[Execution]:
        with self._turn:
            running = [execution for execution in self._executions.values() if not execution.status.final]
        return sorted(running, key=lambda execution: execution.id)

    def expire(self, before: datetime) -> int:
        with self._turn:
            old = {
                execution.id
                for execution in self._executions.values()
                if execution.finished_at and execution.finished_at < before and execution.id in self._checkpoints
            }
            for execution_id in old:
                del self._checkpoints[execution_id]
            self._forget_keys(old)
            return len(old)

    def _forget_keys(self, of: set[ExecutionId]) -> None:
        self._keys = {scope: held for scope, held in self._keys.items() if held[0] not in of}


def _scope(key: IdempotencyKey) -> Scope:
    return key.org, key.key_id, key.tool, key.value
