"""What access needs of a store of keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from memory_service.domain.ids import KeyId, OrgId
from memory_service.domain.keys import Key

__all__ = ["Key", "KeyStore"]


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
