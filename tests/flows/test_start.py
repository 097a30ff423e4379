"""What a server loads before it answers: modules are most of the time that a start takes."""

from collections.abc import Callable
from pathlib import Path

from tests.mcp_client import over_http, run
from tests.real_git import git
from tests.server_process import ServerProcess, new_data, printed, server_process

LATER = frozenset(
    {
        "alembic",  # for a database that has to be brought to the newest schema
        "fastapi",  # for the description of the HTTP interface
        "jsonschema",  # for capabilities whose parameters are data
        "mcp",  # for agents that speak the protocol
        "mcp_types",  # the same
        "sqlalchemy.dialects.postgresql",  # for nothing yet
    }
)
"""Modules that together take longer to load than all that a server needs in order to start."""


def loaded(data: Path, use: Callable[[ServerProcess], None]) -> set[str]:
    """The modules that a server has loaded at its end."""
    with server_process(data, options=["-X", "importtime"]) as server:
        use(server)
        server.terminate()
        assert server.wait() == 0
    lines = [line for line in server.logged.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


def test_neither_a_start_nor_a_call_loads_what_only_some_ask_for(tmp_path: Path) -> None:
    data, _ = new_data(tmp_path)
    key = printed(data, "key", "create", "--org", "acme", "--name", "all", "--scope", "*")

    def use(server: ServerProcess) -> None:
        with server.client(key) as client:
            client.result("memory_write", path="/a.md", content="A walrus.")
            assert client.result("memory_search", query="walrus")["total"] == 1
            assert client.result("memory_ls")["entries"]
        cloned = server.address.replace("://", f"://any:{key}@") + "/git/acme.git"
        git(tmp_path, "clone", "--quiet", cloned, "cloned")

    modules = loaded(data, use)
    assert {"sqlalchemy", "starlette", "memory_service.http_api", "memory_service.git_http"} <= modules
    assert not modules & LATER


def test_the_protocol_and_the_description_are_loaded_for_whoever_asks_for_them(tmp_path: Path) -> None:
    data, key = new_data(tmp_path)

    def use(server: ServerProcess) -> None:
        tools = run(over_http(server.address, key), lambda client: client.list_tools()).tools
        assert {tool.name for tool in tools} >= {"memory_ls", "memory_search"}
        with server.client(key) as client:
            assert client.http.get("/openapi.json").json()["paths"]

    assert {"mcp", "mcp_types", "fastapi"} <= loaded(data, use)
