"""Clients that send half a request, stop reading or go away: nobody else notices."""

import json
import socket
import struct
from collections.abc import Iterator

import pytest

from tests.runtime_client import RuntimeClient
from tests.service_fixtures import Organisation, RunningService, client, org, running

__all__ = ["client", "org", "running"]


def _connect(running: RunningService, receive_buffer: int | None = None) -> socket.socket:
    host, port = running.address.removeprefix("http://").split(":")
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(20)
    connection.connect((host, int(port)))
    return connection


def _request(client: RuntimeClient, method: str, path: str, body: bytes = b"") -> bytes:
    return (
        f"{method} /api/runtime{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


@pytest.fixture
def write(client: RuntimeClient) -> bytes:
    """A request that writes a file."""
    body = json.dumps({"input": {"path": "/half.md", "content": "Half a request."}}).encode()
    return _request(client, "POST", "/tools/memory_write", body)


@pytest.mark.requirement("json.never_stored", "invoke.refused_no_execution")
def test_half_a_request_changes_nothing(org: Organisation, client: RuntimeClient, write: bytes) -> None:
    commits = org.commits()
    for cut in (1, 20, write.index(b"\r\n\r\n"), write.index(b"\r\n\r\n") + 4, len(write) - 10, len(write) - 1):
        with _connect(org.running) as connection:
            connection.sendall(write[:cut])
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert client.result("memory_ls")["entries"] == []
    assert org.commits() == commits
    assert len(client.get("/sessions").json()["sessions"]) == 1


@pytest.mark.requirement("invoke.one_execution")
def test_a_client_that_leaves_before_the_answer_has_written(
    org: Organisation, client: RuntimeClient, write: bytes
) -> None:
    """The request was whole: what it asked for happens, once, and its execution tells of it."""
    with _connect(org.running) as connection:
        connection.sendall(write)
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert client.result("memory_read", path="/half.md")["content"] == "Half a request."


@pytest.mark.requirement("errors.request_invalid")
@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/runtime/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/runtime/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n" + b"X-A: b\r\n" * 20_000 + b"\r\n",
    ],
    ids=["tls", "no version", "future", "negative length", "two lengths", "long line", "many headers"],
)
def test_what_is_no_request_ends_the_connection_and_nothing_else(
    org: Organisation, client: RuntimeClient, request_bytes: bytes
) -> None:
    with _connect(org.running) as connection:
        try:
            connection.sendall(request_bytes)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(65536)
        except OSError:
            answer = b""
    assert not answer.startswith(b"HTTP/1.1 2") or request_bytes.startswith(b"GET /healthz")
    assert client.result("memory_ls")["path"] == "/"


@pytest.fixture
def unread(org: Organisation, client: RuntimeClient) -> Iterator[socket.socket]:
    """A stream of a held execution whose client reads nothing of it."""
    gate = org.running.tools.gate(org.name)
    execution = client.call("board_hold", {"gate": org.name}, headers={"Prefer": "respond-async"}).json()["executionId"]
    gate.wait_entered()
    with _connect(org.running, receive_buffer=2048) as connection:
        connection.sendall(_request(client, "GET", f"/executions/{execution}/events"))
        yield connection
    gate.release()


@pytest.mark.requirement("events.open.often", "events.seamless")
def test_a_client_that_stops_reading_holds_nobody_up(
    org: Organisation, client: RuntimeClient, unread: socket.socket
) -> None:
    gate = org.running.tools.gate(org.name)
    for number in range(200):
        gate.checkpoint(f"Step {number} " + "x" * 10_000)
    gate.release()
    sessions = client.get("/sessions").json()["sessions"]
    (execution,) = client.get(f"/sessions/{sessions[0]['id']}/executions").json()["executions"]
    events = client.events(execution["id"])
    assert len(events) == 206
    assert client.result("memory_ls")["path"] == "/"
