"""What is derived can be lost or damaged: it is rebuilt by itself, and the answers are the same."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runtime_client import Json, RuntimeClient
from tests.service_fixtures import Organisation, RunningService, running_service

FILES = {f"/topics/{number}.md": f"# Topic {number}\n\nThe walrus of topic {number} sleeps.\n" for number in range(8)}


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _overwrite(path: Path) -> None:
    for file in [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]:
        file.write_bytes(b"\x00garbage" * 100)


def _truncate(path: Path) -> None:
    for file in [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]:
        with file.open("r+b") as opened:
            opened.truncate(file.stat().st_size // 2)


DAMAGES: dict[str, Callable[[Path], None]] = {"deleted": _delete, "overwritten": _overwrite, "cut in half": _truncate}


def _answers(client: RuntimeClient) -> list[Json]:
    return [
        client.result("memory_search", query="walrus sleeps", limit=50),
        client.result("memory_search", query='"topic 3"'),
        client.result("memory_ls", path="/", depth=5),
        client.result("memory_read", path="/topics/3.md"),
    ]


def _filled(running: RunningService) -> Organisation:
    """A new organisation that holds the files."""
    org = running.organisation()
    with RuntimeClient(running.address, org.key()) as client:
        for path, content in FILES.items():
            client.result("memory_write", path=path, content=content)
    return org


@pytest.mark.requirement("search.fresh", "ls.entries")
@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("what", ["derived", "derived/index", "derived/files.db"])
def test_a_damaged_mirror_is_rebuilt_when_the_server_starts(tmp_path: Path, what: str, damage: str) -> None:
    with running_service(tmp_path) as running:
        key = _filled(running).key()
        with RuntimeClient(running.address, key) as client:
            before = _answers(client)
    DAMAGES[damage](tmp_path / what)
    with running_service(tmp_path) as running, RuntimeClient(running.address, key) as client:
        assert _answers(client) == before
        client.result("memory_append", path="/topics/9.md", content="The walrus wakes.")
        assert client.result("memory_search", query="wakes")["total"] == 1


@pytest.mark.requirement("search.fresh")
def test_an_index_that_is_deleted_under_a_running_server_is_rebuilt(tmp_path: Path) -> None:
    with running_service(tmp_path) as running:
        org = _filled(running)
        client = org.client()
        before = _answers(client)
        shutil.rmtree(tmp_path / "derived" / "index" / org.name)
        client.result("memory_append", path="/a.md", content="The ostrich runs.")
        assert client.result("memory_search", query="ostrich")["total"] == 1
        assert client.result("memory_search", query="walrus sleeps", limit=50)["total"] == before[0]["total"]
        org.close()
