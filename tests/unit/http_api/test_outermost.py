import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from memory_service.domain.calls import Scope
from tests.fakes.capabilities import failing, named
from tests.unit.http_api.application import TestBed, refused

pytestmark = pytest.mark.anyio

Message = MutableMapping[str, Any]


@pytest.mark.requirement("errors.request_id")
async def test_every_answer_carries_the_id_of_its_request() -> None:
    bed = TestBed(requests_per_second=1000)
    async with bed.client() as client:
        made = (await client.post("/api/runtime/tools/echo", json={})).json()
        answers = [
            await client.get("/healthz"),
            await client.get("/metrics"),
            await client.get("/openapi.json"),
            await client.get("/docs"),
            await client.get("/nothing/here"),
            await client.put("/healthz"),
            await client.get("/api/runtime/sessions?limit=0"),
            await client.get("/api/runtime/sessions", headers={"Authorization": ""}),
            await client.get(made["executionEventsUrl"]),
            await client.get(made["executionEventsUrl"], headers={"Last-Event-ID": "6"}),
        ]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert all(one.startswith("req_") for one in ids)
    assert len(set(ids)) == len(ids)
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 404, 405, 400, 401, 200, 204]


@pytest.mark.parametrize(
    ("given", "taken"),
    [("req_a", True), ("req_" + "A.b_c-9" * 8, True), ("a", False), ("req_" + "x" * 61, False), ("req_a b", False)],
)
async def test_a_request_keeps_its_own_id_where_that_is_a_good_one(given: str, taken: bool) -> None:
    async with TestBed().client() as client:
        answer = await client.get("/nothing", headers={"X-Request-Id": given})
    assert (answer.headers["x-request-id"] == given) is taken
    assert answer.json()["requestId"] == answer.headers["x-request-id"]


async def test_an_address_without_a_key_that_does_not_exist_is_told_so() -> None:
    async with TestBed().client() as client:
        for path in ("/", "/api", "/api/runtime", "/api/runtime/nothing", "/api/runtime/sessions/", "//healthz"):
            refused(await client.get(path, headers={"Authorization": ""}), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/api/runtime/sessions", "GET, POST"),
        ("OPTIONS", "/api/runtime/sessions", "GET, POST"),
        ("TRACE", "/api/runtime/sessions", "GET, POST"),
        ("GET", "/api/runtime/tools/echo", "POST"),
        ("DELETE", "/api/runtime/executions/exec_1", "GET"),
        ("POST", "/healthz", "GET, HEAD"),
        ("BREW", "/readyz", "GET, HEAD"),
    ],
)
async def test_a_method_that_an_address_does_not_answer_to_is_refused_with_those_it_does(
    method: str, path: str, allow: str
) -> None:
    async with TestBed().client() as client:
        answer = await client.request(method, path, headers={"Authorization": ""})
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == allow


@pytest.mark.requirement("errors.internal_error")
async def test_a_bug_anywhere_is_answered_in_the_envelope_and_leaks_nothing() -> None:
    bug = RuntimeError("password=hunter2")

    def broken() -> dict[str, bool]:
        raise bug

    bed = TestBed(ready=broken)
    async with bed.client() as client:
        with capture_logs() as logs:
            answer = await client.get("/readyz")
        refused(answer, 500, "internal_error")
        assert answer.headers["x-should-retry"] == "true"
        assert (await client.get("/healthz")).status_code == 200
    assert "hunter2" not in answer.text + str(logs)
    assert bed.bench.faults == [bug]


@pytest.mark.parametrize(("headers", "retry"), [({}, "false"), ({"Idempotency-Key": "once"}, "true")])
async def test_a_bug_while_something_may_have_been_done_is_worth_a_retry_with_an_idempotency_key_only(
    headers: dict[str, str], retry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bed = TestBed()

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(bed.runtime, "invoke", broken)
    async with bed.client() as client:
        answer = await client.post("/api/runtime/tools/echo", json={}, headers=headers)
    refused(answer, 500, "internal_error")
    assert answer.headers["x-should-retry"] == retry


@pytest.mark.requirement("errors.envelope")
@pytest.mark.parametrize(("headers", "retry"), [({}, "false"), ({"Idempotency-Key": "once"}, "true")])
async def test_a_request_that_the_end_of_the_server_cuts_off_is_answered_in_the_envelope(
    headers: dict[str, str], retry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bed = TestBed()

    async def cut_off(*_: object, **__: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(bed.runtime, "invoke", cut_off)
    async with bed.client() as client:
        answer = await client.post("/api/runtime/tools/echo", json={}, headers=headers)
    refused(answer, 503, "overloaded")
    assert answer.headers["x-should-retry"] == retry
    assert bed.bench.faults == []


async def test_the_access_log_tells_the_route_and_who_and_nothing_that_was_sent() -> None:
    bed = TestBed(named("fail", failing(RuntimeError("sentinel-error"))))
    secret = bed.key(Scope.RUNTIME)
    async with bed.client(secret) as client:
        with capture_logs() as logs:
            await client.post(
                "/api/runtime/tools/fail?q=sentinel-query",
                json={"input": {"a": "sentinel-body"}, "title": "sentinel-title"},
                headers={"Idempotency-Key": "sentinel-header", "X-Request-Id": "req_given"},
            )
            await client.get("/nothing/sentinel-path")
            await client.get("/api/runtime/sessions/sentinel-session", headers={"Authorization": "Bearer sentinel"})
    requests = [{**entry, "ms": 0} for entry in logs if entry["event"] == "request"]
    common = {"event": "request", "log_level": "info", "ms": 0}
    assert requests == [
        {
            **common,
            "method": "POST",
            "route": "/api/runtime/tools/{toolName}",
            "status": 500,
            "org": "acme",
            "key_id": bed.keys.keys()[0].id,
        },
        {**common, "method": "GET", "route": "unmatched", "status": 404, "org": None, "key_id": None},
        {
            **common,
            "method": "GET",
            "route": "/api/runtime/sessions/{sessionId}",
            "status": 401,
            "org": None,
            "key_id": None,
        },
    ]
    assert "sentinel" not in str(logs)
    assert secret not in str(logs)


async def test_a_client_that_leaves_before_its_body_is_whole_has_invoked_nothing() -> None:
    bed = TestBed()
    sent: list[Message] = []
    messages: list[Message] = [
        {"type": "http.request", "body": b'{"input":', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/api/runtime/tools/echo",
        "raw_path": b"/api/runtime/tools/echo",
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"host", b"memory.test"),
            (b"x-api-key", bed.key().encode()),
            (b"content-type", b"application/json"),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    async with bed.app.router.lifespan_context(bed.app):
        with capture_logs() as logs:
            await bed.app(scope, receive, send)
    assert sent == []
    assert [entry["status"] for entry in logs if entry["event"] == "request"] == [499]
    assert bed.bench.made_nothing()
    assert bed.bench.faults == []
