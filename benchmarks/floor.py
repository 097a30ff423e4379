"""The least that a durable write can cost on a disk: one append and ``fdatasync``."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

BYTES = b"x" * 500


@contextmanager
def floor(folder: Path) -> Iterator[Callable[[], float]]:
    """A function that takes one sample, in seconds, on the disk of a folder."""
    descriptor = os.open(folder / "floor", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def sample() -> float:
        began = time.perf_counter()
        os.write(descriptor, BYTES)
        os.fdatasync(descriptor)
        return time.perf_counter() - began

    try:
        yield sample
    finally:
        os.close(descriptor)
