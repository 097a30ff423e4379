"""The way in from a shell, which loads the rest."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def main() -> None:
    """Run the command that the arguments name."""
    with _loading():
        from memory_service.cli.app import app
    app()


@contextmanager
def _loading() -> Iterator[None]:
    """Load modules that the process keeps to its end.

    Hardly anything of them is garbage, and looking for it while they are loaded takes a fifth of the time. Later
    collections pass them over.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
