"""The list of capabilities: what an agent learns before its first call."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from tests.runtime_client import Json, RuntimeClient, succeeded
from tests.service_fixtures import Organisation, RunningService, running_service

MEMBERS = {"name", "kind", "description", "parameters", "isReadOnly", "supportsIdempotency", "accounts"}
MEMORY_TOOLS = ["memory_append", "memory_ls", "memory_read", "memory_search", "memory_write"]
URLS = {
    "sessionCreateUrl": "/api/runtime/sessions",
    "toolInvokeUrlTemplate": "/api/runtime/tools/{toolName}",
    "sessionToolInvokeUrlTemplate": "/api/runtime/sessions/{sessionId}/tools/{toolName}",
    "executionEventsUrlTemplate": "/api/runtime/executions/{executionId}/events",
}


@pytest.fixture(scope="module")
def listed(shared_client: RuntimeClient) -> Json:
    """The answer of the capabilities address."""
    return succeeded(shared_client.get("/capabilities"))


@pytest.fixture(scope="module")
def entries(listed: Json) -> dict[str, Json]:
    """The entries of the list, by name."""
    return {entry["name"]: entry for entry in listed["capabilities"]}


@pytest.mark.requirement("address.capabilities", "capabilities.members", "capabilities.kind", "capabilities.urls")
def test_the_list_has_these_members_and_no_others(listed: Json, entries: dict[str, Json]) -> None:
    assert set(listed) == {"capabilities", *URLS}
    assert len(entries) == len(listed["capabilities"])
    for entry in entries.values():
        assert set(entry) == MEMBERS
        assert entry["kind"] in {"memory", "integration"}
        assert isinstance(entry["isReadOnly"], bool)
        assert isinstance(entry["supportsIdempotency"], bool)
        assert entry["description"]


@pytest.mark.requirement("capabilities.kind", "capabilities.accounts.memory")
def test_the_five_memory_tools_are_listed_without_accounts(entries: dict[str, Json]) -> None:
    memory = [entry for entry in entries.values() if entry["kind"] == "memory"]
    assert sorted(entry["name"] for entry in memory) == MEMORY_TOOLS
    assert [entry["accounts"] for entry in memory] == [[]] * 5


@pytest.mark.requirement("hints.read_only", "hints.write", "hints.append")
@pytest.mark.parametrize(
    ("tool", "read_only", "idempotent"),
    [
        ("memory_ls", True, True),
        ("memory_read", True, True),
        ("memory_search", True, True),
        ("memory_write", False, True),
        ("memory_append", False, False),
    ],
)
def test_the_hints_of_the_memory_tools(entries: dict[str, Json], tool: str, read_only: bool, idempotent: bool) -> None:
    assert (entries[tool]["isReadOnly"], entries[tool]["supportsIdempotency"]) == (read_only, idempotent)


@pytest.mark.requirement("capabilities.accounts")
def test_an_integration_lists_the_accounts_it_is_on(entries: dict[str, Json], shared_org: Organisation) -> None:
    assert entries["crm_search_people"]["kind"] == "integration"
    assert entries["crm_search_people"]["accounts"] == [
        {"connectedAccountId": f"acc_{shared_org.name}_{side}", "integrationId": "crm", "backend": "fixture"}
        for side in ("north", "south")
    ]


@pytest.mark.requirement("capabilities.parameters", "capabilities.parameters.descriptions")
@pytest.mark.parametrize("tool", MEMORY_TOOLS)
def test_the_parameters_are_json_schema_with_a_description_on_every_property(
    entries: dict[str, Json], tool: str
) -> None:
    schema = entries[tool]["parameters"]
    Draft202012Validator.check_schema(schema)
    assert schema["type"] == "object"
    for name, described in _properties(schema):
        assert len(described.get("description", "").split()) >= 2, name


@pytest.mark.requirement("capabilities.parameters")
@pytest.mark.parametrize(
    ("tool", "required", "optional"),
    [
        ("memory_ls", set(), {"path", "depth", "limit", "cursor"}),
        ("memory_read", {"path"}, {"startLine", "endLine"}),
        ("memory_search", {"query"}, {"limit", "path", "updatedAfter", "updatedBefore", "tags", "cursor", "maxTokens"}),
        ("memory_write", {"path", "content"}, {"message", "expectedVersion"}),
        ("memory_append", {"path", "content"}, {"message"}),
    ],
)
def test_the_parameters_name_the_inputs_of_the_contract(
    entries: dict[str, Json], tool: str, required: set[str], optional: set[str]
) -> None:
    schema = entries[tool]["parameters"]
    assert set(schema["properties"]) == required | optional
    assert set(schema.get("required", [])) == required


@pytest.mark.requirement("capabilities.parameters")
def test_the_schema_takes_an_expected_version_that_is_null(entries: dict[str, Json]) -> None:
    validator = Draft202012Validator(entries["memory_write"]["parameters"])
    for version in (None, "a" * 40):
        assert validator.is_valid({"path": "/a.md", "content": "A.", "expectedVersion": version})
    assert not validator.is_valid({"path": "/a.md"})
    assert not validator.is_valid({"path": "/a.md", "content": "A.", "other": 1})


@pytest.mark.requirement("capabilities.order")
def test_the_order_is_the_same_for_every_caller(running: RunningService, entries: dict[str, Json]) -> None:
    other = running.organisation()
    for client in (other.client(), other.client()):
        names = [entry["name"] for entry in succeeded(client.get("/capabilities"))["capabilities"]]
        assert names == list(entries)
    other.close()


@pytest.mark.requirement("capabilities.base.request", "capabilities.urls")
@pytest.mark.parametrize("host", [None, "memory.example", "memory.example:8443"])
def test_the_urls_begin_with_the_address_of_the_request(shared_client: RuntimeClient, host: str | None) -> None:
    base = f"http://{host}" if host else str(shared_client.http.base_url).rstrip("/")
    listed = succeeded(shared_client.get("/capabilities", headers={"Host": host} if host else {}))
    assert {name: listed[name] for name in URLS} == {name: base + path for name, path in URLS.items()}


@pytest.mark.requirement("capabilities.base.public", "invoke.shape.events_url", "async.location")
def test_the_urls_begin_with_the_public_url_where_there_is_one(tmp_path: Path) -> None:
    public = "https://memory.example/behind/a/proxy"
    with running_service(tmp_path, public_url=public + "/") as running:
        org = running.organisation()
        client = org.client()
        listed = succeeded(client.get("/capabilities"))
        assert {name: listed[name] for name in URLS} == {name: public + path for name, path in URLS.items()}
        answer = client.call("memory_ls", headers={"Prefer": "respond-async"})
        execution = answer.json()["executionId"]
        assert answer.json()["executionEventsUrl"] == f"{public}/api/runtime/executions/{execution}/events"
        assert answer.headers["location"] == f"{public}/api/runtime/executions/{execution}"
        org.close()


@pytest.mark.requirement("address.session.capabilities", "capabilities.session")
def test_a_session_lists_the_same_capabilities(client: RuntimeClient) -> None:
    of_session = succeeded(client.get(f"/sessions/{client.session()}/capabilities"))
    assert of_session == succeeded(client.get("/capabilities"))


@pytest.mark.requirement("capabilities.urls")
def test_a_client_can_go_by_the_urls_alone(client: RuntimeClient) -> None:
    urls = succeeded(client.get("/capabilities"))
    session = succeeded(client.http.post(urls["sessionCreateUrl"], json={}))["session"]["id"]
    inside = urls["sessionToolInvokeUrlTemplate"].replace("{sessionId}", session).replace("{toolName}", "memory_ls")
    answer = succeeded(client.http.post(inside, json={}))
    succeeded(client.http.post(urls["toolInvokeUrlTemplate"].replace("{toolName}", "memory_ls"), json={}))
    events: httpx.Response = client.http.get(
        urls["executionEventsUrlTemplate"].replace("{executionId}", answer["executionId"])
    )
    assert events.text.count("event: done") == 1


def _properties(schema: Json) -> Iterator[tuple[str, Json]]:
    """Every property of a schema, those of nested objects and list items included."""
    for name, described in schema.get("properties", {}).items():
        yield name, described
        nested: list[Any] = [described, described.get("items", {}), *described.get("anyOf", [])]
        for inner in nested:
            yield from _properties(inner)
