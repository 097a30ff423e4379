"""Locks that die with the process that holds them."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from memory_service.domain.errors import Overloaded

_PAUSE = 0.001


@contextmanager
def held(path: Path, patience: float, how: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Hold a lock among all threads and processes that open the same file, waiting ``patience`` seconds for it.

    ``how`` is ``fcntl.LOCK_EX``, or ``fcntl.LOCK_SH`` for one that only excludes those who hold it alone.

    Raises:
        Overloaded: another holds it all that time.
        FileNotFoundError: its folder is gone.
    """
    deadline = time.monotonic() + patience
    descriptor = _try(path, how)
    while descriptor is None:
        if time.monotonic() >= deadline:
            raise Overloaded("another process is writing")
        time.sleep(_PAUSE)
        descriptor = _try(path, how)
    try:
        yield
    finally:
        os.close(descriptor)


@contextmanager
def in_turn(folder: Path, patience: float) -> Iterator[None]:
    """Hold the lock of a repository's writer.

    Who waits for it holds the place in front of it, so a process that always wants it cannot starve another.
    """
    with ExitStack() as stack:
        with held(folder / "turn.lock", patience):
            stack.enter_context(held(folder / "write.lock", patience))
        yield


def _try(path: Path, how: int) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    locked = False
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        # The folder may have been removed and made anew between the opening and the locking.
        locked = os.path.samestat(os.fstat(descriptor), path.stat())
    except BlockingIOError:
        pass
    finally:
        if not locked:
            os.close(descriptor)
    return descriptor if locked else None
