"""Bodies that are too large, too slow or of the wrong type, and callers that ask too often."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.runtime_client import RuntimeClient, refused, succeeded
from tests.service_fixtures import Organisation, RunningService, running_service

MIB = 1024 * 1024
SMALL = 4096


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A server with limits that a test can reach."""
    folder = tmp_path_factory.mktemp("strict")
    with running_service(folder, max_body_bytes=SMALL, body_seconds=0.3) as running:
        yield running


@pytest.fixture
def strict_org(strict: RunningService) -> Iterator[Organisation]:
    """An organisation of that server."""
    org = strict.organisation()
    yield org
    org.close()


@pytest.mark.requirement("json.size", "errors.payload_too_large")
def test_a_body_over_two_mebibytes_is_refused(client: RuntimeClient) -> None:
    body = b'{"input": {"filter": "%s"}}' % (b"x" * (2 * MIB))
    assert refused(client.post_raw("/tools/board_list", body), 413, "payload_too_large") == {"limitBytes": 2 * MIB}
    assert succeeded(client.get("/sessions"))["sessions"] == []


@pytest.mark.requirement("json.size", "errors.payload_too_large")
@pytest.mark.parametrize("over", [0, 1])
def test_the_limit_is_met_to_the_byte(strict_org: Organisation, over: int) -> None:
    frame = b'{"input": {"filter": "%s"}}'
    body = frame % (b"x" * (SMALL + over - len(frame) + 2))
    assert len(body) == SMALL + over
    answer = strict_org.client().post_raw("/tools/board_list", body)
    if over:
        assert refused(answer, 413, "payload_too_large") == {"limitBytes": SMALL}
    else:
        succeeded(answer)


@pytest.mark.requirement("json.size", "errors.payload_too_large")
def test_a_chunked_body_cannot_hide_its_length(strict_org: Organisation) -> None:
    chunks = (b"x" * 1000 for _ in range(20))
    client = strict_org.client()
    answer = client.http.post("/api/runtime/sessions", content=chunks, headers={"Content-Type": "application/json"})
    refused(answer, 413, "payload_too_large")


@pytest.mark.requirement("json.size")
def test_a_length_that_is_announced_is_refused_before_it_is_sent(strict_org: Organisation) -> None:
    head = _head(strict_org, SMALL + 1)
    assert b"413" in _raw(strict_org.running, head).partition(b"\r\n")[0]


@pytest.mark.requirement("errors.timeout.body", "errors.should_retry")
@pytest.mark.parametrize("sent", [b"", b"{", b'{"input": {}'])
def test_a_body_that_does_not_arrive_times_out(strict_org: Organisation, sent: bytes) -> None:
    answer = _raw(strict_org.running, _head(strict_org, 100) + sent)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b" 408 " in head.partition(b"\r\n")[0] + b" "
    assert b"x-should-retry: true" in head.lower()
    assert b"x-request-id: req_" in head.lower()
    error = json.loads(body)
    assert (error["code"], error["details"]) == ("timeout", {"phase": "body"})


@pytest.mark.requirement("errors.unsupported_media_type")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/jsonp"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "application/json; charset=utf-16"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/api/runtime/tools/memory_ls", "/api/runtime/sessions"])
def test_a_body_of_another_type_is_not_read(shared_client: RuntimeClient, headers: dict[str, str], path: str) -> None:
    answer = shared_client.http.post(path, content=b"{}", headers=headers)
    refused(answer, 415, "unsupported_media_type")


@pytest.mark.requirement("errors.unsupported_media_type")
@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON", "application/json; charset=utf-8"])
def test_json_is_read_however_it_is_called(shared_client: RuntimeClient, media_type: str) -> None:
    answer = shared_client.http.post(
        "/api/runtime/tools/memory_ls", content=b"{}", headers={"Content-Type": media_type}
    )
    succeeded(answer)


@pytest.mark.requirement("errors.rate_limited", "errors.should_retry")
def test_a_key_that_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    with running_service(tmp_path, requests_per_second=1) as running:
        org = running.organisation()
        client, other = org.client(), org.client()
        answers = [client.get("/capabilities") for _ in range(10)]
        limited = [answer for answer in answers if answer.status_code != 200]
        assert answers[0].status_code == 200
        assert limited
        for answer in limited:
            refused(answer, 429, "rate_limited")
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.headers["x-should-retry"] == "true"
        succeeded(other.get("/capabilities"))
        org.close()


@pytest.mark.requirement("errors.rate_limited")
def test_a_key_that_holds_too_many_streams_opens_no_more(tmp_path: Path) -> None:
    with running_service(tmp_path, streams_per_key=2) as running, ExitStack() as streams:
        org = running.organisation()
        client, gate = org.client(), running.tools.gate("held")
        answer = client.call("board_hold", {"gate": "held"}, headers={"Prefer": "respond-async"})
        execution = answer.json()["executionId"]
        opened = [streams.enter_context(client.stream(execution)) for _ in range(2)]
        for events in opened:
            next(events)
        third = client.get(f"/executions/{execution}/events")
        refused(third, 429, "rate_limited")
        assert int(third.headers["retry-after"]) >= 1
        gate.release()
        assert [list(events)[-1].type for events in opened] == ["done", "done"]
        assert client.events(execution)[-1].type == "done"
        org.close()


@pytest.mark.requirement("errors.auth_throttled", "errors.should_retry")
def test_an_address_that_guesses_keys_is_throttled(tmp_path: Path) -> None:
    with running_service(tmp_path, auth_failures_per_minute=3) as running:
        guesses = [
            running.http.get("/api/runtime/capabilities", headers={"x-api-key": f"guess-{number}"})
            for number in range(6)
        ]
        for answer in guesses[:3]:
            refused(answer, 401, "token_invalid")
        refused(guesses[-1], 429, "auth_throttled")
        assert int(guesses[-1].headers["retry-after"]) >= 1
        assert guesses[-1].headers["x-should-retry"] == "true"


def _head(org: Organisation, length: int) -> bytes:
    return (
        f"POST /api/runtime/sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {org.key()}\r\n"
        f"Connection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def _raw(running: RunningService, request: bytes) -> bytes:
    """Send bytes and read until the server closes."""
    host, port = running.address.removeprefix("http://").split(":")
    received = b""
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(request)
        while part := connection.recv(65536):
            received += part
    return received
