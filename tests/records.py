"""Sessions, executions and their checkpoints, ready to be stored."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

from memory_service.domain.executions import (
    Checkpoint,
    Execution,
    ExecutionStatus,
    ListedExecution,
    Session,
    SessionStatus,
)
from memory_service.domain.ids import CommitId, ExecutionId, KeyId, OrgId, PushId, RunId, SessionId
from memory_service.domain.pushes import PushRecord
from memory_service.domain.steps import Finish, IdempotencyKey, Start

ACME = OrgId("acme")
RIVAL = OrgId("rival")
KEY = KeyId("key_1")
NOON = datetime(2026, 4, 15, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """A moment so long after noon."""
    return NOON + timedelta(seconds=seconds)


def session(number: int, org: OrgId = ACME) -> Session:
    return Session(
        id=SessionId(f"session_{number:04d}"),
        org=org,
        title="Research",
        status=SessionStatus.ACTIVE,
        created_at=at(number),
        updated_at=at(number),
    )


def execution(number: int, inside: Session) -> Execution:
    return Execution(
        id=ExecutionId(f"exec_{number:04d}"),
        run_id=RunId(f"run_{number:04d}"),
        session_id=inside.id,
        org=inside.org,
        key_id=KEY,
        capability="memory_search",
        connected_account_id=None,
        tool_use_id=f"runtime_{number:04d}",
        input={"query": "ICP", "limit": 3},
        status=ExecutionStatus.EXECUTING,
        created_at=at(number),
        owner="server_1",
    )


def listed(one: Execution) -> ListedExecution:
    """The execution as a list has it."""
    shown = {field.name: getattr(one, field.name) for field in fields(ListedExecution)}
    return ListedExecution(**shown)


def checkpoint(of: Execution, seq: int, summary: str = "half") -> Checkpoint:
    return Checkpoint(execution_id=of.id, seq=seq, summary=summary)


def start(of: Execution, new_session: Session | None = None, idempotency: IdempotencyKey | None = None) -> Start:
    return Start(execution=of, new_session=new_session, idempotency=idempotency)


def completed(of: Execution, finished_at: datetime) -> Execution:
    return replace(
        of,
        status=ExecutionStatus.COMPLETED,
        finished_at=finished_at,
        summary="1 hit",
        result={"hits": [{"score": 1.5}]},
    )


def finish(of: Execution, *, seen: Mapping[str, str] | None = None, release_idempotency: bool = False) -> Finish:
    """The end of an execution in its final state."""
    return Finish(execution=of, seen=seen or {}, release_idempotency=release_idempotency)


def idempotency(
    value: str, org: OrgId = ACME, key: KeyId = KEY, tool: str = "memory_search", fingerprint: bytes = b"f" * 32
) -> IdempotencyKey:
    return IdempotencyKey(org=org, key_id=key, tool=tool, value=value, fingerprint=fingerprint)


def push(number: int, org: OrgId = ACME) -> PushRecord:
    """A push of some commits; the numbers tell the order."""
    return PushRecord(
        id=PushId(f"push_{number}"),
        org=org,
        key_id=KeyId(f"key_{org}"),
        old=CommitId(f"{number:040x}"),
        new=CommitId(f"{number + 1:040x}"),
        commits=number,
        at=at(number),
    )
