"""Keeps how executions ended, also when the store cannot write at that moment.

What a handler has done stands, whether or not its end can be stored: the caller is answered with it. An end that finds
the disk full, or the database locked for too long, waits in memory; no execution begins before it is stored, so at
most as many ends wait as executions ran. If the process dies first, the execution is settled by what it left in the
truth that it acts on, like any other that was cut off.
"""

import threading
from collections import deque
from collections.abc import Callable

from memory_service.domain.errors import Unavailable
from memory_service.domain.steps import Finish
from memory_service.runtime.ports import RuntimeStore
from memory_service.runtime.recording import Announce

OnFault = Callable[[Exception], None]
"""Told of an error that is no answer to anybody: a bug, or a broken disk."""


class Ends:
    """The ends of executions on their way into the store."""

    def __init__(self, store: RuntimeStore, announce: Announce, on_fault: OnFault) -> None:
        self._store = store
        self._announce = announce
        self._on_fault = on_fault
        self._turn = threading.Lock()
        self._waiting: deque[Finish] = deque()

    def keep(self, finish: Finish) -> bool:
        """Store an end, now or later; False when the execution had ended already.

        Raises:
            whatever the store raises that a later attempt would meet again.
        """
        try:
            kept = self._store.finish(finish)
        except Unavailable:
            self._waiting.append(finish)
            return True
        self._announce(finish.execution.id)
        return kept

    def keep_waiting(self) -> None:
        """Store the ends that wait.

        Raises:
            Unavailable: the store still cannot write.
        """
        if not self._waiting:
            return
        with self._turn:
            while self._waiting:
                finish = self._waiting[0]
                try:
                    self._store.finish(finish)
                except Unavailable:
                    raise
                except Exception as error:  # noqa: BLE001 - one bad end must not stand in the way of all executions
                    self._on_fault(error)
                self._waiting.popleft()
                self._announce(finish.execution.id)
