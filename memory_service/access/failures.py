"""Counting the failures of each address, within a bounded memory: anybody can send from as many addresses as he
likes."""

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

WINDOW_SECONDS = 60.0
ADDRESSES = 4096
"""How many addresses are remembered; beyond, those that have not failed for longest are forgotten."""


class Failures:
    """A moving window of a minute over the failures of each address, by a clock that nobody sets."""

    def __init__(self, limit: int, now: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._now = now
        self._turn = threading.Lock()
        self._moments: OrderedDict[str, deque[float]] = OrderedDict()

    def add(self, address: str) -> int | None:
        """Count a failure; answers the seconds to wait when it is one too many, which is then not counted."""
        now = self._now()
        with self._turn:
            moments = self._moments.setdefault(address, deque())
            self._moments.move_to_end(address)
            if len(self._moments) > ADDRESSES:
                self._moments.popitem(last=False)
            while moments and moments[0] <= now - WINDOW_SECONDS:
                moments.popleft()
            if len(moments) >= self._limit:
                return max(1, math.ceil(moments[0] + WINDOW_SECONDS - now))
            moments.append(now)
            return None
