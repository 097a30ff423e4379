"""Verifying keys."""

import hmac
import threading
from contextlib import suppress
from datetime import datetime, timedelta

from memory_service.access.failures import Failures
from memory_service.access.key_secrets import hashed, is_well_formed
from memory_service.access.ports import KeyStore
from memory_service.domain.calls import Principal
from memory_service.domain.errors import AuthThrottled, TokenInvalid, TokenMissing, Unavailable
from memory_service.domain.ids import Clock, KeyId
from memory_service.domain.keys import Key

_NOTED_EVERY = timedelta(minutes=1)


class Authenticator:
    """Turns secrets into principals, and slows down addresses that guess."""

    def __init__(self, store: KeyStore, clock: Clock, failures_per_minute: int = 100) -> None:
        self._store = store
        self._clock = clock
        self._failures = Failures(failures_per_minute)
        self._noted: dict[KeyId, datetime] = {}
        self._guard = threading.Lock()

    def authenticate(self, secret: str | None, address: str) -> Principal:
        """The bearer of a secret that came from an address. Looks at the key as it is now, each time.

        Raises:
            TokenMissing: there is no secret.
            TokenInvalid: it is unknown, revoked or expired: which, is not told.
            AuthThrottled: the address has sent too many bad ones. A good one is never refused for that.
        """
        if not secret:
            raise TokenMissing
        now = self._clock()
        key = self._good_key(secret, now)
        if key is None:
            retry_after = self._failures.add(address)
            raise TokenInvalid if retry_after is None else AuthThrottled(retry_after)
        self._note_use(key, now)
        return Principal(org=key.org, key_id=key.id, key_name=key.name, scopes=key.scopes)

    def _good_key(self, secret: str, now: datetime) -> Key | None:
        if not is_well_formed(secret):
            return None
        secret_hash = hashed(secret)
        key = self._store.by_hash(secret_hash)
        if key is None or not hmac.compare_digest(key.secret_hash, secret_hash):
            return None
        ended = key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now)
        return None if ended else key

    def _note_use(self, key: Key, now: datetime) -> None:
        with self._guard:
            noted = self._noted.get(key.id) or key.last_used_at
            if noted is not None and now - noted < _NOTED_EVERY:
                return
            self._noted[key.id] = now
        # A disk that is full for a moment must not keep anybody from reading.
        with suppress(Unavailable):
            self._store.used(key.id, now)
