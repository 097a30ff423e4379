"""Heads of requests that never end: the server gives up on them, whoever they come from."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from memory_service.cli.heads import HEAD_BYTES
from tests.server_process import ServerProcess, new_data, server_process

SECONDS = 1


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that does not wait for long."""
    data, _ = new_data(Path(tmp_path_factory.mktemp("heads")))
    with server_process(data, body_seconds=str(SECONDS)) as running:
        yield running


@pytest.fixture
def connection(server: ServerProcess) -> Iterator[socket.socket]:
    """A connection to it."""
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as made:
        yield made


def rest_of(connection: socket.socket) -> bytes:
    """What the server sends before it closes the connection."""
    answer = b""
    with suppress(ConnectionError):
        while part := connection.recv(65536):
            answer += part
    return answer


WHOLE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("begun", [b"", b"GET /healthz HTTP/1.1\r\nHost", b"POST "])
def test_a_head_that_does_not_arrive_in_time_ends_its_connection(connection: socket.socket, begun: bytes) -> None:
    connection.sendall(begun)
    assert rest_of(connection).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("line", [b"X-Header: value\r\n", b"x" * 1000], ids=["many headers", "one header"])
def test_a_head_that_is_too_large_ends_its_connection(connection: socket.socket, line: bytes) -> None:
    with suppress(ConnectionError):
        connection.sendall(b"GET /healthz HTTP/1.1\r\nX-Header: ")
        for _ in range(100 * HEAD_BYTES // len(line)):
            connection.sendall(line)
        connection.sendall(b"\r\n\r\n")
    assert not rest_of(connection).startswith(b"HTTP/1.1 200 ")


def test_a_large_head_that_is_allowed_is_answered_and_so_is_the_next(connection: socket.socket) -> None:
    header = b"X-Header: " + b"v" * (HEAD_BYTES // 2) + b"\r\n"
    for head in (WHOLE[:-2] + header + b"\r\n", WHOLE):
        connection.sendall(head)
        answer = b""
        while not answer.endswith(b'{"status":"ok"}'):
            part = connection.recv(65536)
            assert part
            answer += part


def test_requests_that_come_at_once_are_all_answered(connection: socket.socket) -> None:
    connection.sendall(WHOLE * 3 + WHOLE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert rest_of(connection).count(b"HTTP/1.1 200 ") == 4
