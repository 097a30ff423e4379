"""File descriptors: a server takes as many as it may have, and shares them out."""

import resource
from contextlib import suppress
from dataclasses import dataclass

_MOST = 1 << 16
"""Many more than one process can put to use."""
_FOR_WORK = 64
"""Left for files that are open for moments: packs, locks, the database, and the pipes to git."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How many descriptors each may hold for long; about a sixteenth of all is left for moments."""

    connections: int
    search_indexes: int
    """Half as many again are held by earlier states that searches go on in."""
    pack_indexes: int

    @property
    def requests(self) -> int:
        """How many requests are taken on at once, so that some connections are always idle and can be given up."""
        return self.connections - self.connections // 8


def take_all() -> None:
    """Let the process have as many descriptors as it can be given without special rights."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):  # some systems have a lower limit that they do not tell
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def shares() -> Shares:
    """The shares in what the process may have now."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return shares_of(_MOST if soft == resource.RLIM_INFINITY else min(soft, _MOST))


def shares_of(descriptors: int) -> Shares:
    """The shares in so many."""
    free = max(64, descriptors - _FOR_WORK)
    return Shares(connections=free // 2, search_indexes=min(1024, free // 8), pack_indexes=free // 4)
