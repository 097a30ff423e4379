"""Finding out what a client has (get_common_commits in git's upload-pack.c)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from memory_service.storage.objects import Oid
from memory_service.storage.pkt_lines import pkt_line

_NAK = pkt_line(b"NAK\n")


@dataclass(slots=True)
class Negotiation:
    """One round of question and answer.

    The client names its commits newest first, so the first one that is here is taken for the best.
    """

    capabilities: set[bytes]
    is_here: Callable[[Oid], bool]
    common: list[Oid] = field(default_factory=list)
    """Commits that both sides have."""
    is_over: bool = False
    """Whether the pack is to follow."""

    def answers(self, haves: Iterable[Oid | bool]) -> Iterator[bytes]:
        """The lines that answer what the client has told; afterwards the rest is known."""
        several = {b"multi_ack", b"multi_ack_detailed"} & self.capabilities
        detailed = b"multi_ack_detailed" in several
        ready = False
        for have in haves:
            if isinstance(have, bytes):
                is_here = self.is_here(have)
                if is_here:
                    self.common.append(have)
                if is_here and (several or len(self.common) == 1):
                    yield _ack(have, b" common" if detailed else b" continue" if several else b"")
                elif self.common and several:
                    ready = detailed
                    yield _ack(have, b" ready" if detailed else b" continue")
            elif have:
                yield _ack(self.common[-1], b"") if self.common and several else b"" if self.common else _NAK
                self.is_over = True
                return
            else:
                if self.common and detailed and not ready:
                    ready = True
                    yield _ack(self.common[-1], b" ready")
                if not self.common or several:
                    yield _NAK
                if ready and b"no-done" in self.capabilities:
                    yield _ack(self.common[-1], b"")
                    self.is_over = True
                return


def _ack(oid: Oid, what: bytes) -> bytes:
    return pkt_line(b"ACK %b%b\n" % (oid.hex().encode(), what))
