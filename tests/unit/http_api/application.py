"""The application over a runtime with fakes, called in process."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from memory_service.access import Authenticator, mint
from memory_service.domain.calls import Scope
from memory_service.domain.capabilities import Capability
from memory_service.domain.ids import KeyId, OrgId
from memory_service.http_api import HttpOptions, create_app
from memory_service.runtime import AsyncRuntime
from tests.clocks import CountingIds
from tests.fakes.key_store import InMemoryKeyStore
from tests.unit.runtime.bench import Bench

SECONDS = 10
"""How long anything that a test waits for may take before the test fails."""

Json = dict[str, Any]


class TestBed:
    """An application, and everything at hand that a test moves or looks at."""

    __test__ = False

    def __init__(
        self,
        *capabilities: Capability,
        ready: Callable[[], Mapping[str, bool]] = lambda: {"database": True},
        limits: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        self.bench = Bench(*capabilities, **(limits or {}))
        self.keys = InMemoryKeyStore(OrgId("acme"), OrgId("globex"))
        self.ids = CountingIds()
        self.runtime = AsyncRuntime(self.bench.runtime)
        self.app = create_app(
            runtime=self.runtime,
            authenticator=Authenticator(self.keys, self.bench.clock, failures_per_minute=1000),
            options=HttpOptions(**options),
            ready=ready,
            new_id=self.ids,
        )

    def key(self, *scopes: Scope, org: str = "acme") -> str:
        """A new key; its secret."""
        held = frozenset(scopes or {Scope.RUNTIME})
        key, secret = mint(
            key_id=KeyId(self.ids("key")),
            org=OrgId(org),
            label="Agent",
            scopes=held,
            created_at=self.bench.clock(),
            expires_at=None,
        )
        self.keys.add(key)
        return secret

    @asynccontextmanager
    async def client(self, key: str | None = None, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        """A client with a key (a new one where none is given), while the application lives."""
        async with self.app.router.lifespan_context(self.app), self.another_client(key, **headers) as client:
            yield client

    @asynccontextmanager
    async def another_client(self, key: str | None = None, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        """A further client of an application that lives."""
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://memory.test",
            headers={"Authorization": f"Bearer {key or self.key()}", **headers},
        ) as client:
            yield client


def refused(response: httpx.Response, status: int, code: str) -> Json:
    """Check that an answer is this error in the envelope of the contract; its details."""
    body: Json = response.json()
    assert (response.status_code, body["code"]) == (status, code), response.text
    assert set(body) - {"details"} == {"error", "code", "requestId"}
    assert body["requestId"] == response.headers["x-request-id"]
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-should-retry"] in {"true", "false"}
    details: Json = body.get("details", {})
    return details


def read_events(text: str) -> list[tuple[str | None, str, Json]]:
    """The events of a stream: id, type, data. Fails where a line is of no known field."""
    events: list[tuple[str | None, str, Json]] = []
    for block in text.split("\n\n")[:-1]:
        fields: dict[str, str] = {}
        for line in block.split("\n"):
            name, colon, value = line.partition(": ")
            assert colon, line
            assert name in {"id", "event", "data", ""}, line
            assert name not in fields, line
            fields[name] = value
        if "data" in fields:
            events.append((fields.get("id"), fields["event"], json.loads(fields["data"])))
    return events
