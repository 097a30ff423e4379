"""A git client that pushes to a server object: the protocol by hand, the commits and packs by the real git."""

import io
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from memory_service.domain.ids import KeyId, OrgId
from memory_service.domain.pushes import Pusher, PushMode, PushRecord
from memory_service.storage import GitServer, PushLimits, Repositories, StorageLimits
from memory_service.storage.pkt_lines import pkt_line
from tests.clocks import CountingIds, ManualClock
from tests.real_git import git, git_bytes

ADA = Pusher(key_id=KeyId("key_ada"), key_name="Ada")
ZERO = "0" * 40
MAIN = "refs/heads/main"
CAPABILITIES = "report-status-v2 side-band-64k object-format=sha1 agent=test"


@dataclass(frozen=True)
class Answer:
    """What a client reads after a push."""

    unpack: str
    lines: tuple[str, ...]
    """The lines of the report after the first: ``ok …``, ``ng …``, ``option …``."""
    said: tuple[str, ...]
    """What git shows after ``remote:``."""

    @property
    def ok(self) -> bool:
        return self.unpack == "ok" and all(not line.startswith("ng ") for line in self.lines)

    @property
    def reason(self) -> str:
        """Why main was refused."""
        return next(line.removeprefix(f"ng {MAIN} ") for line in self.lines if line.startswith(f"ng {MAIN} "))


def lines_of(data: bytes) -> list[bytes | None]:
    """The packet lines of some bytes; None for a flush."""
    lines: list[bytes | None] = []
    stream = io.BytesIO(data)
    while head := stream.read(4):
        size = int(head, 16)
        lines.append(stream.read(size - 4) if size else None)
    return lines


def answer_of(data: bytes, capabilities: str = CAPABILITIES) -> Answer:
    """A report as it was sent."""
    said = b""
    if "side-band-64k" in capabilities:
        bands = [line for line in lines_of(data) if line]
        said = b"".join(line[1:] for line in bands if line[0] == 2)
        data = b"".join(line[1:] for line in bands if line[0] == 1)
    first, *others = [line.decode().rstrip("\n") for line in lines_of(data) if line]
    return Answer(first.removeprefix("unpack "), tuple(others), tuple(said.decode().splitlines()))


def advertised(data: bytes) -> tuple[list[tuple[str, str]], str]:
    """The ids and names of an advertisement, and its capabilities."""
    lines = [line for line in lines_of(data)[2:] if line]
    names = [line.split(b"\0")[0].decode().strip().split(" ", 1) for line in lines]
    return [(oid, name) for oid, name in names], lines[0].split(b"\0")[1].decode().strip()


def request(commands: Sequence[tuple[str, str, str]], pack: bytes, capabilities: str = CAPABILITIES) -> bytes:
    """A request to receive-pack: old id, new id and name of each command, and a pack."""
    lines = [f"{old} {new} {name}" for old, new, name in commands]
    first = [pkt_line(lines[0].encode() + b"\0 " + capabilities.encode())]
    return b"".join([*first, *(pkt_line(line.encode()) for line in lines[1:]), b"0000", pack])


class Served:
    """Repositories, and what git clients are served with."""

    def __init__(
        self,
        root: Path,
        clock: ManualClock,
        limits: PushLimits | None = None,
        store: StorageLimits | None = None,
    ) -> None:
        self.root = root
        self.store = Repositories(root, clock, store or StorageLimits())
        self.records: list[PushRecord] = []
        self.mode = PushMode.MERGE
        self.server = GitServer(
            self.store,
            clock=clock,
            new_id=CountingIds(),
            push_mode=lambda org: self.mode,
            record=self.records.append,
            limits=limits or PushLimits(),
        )

    def send(self, org: OrgId, body: bytes, capabilities: str = CAPABILITIES) -> Answer:
        """Push a request as it is."""
        with tempfile.TemporaryFile() as file:
            file.write(body)
            file.flush()
            return answer_of(self.server.receive(org, file, ADA), capabilities)

    def push(self, clone: "Clone", rev: str = "HEAD", capabilities: str = CAPABILITIES) -> Answer:
        """Push a commit of a clone to main, as git does it."""
        names, _ = advertised(self.server.advertise_receive(clone.org))
        old = next((oid for oid, name in names if name == MAIN), ZERO)
        new = git(clone.path, "rev-parse", rev).strip()
        pack = clone.pack(new, [oid for oid, _ in names])
        return self.send(clone.org, request([(old, new, MAIN)], pack, capabilities), capabilities)

    def close(self) -> None:
        self.server.close()
        self.store.close()


class Clone:
    """A repository of a person with a worktree."""

    def __init__(self, path: Path, served: Served, org: OrgId) -> None:
        self.path = path
        self.org = org
        git(Path("/"), "clone", "-q", str(served.root / f"{org}.git"), str(path))
        git(path, "config", "user.name", "Eve")
        git(path, "config", "user.email", "eve@acme.example")

    def commit(self, files: Mapping[str, str | bytes | None], subject: str = "edit", date: str = "") -> str:
        """Write (or, None, remove) files and commit them."""
        for name, content in files.items():
            file = self.path / name
            if content is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content if isinstance(content, bytes) else content.encode())
        git(self.path, "add", "-A", "-f")
        git(self.path, "commit", "-q", "-m", subject, date=date or "2026-04-15T10:00:00Z")
        return git(self.path, "rev-parse", "HEAD").strip()

    def remote(self) -> str:
        """The commit that main names on the server, fetched."""
        git(self.path, "fetch", "-q", "origin", "main")
        return git(self.path, "rev-parse", "FETCH_HEAD").strip()

    def pull(self) -> None:
        """Fetch main and merge it."""
        git(self.path, "pull", "-q", "--no-rebase", "--no-edit", "origin", "main", date="2026-04-15T10:00:00Z")

    def pack(self, new: str, haves: Sequence[str]) -> bytes:
        """What git sends: a thin pack of what leads to a commit and not to those that the server has."""
        known = [oid for oid in dict.fromkeys(haves) if self.has(oid)]
        revisions = "\n".join([new, *(f"^{oid}" for oid in known), ""])
        return git_bytes(
            self.path,
            "pack-objects",
            "--revs",
            "--thin",
            "--stdout",
            "-q",
            "--delta-base-offset",
            stdin=revisions.encode(),
        )

    def has(self, oid: str) -> bool:
        """Whether a commit is here."""
        listed = git(self.path, "cat-file", "--batch-check", stdin=f"{oid}\n")
        return re.search(" missing$", listed.strip()) is None
