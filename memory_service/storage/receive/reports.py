"""What a client is told after it has pushed (gitprotocol-pack, "report status")."""

from collections.abc import Sequence

from memory_service.storage.objects import Oid
from memory_service.storage.pkt_lines import FLUSH, Band, banded, pkt_line
from memory_service.storage.receive.request import PushRequest

_LONG = 400
_UNREADABLE = "the pack cannot be read"


class Refused(Exception):
    """A push is not taken: in one sentence, and the details in lines of their own."""

    def __init__(self, reason: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details


def refusal(faults: Sequence[str], *, more: bool) -> Refused:
    """What is told of faults, of which there is at least one and may be more."""
    others = f" (and {len(faults) - 1}{' or more' if more else ''} others)" if len(faults) > 1 else ""
    return Refused(faults[0] + others, (*faults, "…") if more else tuple(faults))


class Report:
    """The answer to one request, as it comes together."""

    def __init__(self, request: PushRequest) -> None:
        self._request = request
        self._damage = ""
        self._moved: dict[bytes, Oid] = {}
        self._refused: dict[bytes, str] = {}
        self._said: list[str] = []

    def damaged(self, reason: str) -> None:
        """The pack cannot be read, so no name is moved."""
        self._damage = reason

    def refuse(self, ref: bytes, refusal: Refused) -> None:
        """A name has not been moved."""
        self._refused[ref] = refusal.reason
        self._said += refusal.details

    def accept(self, ref: bytes, old: Oid, line: str = "") -> None:
        """A name has been moved; ``old`` is what the client is to believe that it named before."""
        self._moved[ref] = old
        if line:
            self._said.append(line)

    def encode(self) -> bytes:
        """The answer in the form that the client has asked for.

        Only version 2 has lines of options; clients that asked for version 1 break at them. What main names now is
        told to none: git would look for that commit in its own repository (``update_ref failed``).
        """
        capabilities = self._request.capabilities
        second = b"report-status-v2" in capabilities
        lines = [b"unpack %b\n" % (_line(self._damage) or b"ok")]
        for ref in (command.ref for command in self._request.commands):
            if ref not in self._moved:
                lines.append(b"ng %b %b\n" % (ref, _line(self._refused.get(ref, _UNREADABLE))))
                continue
            lines.append(b"ok %b\n" % ref)
            if second:
                lines += [b"option refname %b\n" % ref, b"option old-oid %b\n" % self._moved[ref].hex().encode()]
        report = b"".join(map(pkt_line, lines)) + FLUSH if second or b"report-status" in capabilities else b""
        if b"side-band-64k" not in capabilities:
            return report
        said = "".join(f"{line}\n" for line in self._said).encode()
        return b"".join([*banded(Band.PEOPLE, said), *banded(Band.DATA, report), FLUSH])


def _line(text: str) -> bytes:
    return " ".join(text.split())[:_LONG].encode()
