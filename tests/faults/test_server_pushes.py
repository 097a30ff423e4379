"""A server that is killed around a push: what git was told is true, and nothing of the rest is in the way."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.git_client.people import Person
from tests.real_git import git
from tests.server_process import ServerProcess, printed, server_process


class Place:
    """A data folder, and somebody who pushes to whatever server is on it."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        printed(self.data, "org", "create", "acme")
        self.key = printed(
            self.data, "key", "create", "--org", "acme", "--name", "Ada", "--scope", "git:write", "--scope", "runtime"
        )
        self.repository = self.data / "orgs" / "acme.git"
        self.person = Person("Ada", folder, "", lambda: datetime.now(UTC))

    @contextmanager
    def server(self) -> Iterator[ServerProcess]:
        with server_process(self.data) as server:
            self.person.url = f"http://ada:{self.key}@{urlsplit(server.address).netloc}/git/acme.git"
            if self.person.folder.exists():
                self.person.git("remote", "set-url", "origin", self.person.url)
            else:
                self.person.clone()
            yield server

    def head(self) -> str:
        return git(self.repository, "rev-parse", "main").strip()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_what_was_acknowledged_outlives_the_server(place: Place) -> None:
    with place.server() as server:
        pushed = place.person.commit("Add a page", {"topics/page.md": "# Wombat\n"})
        place.person.push()
        server.kill()
    assert place.head() == pushed
    with place.server() as server, server.client(place.key) as agent:
        (hit,) = agent.result("memory_search", query="wombat")["hits"]
        assert hit["path"] == "/topics/page.md"
        assert agent.result("memory_read", path="/topics/page.md")["commit"] == pushed


def test_a_push_whose_server_dies_before_it_arrives_is_pushed_again(place: Place, tmp_path: Path) -> None:
    with place.server() as server:
        before = place.head()
        pushed = place.person.commit("Add a page", {"topics/page.md": "# Page\n"})
        hook = place.person.folder / ".git" / "hooks" / "pre-push"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\nkill -9 {server.pid}\n")
        hook.chmod(0o755)
        place.person.refused("push", "origin", "main")
        server.wait()
        hook.unlink()
    assert place.head() == before
    with place.server():
        place.person.push()
    assert place.head() == pushed


def test_a_push_that_had_half_arrived_leaves_nothing(place: Place) -> None:
    with place.server() as server:
        before = stored(place.repository)
        address = urlsplit(server.address)
        with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
            connection.sendall(
                f"POST /git/acme.git/git-receive-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {place.key}\r\n"
                "Content-Type: application/x-git-receive-pack-request\r\nTransfer-Encoding: chunked\r\n"
                "Expect: 100-continue\r\n\r\n".encode()
            )
            # The server asks for the body: it is reading.
            assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
            connection.sendall(b"100000\r\n" + bytes(0x80000))
            server.kill()
    with place.server():
        assert stored(place.repository) == before
        place.person.commit("Add a page", {"topics/page.md": "# Page\n"})
        place.person.push()
    assert git(place.repository, "fsck", "--full", "--strict").strip() == ""


def test_a_server_that_is_told_to_end_lets_a_push_that_it_works_on_finish_or_fail(place: Place) -> None:
    with place.server() as server:
        before = place.head()
        pushed = place.person.commit("Add a page", {"topics/page.md": "# Page\n"})
        hook = place.person.folder / ".git" / "hooks" / "pre-push"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\nkill {server.pid}\n")
        hook.chmod(0o755)
        ran = place.person.run("push", "origin", "main", succeeds=False)
        server.wait()
    assert place.head() == (pushed if ran.returncode == 0 else before)


def stored(repository: Path) -> set[str]:
    return {str(path.relative_to(repository)) for path in repository.rglob("*") if path.is_file()}
