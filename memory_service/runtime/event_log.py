"""Reads back the events of an execution, from the start or from where a client left off."""

import re
from collections.abc import Sequence

from memory_service.domain.errors import EventsExpired, HeaderInvalid
from memory_service.domain.executions import Event, Execution
from memory_service.domain.ids import ExecutionId
from memory_service.runtime.ports import RuntimeStore

_NUMBER = re.compile(r"[0-9]{1,9}")


class EventLog:
    """The stored events of all executions."""

    def __init__(self, store: RuntimeStore) -> None:
        self._store = store

    def after(self, execution_id: ExecutionId, seq: int) -> Sequence[Event]:
        """The events whose ``seq`` is greater, in order."""
        return self._store.events(execution_id, seq)

    def resume(self, execution: Execution, last_event_id: str | None) -> int | None:
        """The ``seq`` after which a stream goes on; None when the client has seen all there will ever be.

        ``last_event_id`` is the header as it was sent. ``0`` stands for none: before the first event.

        Raises:
            HeaderInvalid: it is no number of an event that this execution has.
            EventsExpired: the events are no longer kept.
        """
        seq = _parse(last_event_id)
        stored = self._store.events(execution.id, max(seq - 1, 0))
        if not stored:
            if execution.status.final and not self._store.events(execution.id, 0):
                raise EventsExpired
            raise HeaderInvalid("Last-Event-ID", "the execution has no event of this number")
        return None if seq and stored[0].type.terminal else seq


def _parse(last_event_id: str | None) -> int:
    if last_event_id is None:
        return 0
    if not _NUMBER.fullmatch(last_event_id):
        raise HeaderInvalid("Last-Event-ID", "it is the number of an event")
    return int(last_event_id)
