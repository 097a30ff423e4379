"""Starting on a data folder that is damaged, in use or unusable: one sentence and a documented exit code."""

import socket
import sqlite3
from pathlib import Path

import pytest

from tests.real_git import git
from tests.server_process import command_line, new_data, printed, server_process


def _refusal(data: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and the one sentence of a command that refuses."""
    ran = command_line(data, *arguments)
    assert ran.stdout == ""
    (line,) = ran.stderr.strip().splitlines()
    assert "Traceback" not in line
    return ran.returncode, line


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"SQLite format 3\x00" + b"\xff" * 8000])
def test_a_server_refuses_to_start_on_a_damaged_database(tmp_path: Path, content: bytes) -> None:
    data, _ = new_data(tmp_path)
    repository = data / "orgs" / "acme.git"
    head = git(repository, "rev-parse", "main")
    for name in ("memory.db-wal", "memory.db-shm"):
        (data / name).unlink(missing_ok=True)
    (data / "memory.db").write_bytes(content)
    code, line = _refusal(data, "serve", "--port", "0")
    assert code == 6
    assert "memory.db" in line
    assert (data / "memory.db").read_bytes() == content
    assert git(repository, "rev-parse", "main") == head
    git(repository, "fsck", "--full", "--strict")


def test_a_database_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    data, _ = new_data(tmp_path)
    with sqlite3.connect(data / "memory.db") as database:
        database.execute("UPDATE alembic_version SET version_num = 'from_the_future'")
    database.close()
    code, _ = _refusal(data, "serve", "--port", "0")
    assert code == 6


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    data, _ = new_data(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, line = _refusal(data, "serve", "--port", str(taken.getsockname()[1]))
    assert code != 0
    assert str(taken) not in line


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    code, line = _refusal(tmp_path / "file" / "data", "org", "list")
    assert code != 0
    assert "file" in line


@pytest.mark.requirement("auth.scope.default")
def test_commands_work_beside_a_running_server(tmp_path: Path) -> None:
    data, key = new_data(tmp_path)
    with server_process(data) as server, server.client(key) as client:
        client.result("memory_write", path="/a.md", content="A walrus.")
        printed(data, "org", "create", "other")
        other = printed(data, "key", "create", "--org", "other", "--name", "agent")
        with server.client(other) as stranger:
            assert stranger.result("memory_write", path="/a.md", content="An ostrich.")["created"] is True
        printed(data, "doctor")
        printed(data, "reindex")
        assert client.result("memory_search", query="walrus")["total"] == 1
