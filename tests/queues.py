"""Callers that wait for their turn."""

import threading
from typing import Any

from memory_service.domain.turns import Turns


def queued(turns: Turns[Any, Any], count: int) -> None:
    """Return once so many callers wait."""
    pause = threading.Event()
    for _ in range(3000):
        if len(turns._waiting) == count:
            return
        pause.wait(0.01)
    raise AssertionError("the callers did not come to wait")
