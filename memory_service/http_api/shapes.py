"""How the domain's values take the shapes of the wire."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from memory_service.domain.capabilities import Account, Capability
from memory_service.domain.executions import INTERACTION_MODE, Execution, Failure, ListedExecution, Session
from memory_service.http_api import wire
from memory_service.http_api.addresses import events_url
from memory_service.runtime import Invoked, Page


def time(at: datetime) -> str:
    """A moment as the wire writes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def session(value: Session) -> wire.Session:
    """A session as the wire shows it."""
    return {
        "id": value.id,
        "title": value.title,
        "source": value.source,
        "interactionMode": value.interaction_mode,
        "status": value.status,
        "createdAt": time(value.created_at),
        "updatedAt": time(value.updated_at),
    }


def account(value: Account) -> wire.Account:
    """A connected account as the wire shows it."""
    return {
        "connectedAccountId": value.connected_account_id,
        "integrationId": value.integration_id,
        "backend": value.backend,
    }


def capability(value: Capability) -> wire.Capability:
    """A capability as the answer of an invocation shows it."""
    return {
        "name": value.name,
        "kind": value.kind,
        "description": value.description,
        "isReadOnly": value.read_only,
        "supportsIdempotency": value.idempotent,
        "accounts": [account(each) for each in value.accounts],
    }


def listed_capability(value: Capability) -> wire.ListedCapability:
    """A capability as a list shows it: with the schema of its input."""
    return {**capability(value), "parameters": dict(value.parameters)}


def failure(value: Failure) -> wire.Failure:
    """Why an execution failed, as its terminal event says it."""
    shape: wire.Failure = {"message": value.message, "code": value.code}
    if value.details:
        shape["details"] = dict(value.details)
    return shape


def listed_execution(value: ListedExecution, base: str) -> wire.ListedExecution:
    """An execution as a list shows it."""
    shape: wire.ListedExecution = {
        "id": value.id,
        "runId": value.run_id,
        "sessionId": value.session_id,
        "capability": value.capability,
        "status": value.status,
        "interactionMode": INTERACTION_MODE,
        "summary": value.summary,
        "commit": value.commit,
        "createdAt": time(value.created_at),
        "finishedAt": time(value.finished_at) if value.finished_at else None,
        "executionEventsUrl": events_url(base, value.id),
    }
    if value.failure:
        shape["error"] = failure(value.failure)
    return shape


def execution(value: Execution, base: str) -> wire.Execution:
    """An execution as the wire shows it."""
    return {
        **listed_execution(value, base),
        "input": dict(value.input),
        "result": dict(value.result) if value.result is not None else None,
    }


def invoked(value: Invoked, base: str) -> wire.Invoked:
    """What an invocation did, as the wire shows it."""
    execution = value.execution
    return {
        "session": session(value.session),
        "capability": capability(value.capability),
        "runId": execution.run_id,
        "executionId": execution.id,
        "executionEventsUrl": events_url(base, execution.id),
        "summary": execution.summary,
        "result": dict(execution.result) if execution.result is not None else None,
    }


def next_cursor(page: Page[Any]) -> Mapping[str, str]:
    """The member that leads to the next page; none on the last one."""
    return {"nextCursor": page.next_cursor} if page.next_cursor else {}
