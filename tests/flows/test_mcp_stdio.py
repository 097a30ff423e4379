"""An agent on the machine of the memory speaks with it on standard input and output, beside a running server."""

import sys
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult

from tests.mcp_client import NEW, OLD, called, meta_of, result_of, run
from tests.real_git import git
from tests.runtime_client import RuntimeClient
from tests.server_process import command_line, new_data
from tests.service_fixtures import running_service


def local(data: Path, era: str) -> Client:
    """A client that starts ``memory-service mcp``, as agents do from their configuration."""
    command = ["-m", "memory_service", "mcp", "--data", str(data), "--org", "acme", "--name", "Claude Code"]
    return Client(StdioServerParameters(command=sys.executable, args=command), mode=era)


@pytest.mark.requirement("mcp.local", "mcp.execution")
@pytest.mark.parametrize("era", [NEW, OLD])
def test_it_works_beside_a_server_on_the_same_data(tmp_path: Path, era: str) -> None:
    data, key = new_data(tmp_path)
    with running_service(data) as running, RuntimeClient(running.address, key) as rest:

        async def talked(client: Client) -> tuple[CallToolResult, list[str]]:
            appended = await called(client, "memory_append", path="/a.md", content="A walrus.")
            # What the server writes now, this process finds.
            rest.result("memory_write", path="/b.md", content="# B\n\nA walrus too.\n")
            found = await result_of(client, "memory_search", query="walrus")
            return appended, sorted(hit["path"] for hit in found["hits"])

        appended, found = run(local(data, era), talked)
        assert found == ["/a.md", "/b.md"]
        assert {hit["path"] for hit in rest.result("memory_search", query="walrus")["hits"]} == set(found)
        ids = meta_of(appended)
        assert set(ids) == {"sessionId", "executionId", "runId"}
        execution = rest.execution(ids["executionId"])
        assert (execution["status"], execution["sessionId"]) == ("completed", ids["sessionId"])
        made = git(
            data / "orgs" / "acme.git", "show", "-s", "--format=%an%n%(trailers:key=Key-Id)", execution["commit"]
        )
        assert made.split("\n")[:2] == ["Claude Code", "Key-Id: local"]


@pytest.mark.requirement("mcp.local")
@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (["--org", "absent"], 3, "absent"),
        (["--org", "acme", "--name", "two\nlines"], 2, "label"),
        ([], 2, "--org"),
    ],
    ids=["organisation", "label", "no organisation"],
)
def test_what_is_wrong_is_said_before_anything_is_answered(
    tmp_path: Path, options: list[str], code: int, sentence: str
) -> None:
    data, _ = new_data(tmp_path)
    ran = command_line(data, "mcp", *options)
    assert (ran.returncode, ran.stdout) == (code, "")
    assert sentence in ran.stderr
