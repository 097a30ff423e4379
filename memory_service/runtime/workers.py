"""Threads that synchronous work is done in."""

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

from memory_service.domain.errors import Overloaded
from memory_service.domain.lanes import Lanes, Places

Result = TypeVar("Result")
_WORK, _END = True, False
"""What a thread is told: that a job was given, or to do no more."""


class Workers:
    """A fixed number of threads, each doing one job at a time, and a fixed number of places for jobs that wait.

    Where many wait, their lanes take turns (see ``Lanes``), each in the order in which they were given.

    The threads do not keep the process alive, as those of ``concurrent.futures`` do: a job that outlasts the shutdown
    is cut off with the process, and an execution that is cut off is settled (law 3).
    """

    def __init__(self, count: int, waiting: int, name: str) -> None:
        self._guard = Lock()
        self._places = Places(count + waiting)
        self._jobs: dict[Future[Any], Sequence[str]] = {}
        self._waiting = Lanes[tuple[Future[Any], Callable[[], Any]]]()
        self._orders: SimpleQueue[bool] = SimpleQueue()
        self._threads = [Thread(target=self._work, name=f"{name}-{n}", daemon=True) for n in range(count)]
        self._stopped = False

    @property
    def jobs(self) -> list[Future[Any]]:
        """The jobs that run, wait or have a place."""
        return list(self._jobs)

    def start(self) -> None:
        """Begin to work; jobs given before have waited. To be called once."""
        for thread in self._threads:
            thread.start()

    def reserve(self, lane: Sequence[str] = ()) -> Future[Any]:
        """A place for a job, to be given by ``give`` or given up by cancelling it.

        Raises:
            Overloaded: all places are taken, or the lane has its share of them, or the workers have stopped.
        """
        if self._stopped:
            raise Overloaded("the server is shutting down")
        with self._guard:
            if not self._places.take(lane):
                raise Overloaded
        job: Future[Any] = Future()
        self._jobs[job] = lane
        job.add_done_callback(self._leave)
        return job

    def give(self, job: Future[Any], function: Callable[[], Any]) -> None:
        """Have the job of a place done; what it answers or raises is the future's."""
        with self._guard:
            self._waiting.put(self._jobs.get(job, ()), (job, function))
        self._orders.put(_WORK)

    def submit(self, function: Callable[[], Result], lane: Sequence[str] = ()) -> Future[Result]:
        """Have a job done.

        Raises:
            Overloaded: as ``reserve``.
        """
        job = self.reserve(lane)
        self.give(job, function)
        return job

    def stop(self) -> None:
        """Cancel the jobs that wait; every thread ends after the job that it does."""
        self._stopped = True
        for job, _ in self._called(sys.maxsize):
            job.cancel()
        for _ in self._threads:
            self._orders.put(_END)

    def _called(self, most: int) -> list[tuple[Future[Any], Callable[[], Any]]]:
        with self._guard:
            return self._waiting.take(most)

    def _leave(self, job: Future[Any]) -> None:
        lane = self._jobs.pop(job)
        with self._guard:
            self._places.give_back(lane)

    def _work(self) -> None:
        while self._orders.get():
            for order in self._called(1):  # none where the job was cancelled by the end of all work
                _do(*order)
                del order  # or an idle thread would hold the last answer


def _do(job: Future[Any], function: Callable[[], Any]) -> None:
    if not job.set_running_or_notify_cancel():
        return
    try:
        result = function()
    except BaseException as error:  # noqa: BLE001 - it is for whoever waits for the job
        job.set_exception(error)
    else:
        job.set_result(result)
