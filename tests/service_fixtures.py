"""A real server on a loopback port for each test process, and a fresh organisation for each test.

The one place that knows how a service is composed. Servers run in a thread of the test process, so that a test can
move the clock, hold a tool at its gate and look into the repositories.
"""

import itertools
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from memory_service.access import Authenticator
from memory_service.database import Keys
from memory_service.domain.calls import Principal, Scope
from memory_service.domain.ids import OrgId
from memory_service.service import Service, open_service
from memory_service.settings import Settings
from tests.fixture_tools import FixtureTools
from tests.real_git import git
from tests.runtime_client import RuntimeClient, connection

_SECONDS = 20

DEFAULT_SCOPES = (Scope.RUNTIME,)
"""What a key carries that is made without naming scopes: `memory-service key create` is tested to give these."""


class TickingClock:
    """Moves on by a millisecond whenever it is asked, so that no two moments are equal; and further when told to."""

    def __init__(self, now: datetime = datetime(2026, 4, 15, 10, 0, tzinfo=UTC)) -> None:
        self._now = now
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        with self._lock:
            self._now += timedelta(milliseconds=1)
            return self._now

    def advance(self, **duration: float) -> None:
        """Move on, as by ``timedelta(**duration)``."""
        with self._lock:
            self._now += timedelta(**duration)


@dataclass
class RunningService:
    """A service, the server that answers for it, and what steers it."""

    service: Service
    address: str
    clock: TickingClock
    tools: FixtureTools
    settings: Settings
    http: httpx.Client
    """Sends requests without a key."""
    _organisations: list["Organisation"] = field(default_factory=list)

    def organisation(self, source: Path | None = None) -> "Organisation":
        """A fresh organisation; with the files of a folder where one is given."""
        name = f"org-{len(self._organisations)}"
        self.service.organisations.create(name, source)
        self._organisations.append(Organisation(self, name))
        return self._organisations[-1]

    def principal(self, key: str) -> Principal:
        """The bearer of a key."""
        return Authenticator(Keys(self.service.database), self.clock).authenticate(key, "127.0.0.1")

    def close(self) -> None:
        """Close the clients of all organisations."""
        for organisation in self._organisations:
            organisation.close()
        self.http.close()

    def expire(self) -> None:
        """Forget what is kept too long, as the server does now and then."""
        self.service.runtime.expire()


class Organisation:
    """An organisation of a running service; its clients are closed with it, at the latest when the service ends."""

    def __init__(self, running: RunningService, name: str) -> None:
        self.running = running
        self.name = name
        self._clients = ExitStack()
        self._keys = itertools.count(1)

    def key(self, name: str | None = None, scopes: Sequence[str] | None = None, expires_days: int | None = None) -> str:
        """Make a key; its secret. Without ``scopes`` it has those of a new key."""
        name = name or f"key {next(self._keys)}"
        _, secret = self.running.service.keyring.create(self.name, name, scopes or DEFAULT_SCOPES, expires_days)
        return secret

    def client(self, name: str | None = None, scopes: Sequence[str] | None = None) -> RuntimeClient:
        """A client with a new key."""
        return self.client_of(self.key(name, scopes))

    def client_of(self, key: str) -> RuntimeClient:
        """A client with a key that exists."""
        return self._clients.enter_context(RuntimeClient(self.running.address, key))

    def revoke(self, key_name: str) -> None:
        """Revoke the key of that name."""
        (key,) = [key for key in self.running.service.keyring.list(self.name) if key.name == key_name]
        self.running.service.keyring.revoke(key.id)

    @property
    def repository(self) -> Path:
        """The bare repository."""
        return self.running.service.repository_path(OrgId(self.name))

    def git(self, *arguments: str) -> str:
        """What the real git says about the repository."""
        return git(self.repository, *arguments)

    def commits(self) -> list[str]:
        """The commits of main, newest first."""
        return self.git("rev-list", "--first-parent", "main").split()

    def close(self) -> None:
        """Close the clients."""
        self._clients.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextmanager
def running_service(data_dir: Path, **settings: Any) -> Iterator[RunningService]:
    """A service over a folder, answering on a loopback port of its own until the block ends."""
    clock = TickingClock()
    tools = FixtureTools()
    # Tests send bad keys on purpose, all from one address; the throttle has a test with a limit of its own.
    chosen = Settings(**{"data_dir": data_dir, "auth_failures_per_minute": 100_000, **settings})
    with open_service(chosen, clock=clock, capabilities_of=tools.capabilities) as service, _loopback() as listener:
        config = uvicorn.Config(service.app(), log_config=None, timeout_graceful_shutdown=5)
        server = _Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="server", daemon=True)
        thread.start()
        try:
            assert server.ready.wait(_SECONDS), "the server did not start"
            host, port = listener.getsockname()
            address = f"http://{host}:{port}"
            with closing(RunningService(service, address, clock, tools, chosen, connection(address))) as running:
                yield running
        finally:
            server.should_exit = True
            thread.join(_SECONDS)
            assert not thread.is_alive(), "the server did not stop"


@contextmanager
def _loopback() -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        yield listener


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The server that the tests of this process share."""
    with running_service(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture
def org(running: RunningService) -> Iterator[Organisation]:
    """A fresh organisation of this test alone."""
    organisation = running.organisation()
    yield organisation
    organisation.close()


@pytest.fixture(scope="module")
def shared_org(running: RunningService) -> Iterator[Organisation]:
    """An organisation for the tests of a module that change nothing in its memory."""
    organisation = running.organisation()
    yield organisation
    organisation.close()


@pytest.fixture
def client(org: Organisation) -> RuntimeClient:
    """A client with a new key of the fresh organisation."""
    return org.client()


@pytest.fixture(scope="module")
def shared_client(shared_org: Organisation) -> RuntimeClient:
    """A client with a key of the module's organisation."""
    return shared_org.client()
