"""Who may call: keys, headers and scopes."""

import re

import pytest

from tests.flows.addresses import ADDRESSES
from tests.runtime_client import RuntimeClient, refused, succeeded
from tests.service_fixtures import Organisation, RunningService

BAD_HEADERS = {
    "nothing": {},
    "empty bearer": {"Authorization": "Bearer"},
    "empty header": {"x-api-key": ""},
    "another scheme": {"Authorization": "Basic YTpi"},
}


@pytest.mark.requirement("auth.bearer", "auth.x_api_key", "auth.scope.default")
@pytest.mark.parametrize(
    ("header", "prefix"),
    [("Authorization", "Bearer "), ("authorization", "bearer "), ("x-api-key", ""), ("X-API-Key", "")],
)
def test_a_new_key_works_in_either_header(shared_org: Organisation, header: str, prefix: str) -> None:
    headers = {header: prefix + shared_org.key()}
    answer = shared_org.running.http.get("/api/runtime/capabilities", headers=headers)
    assert answer.status_code == 200


@pytest.mark.requirement("auth.missing", "errors.token_missing")
@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_every_address_asks_for_a_key(running: RunningService, method: str, path: str) -> None:
    answer = running.http.request(method, path)
    refused(answer, 401, "token_missing")
    assert answer.headers["www-authenticate"].startswith("Bearer")  # RFC 9110, 15.5.2: a 401 MUST carry one
    assert answer.headers["x-should-retry"] == "false"


@pytest.mark.requirement("auth.missing")
@pytest.mark.parametrize("headers", BAD_HEADERS.values(), ids=BAD_HEADERS)
def test_a_header_without_a_key_is_no_key(running: RunningService, headers: dict[str, str]) -> None:
    answer = running.http.get("/api/runtime/capabilities", headers=headers)
    refused(answer, 401, "token_missing")


@pytest.mark.requirement("auth.unknown", "errors.token_invalid")
@pytest.mark.parametrize("key", ["x", "cmk_" + "a" * 36, "\u00e9".encode().decode("latin-1"), "a" * 5000, "null"])
def test_an_unknown_key_is_invalid(running: RunningService, key: str) -> None:
    headers = {b"Authorization": b"Bearer " + key.encode("latin-1")}
    answer = running.http.get("/api/runtime/capabilities", headers=headers)
    refused(answer, 401, "token_invalid")
    assert answer.json()["error"] == "Invalid API key"


@pytest.mark.requirement("auth.unknown")
def test_a_key_with_one_other_character_is_unknown(shared_org: Organisation) -> None:
    key = shared_org.key()
    other = key[:-1] + ("a" if key[-1] != "a" else "b")
    refused(shared_org.client_of(other).get("/capabilities"), 401, "token_invalid")


@pytest.mark.requirement("auth.revoked", "auth.rotation", "errors.token_invalid")
def test_a_key_is_rotated_by_making_a_second_and_revoking_the_first(org: Organisation) -> None:
    old, new = org.client("old"), org.client("new")
    succeeded(old.get("/capabilities"))
    succeeded(new.get("/capabilities"))
    org.revoke("old")
    refused(old.get("/capabilities"), 401, "token_invalid")
    succeeded(new.get("/capabilities"))


@pytest.mark.requirement("auth.expired", "errors.token_invalid")
def test_a_key_ends_when_its_days_are_over(org: Organisation) -> None:
    client = org.client_of(org.key(expires_days=1))
    succeeded(client.get("/capabilities"))
    org.running.clock.advance(hours=25)
    refused(client.get("/capabilities"), 401, "token_invalid")


@pytest.mark.requirement("auth.scope.missing", "auth.scope.git", "errors.scope_required")
@pytest.mark.parametrize("scopes", [("git:read",), ("git:write",), ("git:read", "git:write")])
@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_a_key_without_the_scope_is_told_which(
    shared_org: Organisation, scopes: tuple[str, ...], method: str, path: str
) -> None:
    client = shared_org.client(scopes=scopes)
    answer = client.http.request(method, path, json={} if method == "POST" else None)
    details = refused(answer, 403, "scope_required")
    assert details["requiredScopes"]
    assert set(details["requiredScopes"]) <= {"runtime", "runtime:read"}


@pytest.mark.requirement("auth.scope.runtime", "auth.scope.all")
@pytest.mark.parametrize("scopes", [("runtime",), ("*",), ("git:read", "runtime")])
def test_the_scope_runtime_lists_invokes_makes_sessions_and_streams(org: Organisation, scopes: tuple[str, ...]) -> None:
    client = org.client(scopes=scopes)
    succeeded(client.get("/capabilities"))
    session = client.session()
    answer = client.invoke("memory_write", {"path": "/a.md", "content": "A."}, sessionId=session)
    assert client.events(answer["executionId"])[-1].type == "done"


@pytest.mark.requirement("auth.scope.runtime_read", "errors.scope_required")
def test_a_reading_key_invokes_what_is_read_only_and_nothing_else(org: Organisation) -> None:
    org.client().result("memory_write", path="/a.md", content="Something to find.")
    reader = org.client(scopes=["runtime:read"])
    session = reader.session()
    assert reader.result("memory_read", session=session, path="/a.md")["content"] == "Something to find."
    assert reader.result("memory_search", query="something")["total"] == 1
    assert reader.events(reader.invoke("memory_ls")["executionId"])[-1].type == "done"
    commits = org.commits()
    for tool in ("memory_write", "memory_append"):
        details = refused(reader.call(tool, {"path": "/b.md", "content": "B."}), 403, "scope_required")
        assert details["requiredScopes"] == ["runtime"]
    assert org.commits() == commits


@pytest.mark.requirement("auth.one_organisation")
def test_a_key_sees_the_memory_of_its_own_organisation(running: RunningService) -> None:
    first, second = running.organisation(), running.organisation()
    first.client().result("memory_write", path="/a.md", content="First.")
    second.client().result("memory_write", path="/a.md", content="Second.")
    assert first.client().result("memory_read", path="/a.md")["content"] == "First."
    assert second.client().result("memory_read", path="/a.md")["content"] == "Second."
    first.close()
    second.close()


@pytest.mark.requirement("auth.secret.hashed")
def test_no_file_of_the_service_holds_a_secret(org: Organisation) -> None:
    secret = org.key("agent")
    org.client_of(secret).result("memory_write", path="/a.md", content="A.")
    stored = [file for file in org.running.settings.data_dir.rglob("*") if file.is_file()]
    assert stored
    assert [file for file in stored if secret.encode() in file.read_bytes()] == []


@pytest.mark.requirement("auth.secret.hashed")
def test_a_secret_is_long_enough_not_to_be_guessed(shared_org: Organisation) -> None:
    first, second = shared_org.key(), shared_org.key()
    assert first != second
    assert re.fullmatch(r"[A-Za-z0-9_-]{32,128}", first)


@pytest.mark.requirement("auth.unknown")
def test_a_key_in_the_address_is_no_key(shared_client: RuntimeClient, running: RunningService) -> None:
    answer = running.http.get("/api/runtime/capabilities", params={"key": shared_client.key})
    refused(answer, 401, "token_missing")
