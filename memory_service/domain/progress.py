"""Telling how far long work has come."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Told the steps done and all steps: ``progress(done, total)``."""


def no_progress(done: int, total: int) -> None:
    """Tells nobody."""
