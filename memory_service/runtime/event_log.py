"""Tells the events of an execution, from the start or from where a client left off."""

import re
from collections.abc import Sequence

from memory_service.domain.errors import EventsExpired, HeaderInvalid
from memory_service.domain.executions import Event, Execution
from memory_service.domain.ids import ExecutionId
from memory_service.runtime import records
from memory_service.runtime.ports import RuntimeStore

_NUMBER = re.compile(r"[0-9]{1,9}")


class EventLog:
    """The events of all executions."""

    def __init__(self, store: RuntimeStore) -> None:
        self._store = store

    def after(self, execution_id: ExecutionId, seq: int) -> Sequence[Event]:
        """The events whose ``seq`` is greater, in order."""
        course = self._store.course(execution_id, seq)
        if course is None:
            return ()
        if seq >= records.OPENING and not course.execution.status.final:
            return records.checkpoints(course)
        # What a call was given and gave back can be large: it is read with the first events and with the last alone.
        whole = self._store.execution(course.execution.org, execution_id)
        return [event for event in records.events(whole, course) if event.seq > seq] if whole else ()

    def resume(self, execution: Execution, last_event_id: str | None) -> int | None:
        """The ``seq`` after which a stream goes on; None when the client has seen all there will ever be.

        ``last_event_id`` is the header as it was sent. ``0`` stands for none: before the first event.

        Raises:
            HeaderInvalid: it is no number of an event that this execution has.
            EventsExpired: the events are no longer kept.
        """
        seq = _parse(last_event_id)
        course = self._store.course(execution.id, seq)
        if course is None:
            raise EventsExpired
        last = records.last_seq(course)
        if seq > last:
            raise HeaderInvalid("Last-Event-ID", "the execution has no event of this number")
        return None if course.execution.status.final and seq == last else seq


def _parse(last_event_id: str | None) -> int:
    if last_event_id is None:
        return 0
    if not _NUMBER.fullmatch(last_event_id):
        raise HeaderInvalid("Last-Event-ID", "it is the number of an event")
    return int(last_event_id)
