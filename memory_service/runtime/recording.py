"""The events of one execution as they are made, numbered without a gap whichever thread makes them."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from memory_service.domain.capabilities import Outcome
from memory_service.domain.errors import Unavailable
from memory_service.domain.executions import Event, EventType, Execution
from memory_service.domain.ids import ExecutionId
from memory_service.domain.steps import Finish
from memory_service.runtime import records
from memory_service.runtime.endings import Ending, ended
from memory_service.runtime.ports import RuntimeStore

Announce = Callable[[ExecutionId], None]
"""Told, by the thread that kept them, that an execution has new events."""


class Recording:
    """Goes on from the events that an execution has."""

    def __init__(
        self,
        store: RuntimeStore,
        announce: Announce,
        execution: Execution,
        events: Sequence[Event],
        on_checkpoint: Callable[[str], None] = lambda summary: None,
    ) -> None:
        self._store = store
        self._announce = announce
        self._execution = execution
        self._on_checkpoint = on_checkpoint
        self._turn = threading.Lock()
        self._next_seq = events[-1].seq + 1
        self._tool_use_id = next(str(event.data["id"]) for event in events if event.type is EventType.TOOL_USE)
        self._ended = False

    def checkpoint(self, summary: str) -> None:
        """Keep a ``checkpoint`` event; after the end nothing happens."""
        with self._turn:
            if self._ended:
                return
            try:
                self._store.add_event(records.progress(self._execution, self._next_seq, summary))
            except Unavailable:
                return  # to tell of progress is no reason to fail what makes it
            self._next_seq += 1
        self._announce(self._execution.id)
        self._on_checkpoint(summary)

    def end(self, ending: Ending, at: datetime) -> Finish:
        """The end of the execution, ready to be kept; no checkpoint comes after it."""
        with self._turn:
            self._ended = True
        execution = ended(self._execution, ending, at)
        return Finish(
            execution=execution,
            events=records.closing(execution, self._tool_use_id, self._next_seq),
            seen=ending.seen if isinstance(ending, Outcome) else {},
            release_idempotency=not isinstance(ending, Outcome) and ending.release,
        )
