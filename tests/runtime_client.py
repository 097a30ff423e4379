"""The runtime API as the author of a client would wrap it, and what a test asks of every refusal."""

import json
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import httpx
from httpx_sse import EventSource

Json = dict[str, Any]

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_SECONDS = 20
"""The longest that any request of a test may take."""


_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Servers of tests speak plain HTTP; reading the machine's certificates for each client takes longer than its test."""


def connection(address: str, **headers: str) -> httpx.Client:
    """A client of a server, without a key unless the headers carry one."""
    return httpx.Client(base_url=address, headers=headers, timeout=_SECONDS, trust_env=False, verify=_NO_AUTHORITIES)


@dataclass(frozen=True)
class StreamedEvent:
    """One event of a stream, its data read."""

    id: int
    type: str
    data: Json


class RuntimeClient:
    """Calls the runtime API with one key."""

    def __init__(self, address: str, key: str) -> None:
        self.key = key
        self.http = connection(address, Authorization=f"Bearer {key}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def get(self, path: str, headers: Mapping[str, str] | None = None, **query: Any) -> httpx.Response:
        """GET below ``/api/runtime``."""
        return self.http.get(f"/api/runtime{path}", params=query, headers=headers)

    def post(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """POST a JSON body below ``/api/runtime``."""
        return self.http.post(f"/api/runtime{path}", json={} if body is None else body, headers=headers)

    def post_raw(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """POST bytes as JSON below ``/api/runtime``."""
        return self.http.post(
            f"/api/runtime{path}", content=body, headers={"Content-Type": "application/json", **(headers or {})}
        )

    def call(
        self, tool: str, tool_input: object = None, *, headers: Mapping[str, str] | None = None, **members: Any
    ) -> httpx.Response:
        """Invoke a tool, whatever comes of it; ``members`` are further members of the body."""
        body = {**({} if tool_input is None else {"input": tool_input}), **members}
        return self.post(f"/tools/{tool}", body, headers)

    def invoke(
        self, tool: str, tool_input: object = None, *, headers: Mapping[str, str] | None = None, **members: Any
    ) -> Json:
        """Invoke a tool that succeeds; the body of the answer."""
        return succeeded(self.call(tool, tool_input, headers=headers, **members))

    def result(self, tool: str, *, session: str | None = None, **tool_input: Any) -> Json:
        """Invoke a tool that succeeds; its result."""
        members: Json = {} if session is None else {"sessionId": session}
        result: Json = self.invoke(tool, tool_input, **members)["result"]
        return result

    def session(self, **members: Any) -> str:
        """Create a session; its id."""
        identifier: str = succeeded(self.post("/sessions", members))["session"]["id"]
        return identifier

    def execution(self, execution_id: str) -> Json:
        """An execution as it is now."""
        execution: Json = succeeded(self.get(f"/executions/{execution_id}"))["execution"]
        return execution

    @contextmanager
    def stream(
        self, execution_id: str, last_event_id: str | int | None = None, *, seconds: float = _SECONDS
    ) -> Iterator[Iterator[StreamedEvent]]:
        """Open the event stream of an execution; yields its events as they come, each within ``seconds``."""
        headers = {"Accept": "text/event-stream"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = str(last_event_id)
        path = f"/api/runtime/executions/{execution_id}/events"
        with self.http.stream("GET", path, headers=headers, timeout=seconds) as response:
            assert response.status_code == 200, response.read()
            yield _read(response)

    def events(self, execution_id: str, last_event_id: str | int | None = None) -> list[StreamedEvent]:
        """All events of an execution, up to the end of its stream."""
        with self.stream(execution_id, last_event_id) as events:
            return list(events)


def _read(response: httpx.Response) -> Iterator[StreamedEvent]:
    for event in EventSource(response).iter_sse():
        yield StreamedEvent(int(event.id), event.event, json.loads(event.data))


def succeeded(response: httpx.Response) -> Json:
    """The body of an answer that says success."""
    assert response.is_success, f"{response.status_code} {response.text}"
    body: Json = response.json()
    return body


def refused(response: httpx.Response, status: int, code: str) -> Json:
    """Check that an answer is this error, in the envelope of the contract to the letter; its details, {} if none."""
    assert (response.status_code, response.json().get("code")) == (status, code), response.text
    assert response.headers["content-type"].partition(";")[0] == "application/json"
    body: Json = response.json()
    assert set(body) - {"details"} == {"error", "code", "requestId"}
    assert isinstance(body["error"], str)
    assert len(body["error"].split()) > 1
    assert body["requestId"] == response.headers["x-request-id"]
    assert body["requestId"].startswith("req_")
    assert response.headers["x-should-retry"] in {"true", "false"}
    details: Json = body.get("details", {})
    assert "details" not in body or details, "details stand only where they help"
    return details
