"""Messages of the Model Context Protocol as nobody should send them: each is refused in words, and nothing is done."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.flows.test_mcp_http import post
from tests.runtime_client import succeeded
from tests.service_fixtures import Organisation

NEW_META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


def said(
    org: Organisation, method: str, params: Mapping[str, Any], headers: Mapping[str, str] | None = None, **envelope: Any
) -> httpx.Response:
    """The answer to one message of the revision 2025-11-25, unless the headers say otherwise."""
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params, **envelope}
    return post(org.running, org.key("teller"), json.dumps(message).encode(), headers)


def error_of(answer: httpx.Response) -> Any:
    """The error of the protocol that an answer is."""
    return answer.json()["error"]


@pytest.mark.requirement("mcp.protocol_error")
@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
@pytest.mark.parametrize("number", [None, 1.5, True, [], {}], ids=json.dumps)
def test_a_request_whose_id_cannot_be_one_is_refused_and_not_taken_for_a_notification(
    shared_org: Organisation, version: str, number: Any
) -> None:
    answer = said(shared_org, "tools/list", {}, {"MCP-Protocol-Version": version}, id=number)
    assert answer.status_code == 400
    assert (answer.json()["id"], error_of(answer)["code"]) == (None, -32600)


@pytest.mark.requirement("mcp.protocol_error")
@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
def test_a_batch_is_refused_without_telling_how_it_was_read(shared_org: Organisation, version: str) -> None:
    batch = b'[{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"secret": 1}}]'
    answer = post(shared_org.running, shared_org.key(), batch, {"MCP-Protocol-Version": version})
    assert answer.status_code == 400
    assert error_of(answer)["code"] == -32600
    assert "secret" not in answer.text
    assert "valid" not in error_of(answer)["message"]


@pytest.mark.requirement("mcp.protocol_error")
@pytest.mark.parametrize("header", ["2025-11-25", "2025-06-18", None])
def test_a_revision_in_meta_that_the_header_does_not_name_is_a_mismatch(
    shared_org: Organisation, header: str | None
) -> None:
    call = {"name": "memory_append", "arguments": {"path": "/a.md", "content": "A."}, "_meta": NEW_META}
    before = shared_org.commits()
    answer = said(
        shared_org, "tools/call", call, {"MCP-Protocol-Version": header} if header else {"MCP-Protocol-Version": ""}
    )
    assert answer.status_code == 400
    assert (answer.json()["id"], error_of(answer)["code"]) == (1, -32020)
    assert shared_org.commits() == before


@pytest.mark.requirement("mcp.session")
@pytest.mark.parametrize("session", ["of another", "x" * 100_000, "\0", ""], ids=["of another", "long", "nul", "empty"])
def test_a_session_of_another_organisation_is_as_one_that_does_not_exist(org: Organisation, session: str) -> None:
    if session == "of another":
        stranger = org.running.organisation().client()
        session = stranger.invoke("memory_ls", {})["session"]["id"]
    answer = said(org, "tools/call", {"name": "memory_ls", "_meta": {"sessionId": session}}).json()["result"]
    assert (answer["isError"], answer["structuredContent"]["code"]) == (True, "session_not_found")


@pytest.mark.requirement("mcp.idempotency")
def test_an_idempotency_key_is_one_for_both_faces(org: Organisation) -> None:
    key = org.key("both")
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "note-1"}
    address = "/api/runtime/tools/memory_append"
    by_rest = org.running.http.post(address, headers=headers, json={"input": {"path": "/a.md", "content": "Once."}})
    made = succeeded(by_rest)["executionId"]

    def by_mcp(content: str) -> Any:
        call = {
            "name": "memory_append",
            "arguments": {"content": content, "path": "/a.md"},
            "_meta": {"idempotencyKey": "note-1"},
        }
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        return post(org.running, key, json.dumps(message).encode()).json()["result"]

    assert by_mcp("Once.")["_meta"]["executionId"] == made
    assert by_mcp("Twice.")["structuredContent"]["code"] == "idempotency_key_reused"
    assert org.client().result("memory_read", path="/a.md")["totalLines"] == 1


@pytest.mark.requirement("mcp.progress")
@pytest.mark.parametrize("token", ["a", 5], ids=["text", "number"])
def test_a_progress_token_is_found_however_it_is_written(org: Organisation, token: Any) -> None:
    gate = org.running.tools.gate(f"hostile {token}")
    gate.checkpoint("Half way")
    gate.release()
    call = {"name": "board_hold", "arguments": {"gate": f"hostile {token}"}, "_meta": {"progressToken": token}}
    message = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call})
    escaped = message.replace("progressToken", "progress\\u0054oken").encode()
    answer = post(org.running, org.key(), escaped)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert f'"progressToken":{json.dumps(token)}' in answer.text


@pytest.mark.requirement("mcp.resources")
@pytest.mark.parametrize(
    "uri",
    [
        "memory:///..%2f..%2fsecret.md",
        "memory:///%2e%2e%2fsecret.md",
        "memory:///%252e%252e%252fsecret.md",
        "memory:///a.md%00",
        "memory:///%ff.md",
        "memory:///%c0%aea.md",
        "memory:///e%CC%81.md",
        "memory:////a.md",
        "memory:///./a.md",
        "memory:///a.md?x=1",
        "memory:///a%5c..%5cb.md",
        "memory:///.git/config",
        "MEMORY:///a.md",
        "memory:///" + "a/" * 3000,
    ],
)
def test_no_encoding_of_a_uri_leads_anywhere_else(org: Organisation, uri: str) -> None:
    org.client().result("memory_write", path="/a.md", content="A.\n")
    answer = said(org, "resources/read", {"uri": uri})
    assert answer.status_code == 200
    assert error_of(answer)["code"] == -32602


@pytest.mark.requirement("mcp.resources")
def test_bytes_that_are_no_text_are_not_taken_for_a_replacement_character(org: Organisation) -> None:
    org.client().result("memory_write", path="/\ufffd.md", content="A.\n")
    assert "result" in said(org, "resources/read", {"uri": "memory:///%EF%BF%BD.md"}).json()
    assert error_of(said(org, "resources/read", {"uri": "memory:///%ff.md"}))["data"] == {"uri": "memory:///%ff.md"}
