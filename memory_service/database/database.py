"""The main database: opened, brought to the schema of this code, read and written."""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from memory_service.database.copies import HeldState
from memory_service.database.locks import locked
from memory_service.database.sqlite import (
    LIBRARY_ERRORS,
    RESTORE,
    as_domain,
    domain_errors,
    open_engine,
    reading,
    writing,
)
from memory_service.database.tables import REVISION
from memory_service.database.writer import Result, Work, Writer
from memory_service.domain.errors import DataCorrupt, MemoryServiceError

_IDLE_READERS = 16

_BESIDE = ("-wal", "-shm", "-journal")
"""How SQLite names what it keeps beside a database."""


class Database:
    """The main database of a data folder. Usable from any thread, and by several processes at once.

    Raises:
        DataCorrupt: the file is damaged, is no database of this service, or was written by a newer version of it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # Not "*.lock": such files in that folder belong to server processes, which sweep those that nobody holds.
        lock = path.parent / "run" / "database"
        if not path.exists():
            with locked(lock):
                _create(path)
        self._engine = open_engine(path)
        self._readers: deque[Connection] = deque()
        try:
            if self._revision() != REVISION:
                with locked(lock):
                    _upgrade(path, self._revision())
            with domain_errors(path):
                self._write = Writer(writing(self._engine), partial(as_domain, path=path))
        except BaseException:
            self._engine.dispose()
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for queries, each of which sees what is committed at its moment; waits for no writer."""
        with domain_errors(self._path):
            connection = self._reader()
            try:
                yield connection
                connection.rollback()
            except BaseException:
                connection.close()
                raise
            if len(self._readers) < _IDLE_READERS:
                self._readers.append(connection)
            else:
                connection.close()

    @contextmanager
    def held(self) -> Iterator[HeldState]:
        """The state of this moment, however long it is looked at; holds up no writer, but the log grows meanwhile."""
        with domain_errors(self._path), reading(self._engine).connect() as connection, connection.begin():
            state = HeldState(connection)
            state.orgs()  # a transaction sees what is there at its first query
            yield state

    def write(self, work: Work[Result], *, lasting: bool = True) -> Result:
        """Run work in a transaction, which is undone when the work raises, and on disk when this returns; unless it is
        ``lasting``, only once something lasting is written after it.

        The work must not write through this again, and may be run twice.

        Raises:
            what the work raises; Overloaded (another process writes for too long); StorageFull.
        """
        return self._write(work, lasting=lasting)

    def integrity(self) -> Sequence[str]:
        """What is wrong with the database, a line each; empty when it is sound. Reads all of it."""
        try:
            with self._engine.connect() as connection:
                lines = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
                orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        except LIBRARY_ERRORS as error:
            return [str(error)]
        return [line for line in lines if line != "ok"] + [f"{row[0]}: row {row[1]} has no {row[2]}" for row in orphans]

    def answers(self) -> bool:
        """Whether the database can be read now, and no newer version has changed its schema."""
        try:
            return self._revision() == REVISION
        except MemoryServiceError:
            return False

    def size(self) -> int:
        """Bytes of the file."""
        return self._path.stat().st_size

    def close(self) -> None:
        """Close all connections."""
        self._write.close()
        while self._readers:
            self._readers.pop().close()
        self._engine.dispose()

    def _reader(self) -> Connection:
        """A connection that nobody reads from. Taking one from the engine costs more than most queries."""
        try:
            return self._readers.pop()
        except IndexError:
            return self._engine.connect()

    def _revision(self) -> str:
        """The schema that the file has."""
        with domain_errors(self._path), self._engine.connect() as connection:
            if not connection.dialect.has_table(connection, "alembic_version"):
                raise DataCorrupt(f"{self._path} is no database of this service: {RESTORE}")
            return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())


def _create(path: Path) -> None:
    """Make the database beside its place and move it there, so that a file that exists is always whole."""
    if path.exists():
        return
    fresh = path.with_name(path.name + ".new")
    for leftover in [fresh, *(Path(f"{file}{suffix}") for file in (fresh, path) for suffix in _BESIDE)]:
        leftover.unlink(missing_ok=True)
    _upgrade(fresh)
    fresh.replace(path)
    _sync(path.parent)


def _upgrade(path: Path, revision: str | None = None) -> None:
    """Run the migrations that a database lacks."""
    # Only a migration pays for loading alembic.
    from memory_service.database.migrating import is_known, upgrade

    if revision and not is_known(revision):
        raise DataCorrupt(
            f'{path} was written by a newer version of this service (its schema is "{revision}"): install that '
            f"version; or {RESTORE}"
        )
    # Without foreign keys: migrations drop tables that they have copied, which must not delete what refers to them.
    engine = open_engine(path, mode="rwc", foreign_keys=False)
    try:
        with domain_errors(path):
            upgrade(writing(engine))
            # What a migration has copied would stay in the log, whose file only shrinks when the last server ends.
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        engine.dispose()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
