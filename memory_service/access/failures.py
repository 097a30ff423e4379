"""Counting the failures of each address, within a bounded memory: anybody can send from as many addresses as he
likes."""

import math
import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

from memory_service.domain.ids import Clock

WINDOW = timedelta(minutes=1)
ADDRESSES = 4096
"""How many addresses are remembered; beyond, those that have not failed for longest are forgotten."""


class Failures:
    """A moving window of a minute over the failures of each address."""

    def __init__(self, clock: Clock, limit: int) -> None:
        self._clock = clock
        self._limit = limit
        self._turn = threading.Lock()
        self._moments: OrderedDict[str, deque[datetime]] = OrderedDict()

    def add(self, address: str) -> int | None:
        """Count a failure; answers the seconds to wait when it is one too many, which is then not counted."""
        now = self._clock()
        with self._turn:
            moments = self._moments.setdefault(address, deque())
            self._moments.move_to_end(address)
            if len(self._moments) > ADDRESSES:
                self._moments.popitem(last=False)
            while moments and moments[0] <= now - WINDOW:
                moments.popleft()
            if len(moments) >= self._limit:
                return max(1, math.ceil((moments[0] + WINDOW - now).total_seconds()))
            moments.append(now)
            return None
