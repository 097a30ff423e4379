"""The organisations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from memory_service.database.database import Database
from memory_service.database.encoding import milliseconds, moment
from memory_service.database.tables import orgs
from memory_service.domain.errors import OrgExists, OrgNotFound
from memory_service.domain.ids import OrgId
from memory_service.domain.pushes import PushMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Org:
    """An organisation as it is listed."""

    name: OrgId
    created_at: datetime
    push: PushMode = PushMode.MERGE


class Orgs:
    """The organisations of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: OrgId, at: datetime) -> None:
        """Keep a new organisation.

        Raises:
            OrgExists: one has the name.
        """

        def work(connection: Connection) -> None:
            try:
                connection.execute(insert(orgs).values(name=name, created_at=milliseconds(at)))
            except IntegrityError as error:
                raise OrgExists(name) from error

        self._database.write(work)

    def remove(self, name: OrgId) -> None:
        """Forget an organisation with its keys, sessions and executions.

        Raises:
            OrgNotFound: none has the name.
        """

        def work(connection: Connection) -> None:
            if not connection.execute(delete(orgs).where(orgs.c.name == name)).rowcount:
                raise OrgNotFound(name)

        self._database.write(work)

    def list(self) -> Sequence[Org]:
        """All organisations, by name."""
        with self._database.read() as connection:
            rows = connection.execute(select(orgs).order_by(orgs.c.name))
            return [
                Org(name=OrgId(row.name), created_at=moment(row.created_at), push=PushMode(row.push)) for row in rows
            ]

    def exists(self, name: OrgId) -> bool:
        """Whether an organisation has the name."""
        with self._database.read() as connection:
            return connection.execute(select(orgs.c.name).where(orgs.c.name == name)).first() is not None

    def push_mode(self, name: OrgId) -> PushMode:
        """What becomes of a push whose author has not seen the newest commits.

        Raises:
            OrgNotFound: none has the name.
        """
        with self._database.read() as connection:
            row = connection.execute(select(orgs.c.push).where(orgs.c.name == name)).first()
        if row is None:
            raise OrgNotFound(name)
        return PushMode(row.push)

    def set_push_mode(self, name: OrgId, mode: PushMode) -> None:
        """Set that for all pushes from now on.

        Raises:
            OrgNotFound: none has the name.
        """
        changed = update(orgs).where(orgs.c.name == name).values(push=mode.value)

        def work(connection: Connection) -> None:
            if not connection.execute(changed).rowcount:
                raise OrgNotFound(name)

        self._database.write(work)
