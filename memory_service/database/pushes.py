"""Who pushed what, and when."""

from collections.abc import Sequence

from sqlalchemy import insert, select

from memory_service.database.database import Database
from memory_service.database.encoding import milliseconds, moment
from memory_service.database.tables import pushes
from memory_service.domain.ids import CommitId, KeyId, OrgId, PushId
from memory_service.domain.pushes import PushRecord


class Pushes:
    """The pushes that became part of the memories of all organisations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, record: PushRecord) -> None:
        """Keep a push."""
        values = {
            "id": record.id,
            "org": record.org,
            "key_id": record.key_id,
            "old": record.old,
            "new": record.new,
            "commits": record.commits,
            "at": milliseconds(record.at),
        }
        self._database.write(lambda connection: connection.execute(insert(pushes).values(values)))

    def list(self, org: OrgId, limit: int) -> Sequence[PushRecord]:
        """The last pushes of an organisation, newest first."""
        query = select(pushes).where(pushes.c.org == org).order_by(pushes.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return [
                PushRecord(
                    id=PushId(row.id),
                    org=OrgId(row.org),
                    key_id=KeyId(row.key_id),
                    old=CommitId(row.old),
                    new=CommitId(row.new),
                    commits=row.commits,
                    at=moment(row.at),
                )
                for row in connection.execute(query)
            ]
