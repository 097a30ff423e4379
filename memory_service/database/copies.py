"""One state of the database, held fast while it is copied; writers go on beside it."""

import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, select

from memory_service.database.tables import executions, orgs, pushes
from memory_service.domain.ids import CommitId, OrgId
from memory_service.domain.progress import Progress

_PAGES = 1024
"""Copied at once, in between which progress is told."""


class HeldState:
    """What the database was at one moment. Belongs to the thread that opened it; see ``Database.held``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def orgs(self) -> Sequence[OrgId]:
        """The organisations, by name."""
        return [OrgId(name) for name in self._connection.scalars(select(orgs.c.name).order_by(orgs.c.name))]

    def has_execution(self, execution_id: str) -> bool:
        """Whether there is an execution of this id."""
        query = select(executions.c.id).where(executions.c.id == execution_id)
        return self._connection.execute(query).first() is not None

    def pushed(self, org: OrgId) -> Collection[CommitId]:
        """What main was after each push of an organisation."""
        return {CommitId(new) for new in self._connection.scalars(select(pushes.c.new).where(pushes.c.org == org))}

    def copy(self, path: Path, progress: Progress) -> None:
        """Write this state to a new file, by SQLite's own means (https://www.sqlite.org/backup.html). Not synced.

        The file is for its owner alone. The same state makes the same file, byte for byte.
        """
        source = cast("sqlite3.Connection", self._connection.connection.driver_connection)
        path.touch(0o600, exist_ok=False)
        # A step would begin again after each write of others, were it not for the transaction that is open here.
        with closing(sqlite3.connect(path)) as target:
            target.execute("PRAGMA journal_mode=OFF")
            target.execute("PRAGMA synchronous=OFF")
            source.backup(target, pages=_PAGES, progress=lambda _, left, total: progress(total - left, total), sleep=0)
