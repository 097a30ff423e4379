"""Reading commits within a bound."""

from collections.abc import Callable
from math import inf


class TooFar(Exception):
    """More would have to be read than may be."""


class Walk:
    """Counts the commits that are read, and ends the walk when they are too many."""

    def __init__(self, check: Callable[[], None], at_most: float = inf) -> None:
        """``check`` is called for each; what it raises ends the walk too."""
        self._check = check
        self._at_most = at_most
        self.commits = 0

    def passed(self) -> None:
        """One more.

        Raises:
            TooFar: it is one more than there may be.
        """
        self._check()
        self.commits += 1
        if self.commits > self._at_most:
            raise TooFar
