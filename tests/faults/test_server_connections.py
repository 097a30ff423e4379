"""More connections than the server has file descriptors for: who asks for something is answered."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from memory_service.descriptors import shares_of
from tests.runtime_client import refused
from tests.server_process import ServerProcess, new_data, server_process

DESCRIPTORS = 128
TRIES = 500


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerProcess, str]]:
    """A server that may open few files, and a key for it."""
    data, key = new_data(Path(tmp_path_factory.mktemp("connections")))
    with server_process(data, fixture_tools=True, descriptors=DESCRIPTORS) as server:
        yield server, key


@pytest.fixture
def server(served: tuple[ServerProcess, str]) -> ServerProcess:
    """The server."""
    return served[0]


@pytest.fixture
def key(served: tuple[ServerProcess, str]) -> str:
    """The key."""
    return served[1]


def connect(server: ServerProcess) -> socket.socket:
    host, port = server.address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def test_connections_that_ask_for_nothing_make_room_for_those_that_do(server: ServerProcess, key: str) -> None:
    with ExitStack() as held:
        idle = [held.enter_context(connect(server)) for _ in range(3 * DESCRIPTORS)]
        with server.client(key) as client:
            for number in range(5):
                client.result("memory_write", path=f"/{number}.md", content="x")
        assert idle[0].recv(1) == b"", "the one that had waited longest has been ended"
    with server.client(key) as client:
        assert len(client.result("memory_ls")["entries"]) == 5


@pytest.mark.requirement("errors.overloaded", "errors.should_retry")
def test_requests_beyond_those_that_are_taken_on_are_told_to_come_back(server: ServerProcess, key: str) -> None:
    with server.client(key) as client, ExitStack() as held:
        started = client.call("board_hold", {"gate": "closed"}, headers={"Prefer": "respond-async"}).json()
        stream = (
            f"GET /api/runtime/executions/{started['executionId']}/events HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {key}\r\n\r\n"
        ).encode()
        for _ in range(shares_of(DESCRIPTORS).requests):
            opened = held.enter_context(connect(server))
            opened.sendall(stream)
            assert opened.recv(12) == b"HTTP/1.1 200"
        busy = client.get("/capabilities")
        refused(busy, 503, "overloaded")
        assert int(busy.headers["retry-after"]) >= 1
        assert busy.headers["x-should-retry"] == "true"
        held.close()
        assert any(client.get("/capabilities").status_code == 200 for _ in range(TRIES)), "it recovers"
