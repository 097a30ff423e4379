"""Threads that synchronous work is done in."""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from memory_service.domain.errors import Overloaded

Result = TypeVar("Result")


class Workers:
    """A fixed number of threads, each doing one job at a time, in the order in which they were given; and a fixed
    number of places for jobs that wait.

    The threads do not keep the process alive, as those of ``concurrent.futures`` do: a job that outlasts the shutdown
    is cut off with the process, and an execution that is cut off is settled (law 3).
    """

    def __init__(self, count: int, waiting: int, name: str) -> None:
        self._places = count + waiting
        self._jobs: set[Future[Any]] = set()
        self._orders: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
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

    def reserve(self) -> Future[Any]:
        """A place for a job, to be given by ``give`` or given up by cancelling it.

        Raises:
            Overloaded: all places are taken, or the workers have stopped.
        """
        if self._stopped:
            raise Overloaded("the server is shutting down")
        if len(self._jobs) >= self._places:
            raise Overloaded
        job: Future[Any] = Future()
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        return job

    def give(self, job: Future[Any], function: Callable[[], Any]) -> None:
        """Have the job of a place done; what it answers or raises is the future's."""
        self._orders.put((job, function))

    def submit(self, function: Callable[[], Result]) -> Future[Result]:
        """Have a job done.

        Raises:
            Overloaded: as ``reserve``.
        """
        job = self.reserve()
        self.give(job, function)
        return job

    def stop(self) -> None:
        """Cancel the jobs that wait; every thread ends after the job that it does."""
        self._stopped = True
        with suppress(Empty):
            while True:
                order = self._orders.get_nowait()
                if order is not None:
                    order[0].cancel()
        for _ in self._threads:
            self._orders.put(None)

    def _work(self) -> None:
        while True:
            order = self._orders.get()
            if order is None:
                return
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
