"""What a running execution tells of itself, numbered without a gap whichever thread tells it."""

import threading
from collections.abc import Callable
from datetime import datetime

from memory_service.domain.errors import Unavailable
from memory_service.domain.executions import Checkpoint, Execution
from memory_service.domain.ids import ExecutionId
from memory_service.domain.steps import Finish
from memory_service.runtime.endings import Ending, finish
from memory_service.runtime.ports import RuntimeStore
from memory_service.runtime.records import OPENING

Announce = Callable[[ExecutionId], None]
"""Told, by the thread that kept them, that an execution has new events."""


class Recording:
    """Of an execution that has begun in this process."""

    def __init__(
        self, store: RuntimeStore, announce: Announce, execution: Execution, on_checkpoint: Callable[[str], None]
    ) -> None:
        self._store = store
        self._announce = announce
        self._execution = execution
        self._on_checkpoint = on_checkpoint
        self._turn = threading.Lock()
        self._next_seq = OPENING + 1
        self._ended = False

    def checkpoint(self, summary: str) -> None:
        """Keep a checkpoint; after the end nothing happens."""
        with self._turn:
            if self._ended:
                return
            checkpoint = Checkpoint(execution_id=self._execution.id, seq=self._next_seq, summary=summary)
            try:
                self._store.add_checkpoint(checkpoint)
            except Unavailable:
                return  # to tell of progress is no reason to fail what makes it
            self._next_seq += 1
        self._announce(self._execution.id)
        self._on_checkpoint(summary)

    def end(self, ending: Ending, at: datetime) -> Finish:
        """The end of the execution, ready to be kept; no checkpoint comes after it."""
        with self._turn:
            self._ended = True
        return finish(self._execution, ending, at)
