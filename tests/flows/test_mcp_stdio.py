"""An agent on the machine of the memory speaks with it on standard input and output, beside a running server."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp_types import INVALID_PARAMS, CallToolResult, ResourceUpdatedNotification

from tests.mcp_client import NEW, OLD, called, meta_of, result_of, run
from tests.real_git import git
from tests.runtime_client import RuntimeClient
from tests.server_process import command_line, new_data
from tests.service_fixtures import running_service


def local(data: Path, era: str, hear: Any = None) -> Client:
    """A client that starts ``memory-service mcp``, as agents do from their configuration."""
    command = ["-m", "memory_service", "mcp", "--data", str(data), "--org", "acme", "--name", "Claude Code"]
    return Client(StdioServerParameters(command=sys.executable, args=command), mode=era, message_handler=hear)


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


@pytest.mark.requirement("mcp.local", "mcp.session")
@pytest.mark.parametrize("era", [NEW, OLD])
def test_the_calls_of_a_process_are_one_session_whose_guard_holds(tmp_path: Path, era: str) -> None:
    data, key = new_data(tmp_path)
    with running_service(data) as running, RuntimeClient(running.address, key) as rest:
        rest.result("memory_write", path="/a.md", content="Old.\n")

        async def talked(client: Client) -> None:
            read = await called(client, "memory_read", path="/a.md")
            session = meta_of(read)["sessionId"]
            rest.result("memory_write", path="/a.md", content="New.\n")
            refused = await called(client, "memory_write", path="/a.md", content="Mine.\n")
            assert refused.structured_content["code"] == "version_mismatch"
            assert meta_of(refused)["sessionId"] == session
            assert rest.get(f"/sessions/{session}").json()["session"]["title"] == "Claude Code"
            # What a client was shown as a resource has been seen as well.
            await client.read_resource("memory:///a.md")
            await result_of(client, "memory_write", path="/a.md", content="Both.\n")
            named = await called(client, "memory_ls", meta={"title": "Apart"})
            assert meta_of(named)["sessionId"] != session
            assert rest.post(f"/sessions/{session}/archive").status_code == 200
            after = meta_of(await called(client, "memory_ls"))["sessionId"]
            assert after not in {session, meta_of(named)["sessionId"]}

        run(local(data, era), talked)


@pytest.mark.requirement("mcp.local", "mcp.idempotency")
def test_a_call_with_an_idempotency_key_runs_once_also_when_another_process_repeats_it(tmp_path: Path) -> None:
    data, _ = new_data(tmp_path)

    async def talked(client: Client) -> str:
        await result_of(client, "memory_ls")
        once = {"idempotencyKey": "note-1"}
        answer = await called(client, "memory_append", path="/a.md", content="Once.", meta=once)
        return str(meta_of(answer)["executionId"])

    assert len({run(local(data, NEW), talked) for _ in range(2)}) == 1


@pytest.mark.filterwarnings("ignore:resources/(un)?subscribe is removed")
@pytest.mark.requirement("mcp.subscriptions", "mcp.local")
def test_a_client_of_the_older_revision_hears_of_the_files_that_it_has_subscribed_to(tmp_path: Path) -> None:
    data, key = new_data(tmp_path)
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def hear(message: object) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            await heard.put(message.params.uri)

    with running_service(data) as running, RuntimeClient(running.address, key) as rest:

        async def talked(client: Client) -> None:
            assert client.server_capabilities.resources
            assert client.server_capabilities.resources.subscribe
            mine = "memory:///%61.md"
            await client.subscribe_resource(mine)
            await client.subscribe_resource("memory:///b.md")
            rest.result("memory_write", path="/other.md", content="Other.")
            rest.result("memory_write", path="/a.md", content="A.")
            assert await heard.get() == mine
            await client.unsubscribe_resource(mine)
            rest.result("memory_write", path="/a.md", content="Again.")
            await asyncio.to_thread(rest.result, "memory_append", path="/b.md", content="B.")
            assert await heard.get() == "memory:///b.md"
            with pytest.raises(MCPError) as caught:
                await client.subscribe_resource("file:///etc/passwd")
            assert caught.value.error.code == INVALID_PARAMS
            for number in range(999):
                await client.subscribe_resource(f"memory:///{number}.md")
            with pytest.raises(MCPError) as caught:
                await client.subscribe_resource("memory:///one/too/many.md")
            assert caught.value.error.data["code"] == "rate_limited"
            for uri in [f"memory:///{number}.md" for number in range(999)] + ["memory:///b.md"]:
                await client.unsubscribe_resource(uri)

        run(local(data, OLD, hear), talked)


@pytest.mark.requirement("mcp.local", "mcp.protocol_error")
def test_bytes_that_are_no_utf_8_are_not_written_as_something_else(tmp_path: Path) -> None:
    data, key = new_data(tmp_path)
    lines = [
        (
            b'{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},'
            b'"clientInfo":{"name":"test","version":"1"}}}'
        ),
        (
            b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"memory_append","arguments":'
            b'{"path":"/bad.md","content":"\xff"}}}'
        ),
        (
            b'{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"memory_append","arguments":'
            b'{"path":"/good.md","content":"\xc3\xa9"}}}'
        ),
    ]
    command = [sys.executable, "-m", "memory_service", "mcp", "--data", str(data), "--org", "acme"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"\n".join(lines) + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == 0
        answer = json.loads(process.stdout.readline())
        assert answer["id"] == 2
        assert answer["result"]["structuredContent"]["path"] == "/good.md"
        # A message that is cut off by the end of the input is none.
        process.stdin.write(lines[2].replace(b"/good", b"/half")[:-5])
        process.stdin.close()
        assert process.wait(timeout=20) == 0
    with running_service(data) as running, RuntimeClient(running.address, key) as rest:
        assert [entry["path"] for entry in rest.result("memory_ls")["entries"]] == ["/good.md"]


@pytest.mark.requirement("mcp.local", "mcp.execution")
@pytest.mark.parametrize("ended", ["by cancelling", "by leaving"])
def test_a_write_that_was_begun_is_made_and_recorded_though_nobody_waits_for_it(tmp_path: Path, ended: str) -> None:
    data, key = new_data(tmp_path)

    async def talked(client: Client) -> None:
        calls = [
            asyncio.create_task(called(client, "memory_append", path=f"/{number}.md", content="A."))
            for number in range(5)
        ]
        await result_of(client, "memory_ls")
        for call in calls if ended == "by cancelling" else ():
            call.cancel()
        if ended == "by cancelling":
            await asyncio.gather(*calls, return_exceptions=True)
            # The connection is as good as before.
            await result_of(client, "memory_append", path="/last.md", content="A.")

    run(local(data, OLD), talked)
    with running_service(data) as running, RuntimeClient(running.address, key) as rest:
        (session, *_) = rest.get("/sessions").json()["sessions"]
        executions = rest.get(f"/sessions/{session['id']}/executions", limit=100).json()["executions"]
        assert all(each["status"] in {"completed", "failed"} for each in executions)
        made = {each["commit"] for each in executions if each.get("commit")}
        log = git(data / "orgs" / "acme.git", "log", "--format=%H", "main", "--", "*.md").split()
        assert made == set(log)


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
