"""Serving what is fetched without the git program: protocols 0 and 1, whole and shallow clones (gitprotocol-pack)."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from memory_service.storage.commits import Commit
from memory_service.storage.limits import UploadLimits
from memory_service.storage.objects import Kind, Oid
from memory_service.storage.pkt_lines import FLUSH, MAX_DATA, Band, banded, pkt_line
from memory_service.storage.refs import MAIN
from memory_service.storage.repository import Repository
from memory_service.storage.upload.enumeration import Depth, commits_between, cut, objects_of
from memory_service.storage.upload.fetch_request import FetchRequest, haves, parse
from memory_service.storage.upload.negotiation import Negotiation
from memory_service.storage.upload.packing import pack_of, pack_of_all

_CAPABILITIES = (
    b"multi_ack multi_ack_detailed no-done side-band-64k ofs-delta shallow no-progress "
    b"symref=HEAD:refs/heads/main object-format=sha1 agent=memory-service"
)


def advertise(repository: Repository, protocol: str) -> Iterator[bytes]:
    """The answer to ``GET info/refs``; in version 0, unless the client asks for 1 and no later one."""
    head = repository.main.read().hex().encode()
    yield pkt_line(b"# service=git-upload-pack\n") + FLUSH
    if "version=1" in protocol.split(":"):
        yield pkt_line(b"version 1\n")
    yield pkt_line(b"%b HEAD\0%b\n" % (head, _CAPABILITIES)) + pkt_line(b"%b %b\n" % (head, MAIN)) + FLUSH


def upload(repository: Repository, body: BinaryIO, limits: UploadLimits) -> Iterator[bytes]:
    """The answer to a request, made while it is read.

    Raises:
        RequestInvalid: the body is no such request.
    """
    request = parse(body, limits)
    fetch = _Fetch(repository, request)
    unknown = next((oid for oid in request.wants if not fetch.is_here(oid)), None)
    if unknown:
        yield pkt_line(b"ERR upload-pack: not our ref %b\n" % unknown.hex().encode())
        return
    yield fetch.told_of_depth()
    negotiation = Negotiation(request.capabilities, fetch.is_here)
    if request.wants:
        yield from negotiation.answers(haves(body, limits))
    if not negotiation.is_over:
        return
    pack = fetch.pack(negotiation.common)
    if b"side-band-64k" in request.capabilities:
        for part in _gathered(pack):
            yield from banded(Band.DATA, part)
        yield FLUSH
    else:
        yield from _gathered(pack)


class _Fetch:
    """What one client lacks."""

    def __init__(self, repository: Repository, request: FetchRequest) -> None:
        self._repository = repository
        self._request = request
        self._packs = repository.objects.packs()
        self._commits: dict[Oid, Commit] = {}
        self._depth = Depth(set(), set())

    def is_here(self, oid: Oid) -> bool:
        """Whether this is a commit of the repository."""
        # A client may name any number of commits that nobody has seen here.
        found = self._repository.objects.get(oid) if oid in self._repository.objects else None
        return found is not None and found.kind is Kind.COMMIT

    def told_of_depth(self) -> bytes:
        """The lines that say where the history will be cut off; none where the client has not asked for that."""
        if not self._request.depth:
            return b""
        shallow = self._request.shallow
        self._depth = cut(self._commit, self._request.wants, self._request.depth[0], shallow)
        lines = [b"shallow %b" % oid.hex().encode() for oid in sorted(self._depth.shallow - shallow)]
        lines += [b"unshallow %b" % oid.hex().encode() for oid in sorted(self._depth.deeper)]
        return b"".join(map(pkt_line, lines)) + FLUSH

    def pack(self, common: Iterable[Oid]) -> Iterator[bytes]:
        """What the client lacks when it has some commits."""
        request, depth = self._request, self._depth
        ends = depth.shallow | request.shallow - depth.deeper
        objects = self._repository.objects
        if not (ends or depth.deeper or list(common)) and objects.all_packed and self._is_about_main():
            return pack_of_all(self._packs)
        wants = [*request.wants, *(parent for oid in depth.deeper for parent in self._commit(oid).parents)]
        commits = commits_between(self._commit, wants, common, ends, request.shallow)
        return pack_of(objects, objects_of(commits, self._commit, self._repository.trees, ends))

    def _is_about_main(self) -> bool:
        """Whether main leads to all that is wanted, as it does when agents have moved it since the client asked."""
        head, history = self._repository.main.read(), self._repository.history
        return all(history.contains(head, oid) for oid in self._request.wants)

    def _commit(self, oid: Oid) -> Commit:
        commit = self._commits.get(oid)
        if commit is None:
            commit = self._commits[oid] = self._repository.history.commit(oid)
        return commit


def _gathered(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in few large parts: each part costs the way to the client."""
    gathered: list[bytes] = []
    size = 0
    for part in parts:
        gathered.append(part)
        size += len(part)
        if size >= MAX_DATA - 1:
            yield b"".join(gathered)
            gathered, size = [], 0
    yield b"".join(gathered)
