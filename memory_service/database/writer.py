"""Group commit: transactions that wait for the disk together instead of one after the other."""

import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from memory_service.database.sqlite import LIBRARY_ERRORS
from memory_service.domain.errors import MemoryServiceError
from memory_service.domain.turns import Turns

Result = TypeVar("Result")
Work = Callable[[Connection], Result]


class Writer:
    """Runs what several threads want to write in one transaction, and commits once.

    Each work runs in a savepoint, in the order in which they came: work that fails is undone alone.
    """

    def __init__(self, engine: Engine, as_domain: Callable[[Exception], MemoryServiceError]) -> None:
        # Kept open: taking one from the pool for each transaction would cost three times the transaction itself.
        self._connection = engine.connect()
        self._as_domain = as_domain
        # The threads of the process are bounded already, and a transaction takes all that wait.
        self._turns = Turns[Work[Any], Any](self._commit, waiting=sys.maxsize, batch=sys.maxsize)

    def __call__(self, work: Work[Result]) -> Result:
        """Run work in a transaction; returns once it is committed.

        Raises:
            whatever the work raises; Overloaded (another process writes for too long); StorageFull.
        """
        try:
            result: Result = self._turns.take(work)
        except LIBRARY_ERRORS as error:
            raise self._as_domain(error) from error
        return result

    def close(self) -> None:
        """Close the connection; nothing may be written any more."""
        self._connection.close()

    def _commit(self, works: Sequence[Work[Any]]) -> Sequence[Any]:
        with self._connection.begin():
            return [self._outcome(work) for work in works]

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
