"""What access needs of a store of keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from memory_service.domain.calls import Scope
from memory_service.domain.ids import KeyId, OrgId


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as it is stored: without its secret."""

    id: KeyId
    org: OrgId
    name: str
    scopes: frozenset[Scope]
    secret_hash: bytes
    """SHA-256 of the secret, 32 bytes."""
    hint: str
    """The last four characters of the secret, for people to tell keys apart."""
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


class KeyStore(Protocol):
    """The keys of all organisations."""

    def add(self, key: Key) -> None:
        """Keep a new key.

        Raises:
            OrgNotFound: the organisation does not exist.
        """

    def by_hash(self, secret_hash: bytes) -> Key | None:
        """The key whose secret has this hash, revoked and expired ones included."""

    def keys(self, org: OrgId | None = None) -> Sequence[Key]:
        """The keys of one organisation, or of all, oldest first."""

    def revoke(self, key_id: KeyId, at: datetime) -> Key:
        """Mark a key as revoked (once; a second time changes nothing) and give it back.

        Raises:
            KeyNotFound: no key has the id.
        """

    def used(self, key_id: KeyId, at: datetime) -> None:
        """Note when a key was last used."""
