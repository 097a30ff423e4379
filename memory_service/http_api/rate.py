"""How many requests a key may send."""

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping

from memory_service.domain.errors import RateLimited
from memory_service.domain.ids import KeyId


class KeyRate:
    """A moving window for each key, and the headers that tell clients of it (draft-ietf-httpapi-ratelimit-headers).

    It remembers what was let through within the last window and no more. To be used on the event loop alone.
    """

    def __init__(self, limit: int, seconds: int = 1, now: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._seconds = seconds
        self._now = now
        self._policy = f'"default";q={limit};w={seconds}'
        # The key that was let through last is the last one: those whose window has emptied are the first.
        self._windows: OrderedDict[KeyId, deque[float]] = OrderedDict()

    def take(self, key_id: KeyId) -> None:
        """Count one request of a key.

        Raises:
            RateLimited: the key has used up its window.
        """
        now = self._now()
        self._forget(now - self._seconds)
        window = self._window(key_id, now)
        if len(window) >= self._limit:
            raise RateLimited(retry_after=max(1, math.ceil(window[0] + self._seconds - now)))
        window.append(now)
        self._windows[key_id] = window
        self._windows.move_to_end(key_id)

    def headers(self, key_id: KeyId) -> Mapping[str, str]:
        """What is left to a key, for its answer."""
        left = self._limit - len(self._window(key_id, self._now()))
        return {"RateLimit-Policy": self._policy, "RateLimit": f'"default";r={left};t={self._seconds}'}

    def _window(self, key_id: KeyId, now: float) -> deque[float]:
        """The moments of a key's requests that still count."""
        window = self._windows.get(key_id, deque())
        while window and window[0] <= now - self._seconds:
            window.popleft()
        return window

    def _forget(self, until: float) -> None:
        """Drop the keys that sent nothing after a moment."""
        while self._windows:
            key_id, window = next(iter(self._windows.items()))
            if window and window[-1] > until:
                return
            del self._windows[key_id]
