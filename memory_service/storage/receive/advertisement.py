"""What a client is told before it pushes (gitprotocol-pack, "reference discovery").

In ``merge`` mode main is not among the names: git refuses by itself to push onto a name whose commit it has not got,
and agents move main all the time. Lines ``.have`` say instead what need not be sent, so the client believes that it
makes main anew, and the server merges.
"""

from collections.abc import Iterator, Sequence

from memory_service.domain.pushes import PushMode
from memory_service.storage.history import History
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.objects import Oid
from memory_service.storage.pkt_lines import FLUSH, pkt_line
from memory_service.storage.refs import MAIN, Main

AGENT = b"agent=memory-service"
# "quiet" wants no progress to be told, and none is; what became of a push is said all the same.
CAPABILITIES = b"report-status report-status-v2 side-band-64k quiet atomic ofs-delta object-format=sha1 " + AGENT
_NEAR = 16
_FARTHEST = 20_000


def advertisement(mode: PushMode, landmarks: Sequence[Oid]) -> bytes:
    """The answer to ``GET info/refs?service=git-receive-pack``, with the line that smart HTTP puts before it.

    The first of the landmarks is what main names.
    """
    names = [(oid, b".have") for oid in landmarks]
    if mode is PushMode.FAST_FORWARD:
        names.insert(0, (landmarks[0], MAIN))
    (first, name), *others = names
    lines = [pkt_line(b"%b %b\0%b\n" % (first.hex().encode(), name, CAPABILITIES))]
    lines += [pkt_line(b"%b %b\n" % (oid.hex().encode(), name)) for oid, name in others]
    return pkt_line(b"# service=git-receive-pack\n") + FLUSH + b"".join(lines) + FLUSH


class Landmarks:
    """Commits of main that clients are told of, so that they send little more than what is new.

    They are what main named before, since that is where clones stand, and for a history that was brought along its
    first parents; close to the head all of them, then ever farther apart: a client that is a thousand commits behind
    finds one at most some sixty before its own.
    """

    def __init__(self, main: Main, objects: ObjectStore, history: History) -> None:
        self._main = main
        self._objects = objects
        self._history = history
        self._start: Oid = b""
        self._brought: list[Oid] = []

    def of(self, head: Oid) -> list[Oid]:
        """The head, then others before it, each once."""
        self._objects.packs()
        former = [head, *(oid for oid in self._main.former() if oid in self._objects)]
        if self._start != former[-1]:
            self._brought = list(_spaced(self._first_parents(former[-1])))
            self._start = former[-1]
        return list(dict.fromkeys([*former, *self._brought]))

    def _first_parents(self, start: Oid) -> Iterator[Oid]:
        oid: Oid | None = start
        while oid:
            yield oid
            oid = next(iter(self._history.commit(oid).parents), None)


def _spaced(commits: Iterator[Oid]) -> Iterator[Oid]:
    wanted, oid = 0, None
    for distance, oid in zip(range(_FARTHEST), commits, strict=False):
        if distance == wanted:
            yield oid
            wanted += 1 + distance // _NEAR
    if oid:
        yield oid
