"""What HTTP itself answers at the address of the Model Context Protocol, and servers that share the work."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client

from memory_service.domain.calls import Scope
from tests.mcp_client import NEW, OLD, called, meta_of, over_http, run
from tests.runtime_client import refused, succeeded
from tests.service_fixtures import Organisation, RunningService, running_service

CALL = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}'
HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2025-11-25",
}


def post(
    running: RunningService, key: str | None, body: bytes = CALL, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """A message, with its key in the header that most clients use."""
    bearer = {"Authorization": f"Bearer {key}"} if key else {}
    return running.http.post("/api/mcp", content=body, headers={**HEADERS, **bearer, **(headers or {})})


@pytest.mark.requirement("mcp.http_errors", "address.mcp")
def test_a_key_opens_it_in_either_header(shared_org: Organisation) -> None:
    running, key = shared_org.running, shared_org.key()
    assert post(running, key).status_code == 200
    assert post(running, None, headers={"x-api-key": key}).status_code == 200


@pytest.mark.requirement("mcp.http_errors")
@pytest.mark.parametrize(("key", "code"), [(None, "token_missing"), ("msk_wrong", "token_invalid")])
def test_without_a_good_key_the_answer_is_401_and_names_no_authorization_server(
    running: RunningService, key: str | None, code: str
) -> None:
    answer = post(running, key)
    refused(answer, 401, code)
    assert answer.headers["www-authenticate"] == "Bearer"
    refused(running.http.get("/.well-known/oauth-protected-resource/api/mcp"), 404, "not_found")


@pytest.mark.requirement("mcp.http_errors")
def test_a_key_that_does_not_open_the_runtime_is_403(shared_org: Organisation) -> None:
    answer = post(shared_org.running, shared_org.key(scopes=[Scope.GIT_WRITE]))
    assert refused(answer, 403, "scope_required") == {"requiredScopes": ["runtime"]}


@pytest.mark.requirement("mcp.http_errors")
def test_what_is_no_plain_json_is_refused_before_it_is_read(shared_org: Organisation) -> None:
    running, key = shared_org.running, shared_org.key()
    refused(post(running, key, headers={"Content-Type": "text/plain"}), 415, "unsupported_media_type")
    refused(post(running, key, headers={"Content-Encoding": "gzip"}), 415, "unsupported_media_type")
    large = b" " * (running.settings.max_body_bytes + 1)
    assert refused(post(running, key, large), 413, "payload_too_large")["limitBytes"] == len(large) - 1


@pytest.mark.requirement("mcp.http_errors")
def test_a_key_that_sends_too_much_is_429(tmp_path: Path) -> None:
    with running_service(tmp_path, requests_per_second=1) as running:
        key = running.organisation().key()
        answers = [post(running, key) for _ in range(20)]
    (limited, *_) = [answer for answer in answers if answer.status_code != 200]
    refused(limited, 429, "rate_limited")
    assert int(limited.headers["retry-after"]) >= 1


@pytest.mark.requirement("mcp.protocol_error")
@pytest.mark.parametrize(
    "body",
    [b"{", b'{"a": NaN}', b'{"id": 1, "id": 2}', b'{"a": "\\ud800"}', b"[" * 70 + b"]" * 70, b"\xff"],
    ids=["no json", "nan", "twice", "half a pair", "deep", "no utf-8"],
)
def test_what_is_no_strict_json_is_a_parse_error(shared_org: Organisation, body: bytes) -> None:
    answer = post(shared_org.running, shared_org.key(), body)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], error["data"]) == (-32700, {"code": "request_invalid"})


@pytest.mark.requirement("mcp.protocol_error")
@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
@pytest.mark.parametrize("body", [b"5", b"{}", b"[]", b'{"jsonrpc": "2.0", "id": {}, "method": 5}'])
def test_what_is_no_message_is_an_error_of_the_protocol(shared_org: Organisation, version: str, body: bytes) -> None:
    answer = post(shared_org.running, shared_org.key(), body, {"MCP-Protocol-Version": version})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in {-32600, -32602}


@pytest.mark.requirement("mcp.http_errors", "address.mcp")
@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_other_methods_are_405(running: RunningService, method: str) -> None:
    answer = running.http.request(method, "/api/mcp")
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


@pytest.mark.requirement("mcp.hosts")
@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost:x", "[::2]"])
def test_a_name_that_is_not_the_servers_is_refused(shared_org: Organisation, host: str) -> None:
    refused(post(shared_org.running, shared_org.key(), headers={"Host": host}), 400, "header_invalid")


@pytest.mark.requirement("mcp.hosts")
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost.evil.example", "file://"])
def test_a_page_of_another_site_is_refused(shared_org: Organisation, origin: str) -> None:
    refused(post(shared_org.running, shared_org.key(), headers={"Origin": origin}), 403, "forbidden")


@pytest.mark.requirement("mcp.hosts")
def test_the_names_that_the_settings_give_are_answered(tmp_path: Path) -> None:
    named = {"public_url": "https://memory.example", "allowed_hosts": "memory.internal,10.0.0.5:8000"}
    with running_service(tmp_path, **named) as running:
        key = running.organisation().key()
        for host in (
            "memory.example",
            "memory.internal",
            "memory.internal:80",
            "10.0.0.5:8000",
            "localhost",
            "[::1]:9",
        ):
            assert post(running, key, headers={"Host": host}).status_code == 200, host
            assert post(running, key, headers={"Origin": f"https://{host}"}).status_code == 200, host
        refused(post(running, key, headers={"Host": "10.0.0.5"}), 400, "header_invalid")


@pytest.mark.requirement("mcp.workers")
@pytest.mark.parametrize("era", [NEW, OLD])
def test_any_server_on_the_data_answers_any_message(tmp_path: Path, era: str) -> None:
    with running_service(tmp_path) as first, running_service(tmp_path) as second:
        org = first.organisation()
        key = org.key()

        async def talked(client: Client) -> Any:
            answer = await called(client, "memory_append", path="/a.md", content="One more.")
            return meta_of(answer)["sessionId"]

        async def joined(client: Client) -> Any:
            return await called(client, "memory_read", path="/a.md", meta={"sessionId": session})

        for turn in range(4):
            here, there = (first, second) if turn % 2 else (second, first)
            session = run(over_http(here.address, key, era), talked)
            answer = run(over_http(there.address, key, era), joined)
            assert meta_of(answer)["sessionId"] == session
            assert answer.structured_content["totalLines"] == turn + 1


@pytest.mark.requirement("mcp.workers")
def test_messages_of_one_client_may_go_to_different_servers(tmp_path: Path) -> None:
    with running_service(tmp_path) as first, running_service(tmp_path) as second:
        key = first.organisation().key()
        hello = (
            b'{"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-11-25", '
            b'"capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}}'
        )
        assert '"protocolVersion":"2025-11-25"' in post(first, key, hello).text
        for running in (second, first, second):
            answer = post(running, key)
            assert "memory_search" in answer.text
            assert "mcp-session-id" not in answer.headers


@pytest.mark.requirement("mcp.http_errors")
def test_it_is_in_the_metrics_under_its_address(shared_org: Organisation) -> None:
    running = shared_org.running
    assert post(running, shared_org.key()).status_code == 200
    metrics = running.http.get("/metrics").text
    assert 'route="/api/mcp"' in metrics
    succeeded(running.http.get("/healthz"))
