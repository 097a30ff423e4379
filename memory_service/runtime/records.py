"""The events of an execution, each with the data that the wire contract gives it."""

from memory_service.domain.calls import JsonObject
from memory_service.domain.executions import INTERACTION_MODE, Event, EventType, Execution, ExecutionStatus, Failure


def opening(execution: Execution, tool_use_id: str) -> tuple[Event, ...]:
    """What is told of an execution before its handler runs."""
    return (
        _event(execution, 1, EventType.SESSION, id=execution.session_id, interactionMode=INTERACTION_MODE),
        _run_status(execution, 2),
        _event(execution, 3, EventType.TOOL_USE, id=tool_use_id, name=execution.capability, input=execution.input),
    )


def progress(execution: Execution, seq: int, summary: str) -> Event:
    """A checkpoint during the run."""
    return _event(execution, seq, EventType.CHECKPOINT, summary=summary)


def closing(execution: Execution, tool_use_id: str, seq: int) -> tuple[Event, ...]:
    """What is told of an execution that has ended; ``seq`` is the number of the first of these events."""
    failure = execution.failure
    return (
        _event(
            execution,
            seq,
            EventType.TOOL_RESULT,
            id=tool_use_id,
            name=execution.capability,
            output=execution.result if failure is None else _error_body(failure),
            error=failure is not None,
        ),
        _run_status(execution, seq + 1),
        _done(execution, seq + 2) if failure is None else _error(execution, failure, seq + 2),
    )


def _run_status(execution: Execution, seq: int) -> Event:
    return _event(execution, seq, EventType.RUN_STATUS, status=execution.status.value, interactionMode=INTERACTION_MODE)


def _done(execution: Execution, seq: int) -> Event:
    return _event(execution, seq, EventType.DONE, status=ExecutionStatus.COMPLETED.value, summary=execution.summary)


def _error(execution: Execution, failure: Failure, seq: int) -> Event:
    return _event(execution, seq, EventType.ERROR, message=failure.message, code=failure.code, details=failure.details)


def _error_body(failure: Failure) -> JsonObject:
    return {"error": failure.message, "code": failure.code, "details": failure.details}


def _event(execution: Execution, seq: int, event_type: EventType, **data: object) -> Event:
    ids = {"executionId": execution.id, "runId": execution.run_id}
    return Event(execution_id=execution.id, seq=seq, type=event_type, data={**data, **ids})
