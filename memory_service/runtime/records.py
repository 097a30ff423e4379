"""The events of an execution, each with the data that the wire contract gives it.

Only checkpoints are stored. All others follow from the execution, and are the same whenever they are asked for.
"""

from memory_service.domain.calls import JsonObject
from memory_service.domain.executions import (
    INTERACTION_MODE,
    Course,
    Event,
    EventType,
    Execution,
    ExecutionStatus,
    Failure,
    ListedExecution,
)

OPENING = 3
"""How many events open an execution: the first checkpoint follows them."""
_CLOSING = 3


def last_seq(course: Course) -> int:
    """The ``seq`` of the last event that there is."""
    return _before_closing(course) + (_CLOSING if course.execution.status.final else 0)


def events(execution: Execution, course: Course) -> tuple[Event, ...]:
    """The events of an execution up to the moment of ``course``, without the checkpoints that were not asked for.

    The execution itself may have gone on since.
    """
    closing = _closing(execution, _before_closing(course) + 1) if course.execution.status.final else ()
    return (*_opening(execution), *checkpoints(course), *closing)


def checkpoints(course: Course) -> tuple[Event, ...]:
    """The checkpoints that were asked for."""
    return tuple(
        _event(course.execution, checkpoint.seq, EventType.CHECKPOINT, summary=checkpoint.summary)
        for checkpoint in course.checkpoints
    )


def _before_closing(course: Course) -> int:
    return course.last_checkpoint or OPENING


def _opening(execution: Execution) -> tuple[Event, ...]:
    """What is told of an execution before its handler runs."""
    return (
        _event(execution, 1, EventType.SESSION, id=execution.session_id, interactionMode=INTERACTION_MODE),
        _run_status(execution, 2, ExecutionStatus.EXECUTING),
        _event(
            execution, 3, EventType.TOOL_USE, id=execution.tool_use_id, name=execution.capability, input=execution.input
        ),
    )


def _closing(execution: Execution, seq: int) -> tuple[Event, ...]:
    """What is told of an execution that has ended; ``seq`` is the number of the first of these events."""
    failure = execution.failure
    return (
        _event(
            execution,
            seq,
            EventType.TOOL_RESULT,
            id=execution.tool_use_id,
            name=execution.capability,
            output=execution.result if failure is None else _error_body(failure),
            error=failure is not None,
        ),
        _run_status(execution, seq + 1, execution.status),
        _done(execution, seq + 2) if failure is None else _error(execution, failure, seq + 2),
    )


def _run_status(execution: Execution, seq: int, status: ExecutionStatus) -> Event:
    return _event(execution, seq, EventType.RUN_STATUS, status=status.value, interactionMode=INTERACTION_MODE)


def _done(execution: Execution, seq: int) -> Event:
    return _event(execution, seq, EventType.DONE, status=ExecutionStatus.COMPLETED.value, summary=execution.summary)


def _error(execution: Execution, failure: Failure, seq: int) -> Event:
    return _event(execution, seq, EventType.ERROR, message=failure.message, code=failure.code, details=failure.details)


def _error_body(failure: Failure) -> JsonObject:
    return {"error": failure.message, "code": failure.code, "details": failure.details}


def _event(execution: ListedExecution, seq: int, event_type: EventType, **data: object) -> Event:
    ids = {"executionId": execution.id, "runId": execution.run_id}
    return Event(execution_id=execution.id, seq=seq, type=event_type, data={**data, **ids})
