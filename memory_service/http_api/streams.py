"""The events of an execution as server-sent events."""

from collections.abc import AsyncIterator

import anyio
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from memory_service.domain.executions import EventType, Execution
from memory_service.domain.ids import ExecutionId
from memory_service.http_api import examples
from memory_service.http_api.addresses import RUNTIME
from memory_service.http_api.authentication import AuthenticatedCaller, Caller
from memory_service.http_api.openapi import RUNTIME_WIDE, errors, header
from memory_service.http_api.parameters import ExecutionIdParameter
from memory_service.http_api.routes import DescribedRouter
from memory_service.http_api.strict_json import dumps_ascii
from memory_service.runtime import Closing, EventStream

router = DescribedRouter(prefix=f"{RUNTIME}/executions", tags=["executions"])

_SEPARATOR = "\n"
_GRACE_SECONDS = 1.0
"""What a stream is given at shutdown to send its last event, before it is cut."""


@router.get(
    "/{executionId}/events",
    operation_id="streamExecutionEvents",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "The events that are stored, then those that come, up to the terminal one",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": examples.EVENTS}},
        },
        204: {"description": "The client has seen the terminal event: there is nothing to come"},
        **errors(*RUNTIME_WIDE, "execution_not_found", "events_expired"),
    },
    openapi_extra={
        "parameters": [
            header("Last-Event-ID", "Go on after this event. It is read before `lastEventId`."),
            {
                "in": "query",
                "name": "lastEventId",
                "description": "As `Last-Event-ID`, for clients that cannot set a header.",
                "schema": {"type": "string"},
            },
        ]
    },
)
async def stream_events(request: Request, caller: AuthenticatedCaller, execution_id: ExecutionIdParameter) -> Response:
    """Stream or replay the events of an execution. Any number of times, before, during or after its run."""
    last_event_id = request.headers.get("last-event-id", request.query_params.get("lastEventId"))
    execution = await caller.call(caller.core.execution, caller.principal, ExecutionId(execution_id))
    stream = await caller.runtime.events(caller.principal, execution.id, last_event_id)
    return _streamed(stream, execution, caller) if stream else Response(status_code=204)


def _streamed(stream: EventStream, execution: Execution, caller: Caller) -> Response:
    told_to_end = anyio.Event()
    options = caller.services.options

    async def stop_when_told() -> None:
        await told_to_end.wait()
        caller.runtime.stop()

    return EventSourceResponse(
        _frames(stream, execution, caller),
        headers={"Cache-Control": "no-cache"},
        ping=options.ping_seconds,
        ping_message_factory=lambda: ServerSentEvent(comment="ping", sep=_SEPARATOR),
        send_timeout=options.send_seconds,
        data_sender_callable=stop_when_told,
        shutdown_event=told_to_end,
        shutdown_grace_period=_GRACE_SECONDS,
    )


async def _frames(stream: EventStream, execution: Execution, caller: Caller) -> AsyncIterator[ServerSentEvent]:
    with caller.services.metrics.open_streams.track_inprogress():
        async with stream:
            async for event in stream:
                if isinstance(event, Closing):
                    yield _farewell(execution)
                else:
                    # ASCII: some clients take U+2028 and its like for the end of a line.
                    data = dumps_ascii(event.data)
                    yield ServerSentEvent(data, id=str(event.seq), event=event.type, sep=_SEPARATOR)


def _farewell(execution: Execution) -> ServerSentEvent:
    """The last event of a stream that the server has to end. It has no id: resuming starts after the event before."""
    data = {
        "summary": "The server is shutting down; reconnect with Last-Event-ID",
        "executionId": execution.id,
        "runId": execution.run_id,
    }
    return ServerSentEvent(dumps_ascii(data), event=EventType.CHECKPOINT, sep=_SEPARATOR)
