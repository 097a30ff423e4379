"""Agents call tools by the Model Context Protocol: over HTTP and in memory, in its new revision and the one before."""

import json
from typing import Any

import jsonschema
import pytest
from mcp import Client, MCPError
from mcp_types import INVALID_PARAMS, CallToolResult

from memory_service.domain.calls import Scope
from tests.flows.test_errors import FAILURES
from tests.flows.test_events import FAILURE, SUCCESS
from tests.mcp_client import WAYS, called, meta_of, result_of, talk, words_of
from tests.runtime_client import RuntimeClient, succeeded
from tests.service_fixtures import Organisation

every_way = pytest.mark.parametrize("way", WAYS)


@pytest.mark.requirement("mcp.tools", "address.mcp")
@every_way
def test_the_tools_are_the_capabilities(shared_org: Organisation, way: str) -> None:
    async def listed(client: Client) -> list[Any]:
        return (await client.list_tools()).tools

    tools = talk(way, shared_org, listed)
    capabilities = succeeded(shared_org.client().get("/capabilities"))["capabilities"]
    assert [tool.name for tool in tools] == [capability["name"] for capability in capabilities]
    for tool, capability in zip(tools, capabilities, strict=True):
        assert tool.description == capability["description"]
        assert tool.meta == {"kind": capability["kind"], "accounts": capability["accounts"]}
        assert tool.annotations.read_only_hint is capability["isReadOnly"]
        assert tool.annotations.idempotent_hint is capability["supportsIdempotency"]
        assert tool.annotations.open_world_hint is (capability["kind"] == "integration")
        assert tool.annotations.title
        if len(capability["accounts"]) < 2:
            assert tool.input_schema == capability["parameters"]
    destructive = [tool.name for tool in tools if tool.annotations.destructive_hint]
    assert [name for name in destructive if name.startswith("memory_")] == ["memory_write"]
    assert all(tool.output_schema for tool in tools if tool.name.startswith("memory_"))


@pytest.mark.requirement("mcp.tools")
def test_what_a_model_is_told_of_the_five_tools_is_short(shared_org: Organisation) -> None:
    async def listed(client: Client) -> list[Any]:
        return (await client.list_tools()).tools[:5]

    tools = [tool.model_dump(by_alias=True, exclude_none=True) for tool in talk("http-2026", shared_org, listed)]
    # All that is listed, hints and output schemas too. A token of this is 4.2 characters by OpenAI's o200k and 4.4 by
    # its cl100k; of what models are told in any case, not even a token for each three characters would be too many.
    assert len(json.dumps(tools, separators=(",", ":"))) / 4 < 1500
    told = [{name: tool[name] for name in ("name", "description", "inputSchema")} for tool in tools]
    assert len(json.dumps(told, separators=(",", ":"))) / 3 < 1500


@pytest.mark.requirement("mcp.tools")
def test_every_answer_is_of_the_schema_that_the_tool_has_for_it(org: Organisation) -> None:
    org.client().result("memory_write", path="/b.md", content="# B\n\nA walrus.\n\nA walrus.\n")
    calls: list[tuple[str, dict[str, Any]]] = [
        ("memory_write", {"path": "/a.md", "content": "# A\n\nA walrus.\n"}),
        ("memory_write", {"path": "/a.md", "content": "A walrus.\n"}),
        ("memory_append", {"path": "/topics/c.md", "content": "A walrus."}),
        ("memory_read", {"path": "/a.md"}),
        ("memory_ls", {}),
        ("memory_ls", {"limit": 1}),
        ("memory_search", {"query": "walrus", "limit": 1}),
        ("memory_search", {"query": "walrus", "maxTokens": 200}),
        ("memory_search", {"query": "absent"}),
    ]

    async def talked(client: Client) -> list[tuple[Any, Any]]:
        schemas = {tool.name: tool.output_schema for tool in (await client.list_tools()).tools}
        return [(schemas[tool], await result_of(client, tool, **arguments)) for tool, arguments in calls]

    for schema, answer in talk("http-2026", org, talked):
        jsonschema.validate(answer, schema)
        assert schema["required"]


