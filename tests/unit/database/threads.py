"""Threads that a test waits for, and whose answers it gets."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")
SECONDS = 20.0
"""No wait is longer."""


class Running(Generic[Answer]):
    """A thread at work."""

    def __init__(self, work: Callable[[], Answer]) -> None:
        self._work = work
        self._answer: Answer
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._answer = self._work()
        except BaseException as error:  # noqa: BLE001 raised again by the thread that asks for the answer
            self._error = error

    def answer(self) -> Answer:
        """What the work answered; raises what it raised."""
        self._thread.join(SECONDS)
        assert not self._thread.is_alive(), "the thread does not end"
        if self._error:
            raise self._error
        return self._answer


def together(*works: Callable[[], Answer]) -> list[Answer]:
    """Let works start at the same moment; what they answer, in their order."""
    barrier = threading.Barrier(len(works))

    def started(work: Callable[[], Answer]) -> Answer:
        barrier.wait(SECONDS)
        return work()

    running = [Running(lambda work=work: started(work)) for work in works]  # type: ignore[misc]  # the default binds it
    return [thread.answer() for thread in running]
