"""SQLite as this room uses it: one file in WAL mode, and transactions that begin when we say so."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from memory_service.domain.errors import DataCorrupt, InternalError, MemoryServiceError, Overloaded, StorageFull

BUSY_SECONDS = 5.0
"""How long a writer waits for one of another process."""

LIBRARY_ERRORS = (SQLAlchemyError, sqlite3.Error)
"""What can come of running SQL, through SQLAlchemy or on the driver."""

_IDLE_CONNECTIONS = 16
_BEGIN = "begin_statement"


def open_engine(
    path: Path,
    *,
    mode: Literal["ro", "rw", "rwc"] = "rw",
    synchronous: Literal["FULL", "NORMAL"] = "FULL",
    foreign_keys: bool = True,
) -> Engine:
    """An engine on a database file. Its connections are in autocommit; see ``reading`` and ``writing``.

    Only with the mode ``rwc`` is a file created: one that was deleted under a running server is an error, not an
    empty database.
    """
    address = f"file:{quote(str(path.absolute()))}?mode={mode}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            if mode == "rwc":
                connection.execute("PRAGMA journal_mode=WAL")  # kept in the file
            connection.execute(f"PRAGMA synchronous={synchronous}")
            connection.execute(f"PRAGMA foreign_keys={foreign_keys:d}")
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=_IDLE_CONNECTIONS,
        max_overflow=-1,
        paramstyle="named",
    )
    event.listen(engine, "begin", _begin)
    return engine


def writing(engine: Engine) -> Engine:
    """The engine with transactions that take the write lock at once.

    A transaction that began as a reader and then writes fails at once with "database is locked" when somebody else
    has written meanwhile, however long the busy timeout is.
    """
    return engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})


def reading(engine: Engine) -> Engine:
    """The engine with transactions that see one state of the database from their first query on."""
    return engine.execution_options(**{_BEGIN: "BEGIN"})


def follow(engine: Engine, path: Path) -> None:
    """Close pooled connections, instead of handing them out, once another file or none has taken their file's place."""

    def remember(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        record.info["file"] = _identity(path)

    def check(connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: PoolProxiedConnection) -> None:
        if record.info["file"] != _identity(path):
            raise DisconnectionError

    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", check)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _begin(connection: Connection) -> None:
    statement = connection.get_execution_options().get(_BEGIN)
    if statement:
        connection.connection.cursor().execute(statement)


def as_domain(error: Exception, path: Path) -> MemoryServiceError:
    """The domain's error for one of the libraries; result codes are those of https://www.sqlite.org/rescode.html."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(cause, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Overloaded("the database is busy")
    if name in {"SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"}:
        return StorageFull()
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return DataCorrupt(f"The database {path} is damaged: {RESTORE}")
    return InternalError()


RESTORE = (
    "stop the server, put a backup of this file in its place and remove the -wal and -shm files beside it "
    "(the git repositories are not touched)"
)
"""What the operator does about a database that cannot be used."""


@contextmanager
def domain_errors(path: Path) -> Iterator[None]:
    """Turn the libraries' errors into the domain's."""
    try:
        yield
    except LIBRARY_ERRORS as error:
        raise as_domain(error, path) from error