@pytest.mark.requirement("mcp.tools", "mcp.failure")
@every_way
def test_a_key_that_may_only_read_has_the_tools_that_read(org: Organisation, way: str) -> None:
    async def talked(client: Client) -> tuple[list[str], CallToolResult]:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        return tools, await called(client, "memory_write", path="/a.md", content="A.")

    tools, refused = talk(way, org, talked, key=org.key(scopes=[Scope.RUNTIME_READ]))
    assert [name for name in tools if name.startswith("memory_")] == ["memory_ls", "memory_read", "memory_search"]
    assert refused.is_error
    assert refused.structured_content["code"] == "scope_required"


@pytest.mark.requirement("mcp.execution", "mcp.text")
@every_way
def test_a_call_is_an_execution_like_any_other(org: Organisation, way: str) -> None:
    async def talked(client: Client) -> CallToolResult:
        return await called(client, "memory_append", path="/a.md", content="A walrus.")

    answer = talk(way, org, talked)
    ids = meta_of(answer)
    rest = org.client()
    execution = rest.execution(ids["executionId"])
    assert ids == {
        "sessionId": execution["sessionId"],
        "executionId": execution["id"],
        "runId": execution["runId"],
        "executionEventsUrl": ids["executionEventsUrl"],
    }
    assert ids["executionEventsUrl"].endswith(f"/api/runtime/executions/{execution['id']}/events")
    assert answer.structured_content == execution["result"]
    assert execution["input"] == {"path": "/a.md", "content": "A walrus."}
    assert [event.type for event in rest.events(execution["id"])] == SUCCESS
    assert words_of(answer).startswith("Appended to /a.md\npath: /a.md\n")
    assert org.commits()[0] == execution["commit"]


@pytest.mark.requirement("mcp.text")
@every_way
def test_a_file_is_read_exactly_as_it_is(org: Organisation, way: str) -> None:
    content = "# A\n\n- eins: zwei\n\n\tdrei  \n"
    org.client().result("memory_write", path="/a.md", content=content)

    async def talked(client: Client) -> CallToolResult:
        return await called(client, "memory_read", path="/a.md")

    assert words_of(talk(way, org, talked)).endswith(f"\n\ncontent:\n{content}")


@pytest.mark.requirement("mcp.session", "mcp.failure")
@every_way
def test_a_call_joins_a_session_whose_guard_holds(org: Organisation, way: str) -> None:
    async def talked(client: Client) -> tuple[CallToolResult, CallToolResult, CallToolResult]:
        first = await called(client, "memory_write", path="/a.md", content="Old.\n")
        await result_of(client, "memory_write", path="/a.md", content="New.\n")
        session = {"sessionId": meta_of(first)["sessionId"]}
        refused = await called(client, "memory_write", path="/a.md", content="Mine.\n", meta=session)
        return first, refused, await called(client, "memory_ls", meta={"sessionId": "session_none"})

    first, refused, strange = talk(way, org, talked)
    assert meta_of(refused)["sessionId"] == meta_of(first)["sessionId"]
    assert refused.structured_content["code"] == "version_mismatch"
    assert "\ndetails:\n" in words_of(refused)
    assert "+New." in words_of(refused)
    assert (strange.is_error, strange.structured_content["code"]) == (True, "session_not_found")
    assert meta_of(strange) == {} if strange.meta else True


@pytest.mark.requirement("mcp.idempotency")
@every_way
def test_an_idempotency_key_makes_a_call_run_once(org: Organisation, way: str) -> None:
    async def talked(client: Client) -> list[CallToolResult]:
        once = {"idempotencyKey": "note-1"}
        return [await called(client, "memory_append", path="/a.md", content="Once.", meta=once) for _ in range(2)]

    before = len(org.commits())
    first, second = talk(way, org, talked)
    assert first == second
    assert len(org.commits()) == before + 1


