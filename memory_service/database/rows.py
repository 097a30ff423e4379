"""Sessions, executions and checkpoints as rows, and rows as what they stand for: in the order of the tables' columns,
but for executions, whose large columns are the last (``statements.WHOLE``) or are left out (``statements.LISTED``)."""

from collections.abc import Sequence
from typing import Any

from memory_service.database.encoding import json_value, milliseconds, moment, text
from memory_service.domain.executions import (
    Checkpoint,
    Course,
    Execution,
    ExecutionStatus,
    Failure,
    ListedExecution,
    Session,
    SessionStatus,
)

Row = Sequence[Any]
Values = dict[str, Any]


def session_values(session: Session) -> Values:
    """The columns of a session."""
    return {
        "id": session.id,
        "org": session.org,
        "title": session.title,
        "source": session.source,
        "interaction_mode": session.interaction_mode,
        "status": session.status.value,
        "created_at": milliseconds(session.created_at),
        "updated_at": milliseconds(session.updated_at),
    }


def session_of(row: Row) -> Session:
    """The session that a row stands for."""
    session_id, org, title, source, interaction_mode, status, created_at, updated_at = row
    return Session(
        id=session_id,
        org=org,
        title=title,
        source=source,
        interaction_mode=interaction_mode,
        status=SessionStatus(status),
        created_at=moment(created_at),
        updated_at=moment(updated_at),
    )


def execution_values(execution: Execution) -> Values:
    """The columns of an execution that its start sets."""
    return {
        "id": execution.id,
        "run_id": execution.run_id,
        "session_id": execution.session_id,
        "org": execution.org,
        "key_id": execution.key_id,
        "capability": execution.capability,
        "connected_account_id": execution.connected_account_id,
        "input": text(execution.input),
        "tool_use_id": execution.tool_use_id,
        "created_at": milliseconds(execution.created_at),
        "owner": execution.owner,
        "has_events": True,
        **ending_values(execution),
    }


def ending_values(execution: Execution) -> Values:
    """The columns of an execution that its end sets."""
    return {
        "status": execution.status.value,
        "finished_at": execution.finished_at and milliseconds(execution.finished_at),
        "summary": execution.summary,
        "result": None if execution.result is None else text(execution.result),
        "failure": execution.failure and _failure_text(execution.failure),
        "commit_id": execution.commit,
    }


def execution_of(row: Row) -> Execution:
    """The execution that a row stands for."""
    *listed, input_, result = row
    return Execution(
        **_listed_members(listed),
        input=json_value(input_),
        result=None if result is None else json_value(result),
    )


def listed_execution_of(row: Row) -> ListedExecution:
    """The execution that a row without the large columns stands for."""
    return ListedExecution(**_listed_members(row))


def _listed_members(row: Row) -> dict[str, Any]:
    execution_id, run_id, session_id, org, key_id, capability, account, use, created_at, owner, _, *ending = row
    status, finished_at, summary, failure, commit = ending
    return {
        "id": execution_id,
        "run_id": run_id,
        "session_id": session_id,
        "org": org,
        "key_id": key_id,
        "capability": capability,
        "connected_account_id": account,
        "tool_use_id": use,
        "created_at": moment(created_at),
        "owner": owner,
        "status": ExecutionStatus(status),
        "finished_at": None if finished_at is None else moment(finished_at),
        "summary": summary,
        "failure": None if failure is None else Failure(**json_value(failure)),
        "commit": commit,
    }


def _failure_text(failure: Failure) -> str:
    return text(
        {
            "code": failure.code,
            "message": failure.message,
            "details": failure.details,
            "retryable": failure.retryable,
            "retry_after": failure.retry_after,
        }
    )


def checkpoint_values(checkpoint: Checkpoint) -> Values:
    """The columns of a checkpoint."""
    return {"execution_id": checkpoint.execution_id, "seq": checkpoint.seq, "summary": text(checkpoint.summary)}


def course_of(rows: Sequence[Row]) -> Course:
    """The course that the rows of ``statements.COURSE`` stand for: one for each checkpoint, or one without any."""
    *listed, last, _, _ = rows[0]
    execution = listed_execution_of(listed)
    checkpoints = [
        Checkpoint(execution_id=execution.id, seq=seq, summary=json_value(summary))
        for *_, seq, summary in rows
        if seq is not None
    ]
    return Course(execution=execution, checkpoints=checkpoints, last_checkpoint=last)
