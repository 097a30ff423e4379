"""Group commit: transactions that wait for the disk together instead of one after the other."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection, Engine

from memory_service.database.sqlite import LIBRARY_ERRORS
from memory_service.domain.errors import MemoryServiceError
from memory_service.domain.turns import Turns

Result = TypeVar("Result")
Work = Callable[[Connection], Result]


@dataclass(frozen=True, slots=True)
class _Job:
    """A work, and whether it is to be on disk when it is answered."""

    work: Work[Any]
    lasting: bool


class Writer:
    """Runs what several threads want to write in one transaction, in the order in which they came, and commits once.

    Work that fails is undone alone: then the others are done again, each in a savepoint of its own. Few fail, and
    savepoints for all would double the statements.
    """

    def __init__(self, engine: Engine, as_domain: Callable[[Exception], MemoryServiceError]) -> None:
        # Kept open: taking one from the pool for each transaction would cost three times the transaction itself.
        self._connection = engine.connect()
        self._as_domain = as_domain
        self._synchronous: Literal["FULL", "NORMAL"] | None = None
        # The threads of the process are bounded already, and a transaction takes all that wait.
        self._turns = Turns[_Job, Any](self._commit, waiting=sys.maxsize, batch=sys.maxsize)

    def __call__(self, work: Work[Result], *, lasting: bool = True) -> Result:
        """Run work in a transaction, once or twice; returns once it is committed.

        Unless it is ``lasting``, a failure of power (not one of the process) may undo it, until something that is
        lasting is written after it.

        Raises:
            whatever the work raises; Overloaded (another process writes for too long); StorageFull.
        """
        try:
            result: Result = self._turns.take(_Job(work, lasting))
        except LIBRARY_ERRORS as error:
            raise self._as_domain(error) from error
        return result

    def close(self) -> None:
        """Close the connection; nothing may be written any more."""
        self._connection.close()

    def _commit(self, jobs: Sequence[_Job]) -> Sequence[Any]:
        # Synced or not, what is in the log is there in the order in which it was committed: one sync is for all before.
        self._sync("FULL" if any(job.lasting for job in jobs) else "NORMAL")
        try:
            with self._connection.begin():
                return self._together(jobs)
        except _Failed as failed:
            if len(jobs) == 1:
                return [failed.error]
        with self._connection.begin():
            return [self._outcome(job.work) for job in jobs]

    def _sync(self, synchronous: Literal["FULL", "NORMAL"]) -> None:
        if synchronous != self._synchronous:
            self._connection.connection.cursor().execute(f"PRAGMA synchronous={synchronous}")
            self._synchronous = synchronous

    def _together(self, jobs: Sequence[_Job]) -> Sequence[Any]:
        try:
            return [job.work(self._connection) for job in jobs]
        except Exception as error:
            raise _Failed(error) from error

    def _outcome(self, work: Work[Any]) -> Any:
        """Do a work in a savepoint; what it answers or, when it fails, its error.

        Raises:
            LIBRARY_ERRORS: the database has given up the whole transaction, as it does when the disk is full.
        """
        driver = self._connection.connection.cursor()
        driver.execute("SAVEPOINT job")
        try:
            outcome = work(self._connection)
        except Exception as error:  # noqa: BLE001 whatever it is, it is for the thread that wants this work
            outcome = error
            try:
                driver.execute("ROLLBACK TO SAVEPOINT job")
            except LIBRARY_ERRORS as lost:
                raise (error if isinstance(error, LIBRARY_ERRORS) else lost) from error
        driver.execute("RELEASE SAVEPOINT job")
        return outcome


class _Failed(Exception):
    """One of the works has failed."""

    def __init__(self, error: Exception) -> None:
        self.error = error