@pytest.mark.requirement("mcp.account", "mcp.failure")
@every_way
def test_the_account_of_a_tool_is_chosen_by_an_argument(org: Organisation, way: str) -> None:
    async def talked(client: Client) -> tuple[Any, CallToolResult, list[dict[str, Any]]]:
        (tool,) = [tool for tool in (await client.list_tools()).tools if tool.name == "crm_search_people"]
        choice = tool.input_schema["properties"]["connectedAccountId"]
        assert tool.input_schema["required"] == ["connectedAccountId"]
        by_argument = [
            await result_of(client, tool.name, name="Ada", connectedAccountId=account) for account in choice["enum"]
        ]
        meta = {"connectedAccountId": choice["enum"][0]}
        by_argument.append(await result_of(client, tool.name, name="Ada", meta=meta))
        return choice["enum"], await called(client, tool.name, name="Ada"), by_argument

    accounts, undecided, chosen = talk(way, org, talked)
    assert [each["account"] for each in chosen] == [*accounts, accounts[0]]
    assert {json.dumps(each["input"]) for each in chosen} == {'{"name": "Ada"}'}
    assert undecided.is_error
    assert undecided.structured_content["code"] == "account_ambiguous"
    offered = undecided.structured_content["details"]["availableAccounts"]
    assert [each["connectedAccountId"] for each in offered] == accounts


@pytest.mark.requirement("mcp.failure")
@every_way
def test_a_failure_has_the_members_that_it_has_over_http(org: Organisation, way: str) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [
        ("memory_read", {"path": "/absent.md"}),
        ("memory_read", {"path": "/../etc"}),
        ("memory_search", {"query": 5, "strange": True}),
        ("memory_write", {"path": "/a.md", "content": "A.", "expectedVersion": "0" * 40}),
        *(("board_fail", {"code": code}) for code in FAILURES),
    ]

    async def talked(client: Client) -> list[CallToolResult]:
        return [await client.call_tool(tool, arguments) for tool, arguments in calls]

    rest = org.client()
    for (tool, arguments), answer in zip(calls, talk(way, org, talked), strict=True):
        assert answer.is_error
        assert answer.structured_content == _comparable(answer, rest, tool, arguments)
        assert words_of(answer).splitlines()[0] == answer.structured_content["error"].splitlines()[0]
        assert "hunter2" not in answer.model_dump_json()
        if answer.meta and "executionId" in answer.meta:
            assert [event.type for event in rest.events(answer.meta["executionId"])] == FAILURE


def _comparable(answer: CallToolResult, rest: RuntimeClient, tool: str, arguments: Any) -> dict[str, Any]:
    """The error of the same call over HTTP, as if it were the same execution."""
    body = rest.call(tool, arguments).json()
    del body["requestId"]
    if "executionId" in body.get("details", {}):
        body["details"]["executionId"] = meta_of(answer)["executionId"]
    return body  # type: ignore[no-any-return] # JSON


@pytest.mark.requirement("mcp.protocol_error")
@every_way
@pytest.mark.parametrize(
    ("tool", "meta", "code"),
    [
        pytest.param("memory_guess", None, "capability_not_found", id="unknown tool"),
        pytest.param("memory_ls", {"sessionId": 5}, "request_invalid", id="session"),
        pytest.param("memory_ls", {"title": "a\nb"}, "request_invalid", id="title"),
        pytest.param("memory_ls", {"idempotencyKey": ""}, "request_invalid", id="idempotency key"),
    ],
)
def test_what_can_be_no_call_is_an_error_of_the_protocol(
    shared_org: Organisation, way: str, tool: str, meta: Any, code: str
) -> None:
    async def talked(client: Client) -> MCPError:
        with pytest.raises(MCPError) as caught:
            await client.call_tool(tool, {}, meta=meta)
        return caught.value

    error = talk(way, shared_org, talked).error
    assert (error.code, error.data["code"]) == (INVALID_PARAMS, code)


@pytest.mark.requirement("mcp.progress")
@every_way
def test_checkpoints_are_progress(org: Organisation, way: str) -> None:
    gate = org.running.tools.gate(f"mcp {way}")
    heard: list[tuple[float, str | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, message))
        if len(heard) == 2:
            gate.release()

    async def talked(client: Client) -> CallToolResult:
        gate.checkpoint("Half way")
        gate.checkpoint("Nearly there")
        return await client.call_tool("board_hold", {"gate": f"mcp {way}"}, progress_callback=hear)

    answer = talk(way, org, talked)
    assert not answer.is_error
    assert heard == [(1, "Half way"), (2, "Nearly there")]
    told = [event.type for event in org.client().events(meta_of(answer)["executionId"])]
    assert told.count("checkpoint") == 2
