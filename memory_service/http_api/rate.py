"""How many requests a key may send."""

from collections.abc import Mapping

from limits import RateLimitItem
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from memory_service.domain.errors import RateLimited
from memory_service.domain.ids import KeyId


class KeyRate:
    """A moving window for each key, and the headers that tell clients of it (draft-ietf-httpapi-ratelimit-headers)."""

    def __init__(self, limit: RateLimitItem) -> None:
        self._limit = limit
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._policy = f'"default";q={limit.amount};w={limit.get_expiry()}'

    def take(self, key_id: KeyId) -> None:
        """Count one request of a key.

        Raises:
            RateLimited: the key has used up its window.
        """
        if not self._window.hit(self._limit, key_id):
            raise RateLimited(retry_after=self._limit.get_expiry())

    def headers(self, key_id: KeyId) -> Mapping[str, str]:
        """What is left to a key, for its answer."""
        left = self._window.get_window_stats(self._limit, key_id).remaining
        return {
            "RateLimit-Policy": self._policy,
            "RateLimit": f'"default";r={left};t={self._limit.get_expiry()}',
        }
