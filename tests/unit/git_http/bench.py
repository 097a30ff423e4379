"""Git over HTTP in front of a server that says what it is told to, called in process as an ASGI server would."""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import httpx
from starlette.routing import Router

from memory_service.access import Authenticator, mint
from memory_service.domain.calls import Principal, Scope
from memory_service.domain.errors import OrgNotFound
from memory_service.domain.ids import KeyId, OrgId
from memory_service.domain.pushes import Pusher
from memory_service.git_http import GitHttp, GitOptions
from tests.clocks import CountingIds, ManualClock
from tests.fakes.key_store import InMemoryKeyStore

SECONDS = 10
"""How long anything that a test waits for may take before the test fails."""


@dataclass
class ScriptedGitServer:
    """Answers with the chunks that it is given, and notes what it is asked and which answers were closed."""

    chunks: Callable[[], Iterator[bytes]] = lambda: iter([b"0000"])
    orgs: frozenset[str] = frozenset({"acme", "globex"})
    asked: list[tuple[str, ...]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def advertise_upload(self, org: OrgId, protocol: str) -> Iterator[bytes]:
        return self._answer("advertise_upload", org, protocol)

    def upload(self, org: OrgId, body: BinaryIO, protocol: str) -> Iterator[bytes]:
        self.bodies.append(body.read())
        return self._answer("upload", org, protocol)

    def advertise_receive(self, org: OrgId) -> bytes:
        return b"".join(self._answer("advertise_receive", org))

    def receive(self, org: OrgId, body: BinaryIO, pusher: Pusher) -> bytes:
        self.bodies.append(body.read())
        return b"".join(self._answer("receive", org, pusher.key_id, pusher.key_name))

    def _answer(self, *asked: str) -> Iterator[bytes]:
        if asked[1] not in self.orgs:
            raise OrgNotFound(asked[1])
        self.asked.append(asked)
        try:
            yield from self.chunks()
        finally:
            self.closed.set()


class Bench:
    """Git over HTTP, its keys, and what it has told others."""

    def __init__(self, server: ScriptedGitServer | None = None, **options: Any) -> None:
        self.server = server or ScriptedGitServer()
        self.clock = ManualClock()
        self.keys = InMemoryKeyStore(OrgId("acme"), OrgId("globex"))
        self.ids = CountingIds()
        self.principals: list[Principal] = []
        self.pushes: queue.SimpleQueue[OrgId] = queue.SimpleQueue()
        authenticator = Authenticator(self.keys, self.clock, failures_per_minute=5)

        async def authenticate(secret: str | None, address: str) -> Principal:
            return authenticator.authenticate(secret, address)

        self.app = Router(
            routes=GitHttp(
                self.server,
                authenticate,
                GitOptions(**options),
                on_principal=lambda scope, principal: self.principals.append(principal),
                on_push=self.pushes.put,
            ).routes()
        )

    def key(self, *scopes: Scope, org: str = "acme") -> str:
        """A new key; its secret."""
        key, secret = mint(
            key_id=KeyId(self.ids("key")),
            org=OrgId(org),
            label="Ada",
            scopes=frozenset(scopes or {Scope.GIT_WRITE}),
            created_at=self.clock(),
            expires_at=None,
        )
        self.keys.add(key)
        return secret

    def client(self, key: str | None = None) -> httpx.AsyncClient:
        """A client that sends a key, as the password of a made-up user; none where it is empty."""
        key = self.key() if key is None else key
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://memory.test",
            auth=("anybody", key) if key else None,
        )

    def connection(
        self, service: str, messages: Sequence[MutableMapping[str, Any]] = (), **headers: str
    ) -> "Connection":
        """A POST that a test plays both ends of; ``messages`` are what the client sends, one after the other."""
        sent = {"authorization": f"Bearer {self.key()}", "content-type": f"application/x-{service}-request", **headers}
        return Connection(self.app, f"/git/acme.git/{service}", sent, messages)


class Connection:
    """One request, message by message."""

    def __init__(
        self, app: Router, path: str, headers: Mapping[str, str], messages: Sequence[MutableMapping[str, Any]]
    ) -> None:
        self._app = app
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        self.incoming: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        for message in messages:
            self.incoming.put_nowait(message)
        self.sent: list[MutableMapping[str, Any]] = []
        self.reads = asyncio.Event()
        """Set while the client reads."""
        self.reads.set()

    async def run(self) -> None:
        """Have the request answered."""
        async with asyncio.timeout(SECONDS):
            await self._app(self._scope, self.incoming.get, self._send)

    def leave(self) -> None:
        """The client goes away."""
        self.incoming.put_nowait({"type": "http.disconnect"})

    @property
    def status(self) -> int | None:
        """None while the answer has not begun."""
        return self.sent[0]["status"] if self.sent else None

    @property
    def body(self) -> bytes:
        """What has been sent of the answer's body."""
        return b"".join(message["body"] for message in self.sent[1:])

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        await self.reads.wait()
        self.sent.append(message)


def part(body: bytes, *, more: bool = False) -> MutableMapping[str, Any]:
    """A part of a request's body."""
    return {"type": "http.request", "body": body, "more_body": more}
