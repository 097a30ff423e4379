"""The store of keys, kept in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from memory_service.domain.errors import KeyNotFound, OrgNotFound
from memory_service.domain.ids import KeyId, OrgId
from memory_service.domain.keys import Key


class InMemoryKeyStore:
    """Behaves as the port says, for the organisations it is told of."""

    def __init__(self, *orgs: OrgId) -> None:
        self._orgs = set(orgs)
        self._keys: dict[KeyId, Key] = {}

    def add(self, key: Key) -> None:
        if key.org not in self._orgs:
            raise OrgNotFound(key.org)
        self._keys[key.id] = key

    def by_hash(self, secret_hash: bytes) -> Key | None:
        return next((key for key in self._keys.values() if key.secret_hash == secret_hash), None)

    def keys(self, org: OrgId | None = None) -> Sequence[Key]:
        wanted = [key for key in self._keys.values() if org in (None, key.org)]
        return sorted(wanted, key=lambda key: (key.created_at, key.id))

    def revoke(self, key_id: KeyId, at: datetime) -> Key:
        try:
            key = self._keys[key_id]
        except KeyError as error:
            raise KeyNotFound(key_id) from error
        self._keys[key_id] = replace(key, revoked_at=key.revoked_at or at)
        return self._keys[key_id]

    def used(self, key_id: KeyId, at: datetime) -> None:
        if key_id in self._keys:
            self._keys[key_id] = replace(self._keys[key_id], last_used_at=at)
