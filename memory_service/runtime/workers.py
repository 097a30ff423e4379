"""Threads that synchronous work is done in."""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

Result = TypeVar("Result")


class Workers:
    """A fixed number of threads, each doing one job at a time in the order of submission.

    They do not keep the process alive, as those of ``concurrent.futures`` do: a job that outlasts the shutdown is cut
    off with the process, and an execution that is cut off is settled (law 3).
    """

    def __init__(self, count: int, name: str) -> None:
        self._orders: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._stopped = False
        self._threads = [Thread(target=self._work, name=f"{name}-{n}", daemon=True) for n in range(count)]

    def start(self) -> None:
        """Begin to work; jobs submitted before have waited. To be called once."""
        for thread in self._threads:
            thread.start()

    def submit(self, function: Callable[[], Result]) -> Future[Result]:
        """Have a job done; what it answers or raises is the future's. After ``stop`` the future is cancelled."""
        job: Future[Result] = Future()
        if self._stopped:
            job.cancel()
        else:
            self._orders.put((job, function))
        return job

    def stop(self) -> None:
        """Cancel the jobs that wait; every thread ends after the job that it does.

        To be called by the thread that submits.
        """
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
