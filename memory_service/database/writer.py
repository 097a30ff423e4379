"""Group commit: transactions that wait for the disk together instead of one after the other."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine

from memory_service.database.sqlite import LIBRARY_ERRORS
from memory_service.domain.errors import MemoryServiceError

Result = TypeVar("Result")
Work = Callable[[Connection], Result]


class Writer:
    """Runs what several threads want to write in one transaction, and commits once.

    Whoever finds nobody at work leads: it takes all that waits, its own work included, runs each in a savepoint (work
    that fails is undone alone), commits, answers, and hands over to one that came meanwhile.
    """

    def __init__(self, engine: Engine, as_domain: Callable[[Exception], MemoryServiceError]) -> None:
        # Kept open: taking one from the pool for each transaction would cost three times the transaction itself.
        self._connection = engine.connect()
        self._as_domain = as_domain
        self._turn = threading.Lock()
        self._waiting: list[_Job[Any]] = []
        self._led = False

    def __call__(self, work: Work[Result]) -> Result:
        """Run work in a transaction; returns once it is committed.

        Raises:
            whatever the work raises; Overloaded (another process writes for too long); StorageFull.
        """
        job = _Job(work)
        with self._turn:
            self._waiting.append(job)
            follows, self._led = self._led, True
        if follows:
            job.woken.wait()
        if not job.done:
            self._lead()
        if job.error is None:
            return job.result
        if isinstance(job.error, LIBRARY_ERRORS):
            raise self._as_domain(job.error) from job.error
        raise job.error

    def close(self) -> None:
        """Close the connection; nothing may be written any more."""
        self._connection.close()

    def _lead(self) -> None:
        with self._turn:
            batch, self._waiting = self._waiting, []
        try:
            self._commit(batch)
        except BaseException as error:  # noqa: BLE001 nobody of the batch may wait for ever, whatever happened
            for job in batch:
                job.error = error
        with self._turn:
            successor = self._waiting[0] if self._waiting else None
            self._led = successor is not None
        for job in batch:
            job.done = True
            job.woken.set()
        if successor:
            successor.woken.set()

    def _commit(self, batch: Sequence["_Job[Any]"]) -> None:
        with self._connection.begin():
            for job in batch:
                job.run(self._connection)


class _Job(Generic[Result]):
    """What one thread wants written, and what became of it."""

    def __init__(self, work: Work[Result]) -> None:
        self.work = work
        self.woken = threading.Event()
        self.done = False
        self.result: Result
        self.error: BaseException | None = None

    def run(self, connection: Connection) -> None:
        """Do the work in a savepoint.

        Raises:
            LIBRARY_ERRORS: the database has given up the whole transaction, as it does when the disk is full.
        """
        driver = connection.connection.cursor()
        driver.execute("SAVEPOINT job")
        try:
            self.result = self.work(connection)
        except Exception as error:  # noqa: BLE001 whatever it is, it is for the thread that wants this work
            self.error = error
            try:
                driver.execute("ROLLBACK TO SAVEPOINT job")
            except LIBRARY_ERRORS as lost:
                raise (error if isinstance(error, LIBRARY_ERRORS) else lost) from error
        driver.execute("RELEASE SAVEPOINT job")
