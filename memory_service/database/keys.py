"""The keys of all organisations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from memory_service.database.database import Database
from memory_service.database.encoding import milliseconds, moment
from memory_service.database.prepared import Prepared
from memory_service.database.tables import keys, orgs
from memory_service.domain.calls import Scope
from memory_service.domain.errors import KeyNotFound, OrgNotFound
from memory_service.domain.ids import KeyId, OrgId
from memory_service.domain.keys import Key

# Every request asks for this one.
_BY_HASH = Prepared(select(keys).where(keys.c.secret_hash == bindparam("of_secret_hash")))


class Keys:
    """The store of keys that ``access`` needs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key: Key) -> None:
        """Keep a new key.

        Raises:
            OrgNotFound: the organisation does not exist.
        """

        def work(connection: Connection) -> None:
            if connection.execute(select(orgs.c.name).where(orgs.c.name == key.org)).first() is None:
                raise OrgNotFound(key.org)
            connection.execute(insert(keys).values(_values(key)))

        self._database.write(work)

    def by_hash(self, secret_hash: bytes) -> Key | None:
        """The key whose secret has this hash, revoked and expired ones included."""
        with self._database.read() as connection:
            row = _BY_HASH.row(connection, {"of_secret_hash": secret_hash})
            return _key(row) if row else None

    def keys(self, org: OrgId | None = None) -> Sequence[Key]:
        """The keys of one organisation, or of all, oldest first."""
        query = select(keys).order_by(keys.c.created_at, keys.c.id)
        with self._database.read() as connection:
            return [_key(row) for row in connection.execute(query if org is None else query.where(keys.c.org == org))]

    def revoke(self, key_id: KeyId, at: datetime) -> Key:
        """Mark a key as revoked (once; a second time changes nothing) and give it back.

        Raises:
            KeyNotFound: no key has the id.
        """
        first = func.coalesce(keys.c.revoked_at, milliseconds(at))
        revoked = update(keys).where(keys.c.id == key_id).values(revoked_at=first).returning(keys)

        def work(connection: Connection) -> Key:
            row = connection.execute(revoked).first()
            if row is None:
                raise KeyNotFound(key_id)
            return _key(row)

        return self._database.write(work)

    def used(self, key_id: KeyId, at: datetime) -> None:
        """Note when a key was last used."""
        noted = update(keys).where(keys.c.id == key_id).values(last_used_at=milliseconds(at))
        self._database.write(lambda connection: connection.execute(noted))


def _values(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "org": key.org,
        "name": key.name,
        "scopes": " ".join(sorted(key.scopes)),
        "secret_hash": key.secret_hash,
        "hint": key.hint,
        "created_at": milliseconds(key.created_at),
        "expires_at": key.expires_at and milliseconds(key.expires_at),
        "revoked_at": key.revoked_at and milliseconds(key.revoked_at),
        "last_used_at": key.last_used_at and milliseconds(key.last_used_at),
    }


def _key(row: Sequence[Any]) -> Key:
    key_id, org, name, scopes, secret_hash, hint, created_at, expires_at, revoked_at, last_used_at = row
    return Key(
        id=key_id,
        org=org,
        name=name,
        scopes=frozenset(map(Scope, scopes.split())),
        secret_hash=secret_hash,
        hint=hint,
        created_at=moment(created_at),
        expires_at=None if expires_at is None else moment(expires_at),
        revoked_at=None if revoked_at is None else moment(revoked_at),
        last_used_at=None if last_used_at is None else moment(last_used_at),
    )
