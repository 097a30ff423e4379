"""Telling how far long work has come."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

Progress = Callable[[int, int], None]
"""Told the steps done and all steps: ``progress(done, total)``."""


def no_progress(done: int, total: int) -> None:
    """Tells nobody."""


Stages = Callable[[str], AbstractContextManager[Progress]]
"""Told the title of each stage of long work; gives what is told how far that has come."""


@contextmanager
def no_stages(title: str) -> Iterator[Progress]:
    """Tells nobody."""
    yield no_progress
