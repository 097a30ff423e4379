"""The key that an organisation's agents call with."""

from dataclasses import dataclass
from datetime import datetime

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
