"""The main database: opened, brought to the schema of this code, read and written."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from memory_service.database.locks import locked
from memory_service.database.sqlite import as_domain, domain_errors, open_engine, writing
from memory_service.database.tables import REVISION
from memory_service.database.writer import Result, Work, Writer
from memory_service.domain.errors import DataCorrupt


class Database:
    """The main database of a data folder. Usable from any thread, and by several processes at once.

    Raises:
        DataCorrupt: the file is damaged, no database of this service, or written by a newer version of it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # Not "*.lock": such files in the folder belong to server processes, which sweep those that nobody holds.
        lock = path.parent / "run" / "database"
        if not path.exists():
            with locked(lock):
                _create(path)
        self._engine = open_engine(path, synchronous="FULL")
        self._write = Writer(writing(self._engine), partial(as_domain, path=path))
        try:
            if self._revision() != REVISION:
                with locked(lock):
                    self._migrate()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for queries, each of which sees what is committed at its moment; waits for no writer."""
        with domain_errors(self._path), self._engine.connect() as connection:
            yield connection

    def write(self, work: Work[Result]) -> Result:
        """Run work in a transaction of its own kind: undone alone, on disk when this returns; see ``Writer``."""
        return self._write(work)

    def integrity(self) -> Sequence[str]:
        """What is wrong with the database, a line each; empty when it is sound. Reads all of it."""
        try:
            with self._engine.connect() as connection:
                lines = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
                orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        except DatabaseError as error:
            return [str(error.orig)]
        return [line for line in lines if line != "ok"] + [f"{row[0]}: row {row[1]} has no {row[2]}" for row in orphans]

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _revision(self) -> str:
        with domain_errors(self._path), self._engine.connect() as connection:
            named = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").scalar()
            if not named:
                raise DataCorrupt(
                    f"{self._path} is no database of this service: move it away, or restore it from a backup "
                    "(the git repositories are not touched)"
                )
            return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())

    def _migrate(self) -> None:
        from memory_service.database.migrating import known, upgrade

        if not known(self._revision()):
            raise DataCorrupt(
                f"{self._path} was written by a newer version of memory-service: install that version, or restore "
                "the file from a backup (the git repositories are not touched)"
            )
        with domain_errors(self._path):
            upgrade(writing(self._engine))


def _create(path: Path) -> None:
    """Make the database beside its place and move it there, so that a file that exists is always whole."""
    if path.exists():
        return
    from memory_service.database.migrating import upgrade

    fresh = path.with_name(path.name + ".new")
    for leftover in [*path.parent.glob(fresh.name + "*"), *path.parent.glob(path.name + "-*")]:
        leftover.unlink()
    engine = open_engine(fresh, synchronous="FULL", create=True)
    try:
        with domain_errors(path):
            upgrade(writing(engine))
    finally:
        engine.dispose()
    fresh.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
