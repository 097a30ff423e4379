from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from memory_service.http_api.problems import STATUS
from tests.unit.http_api.application import TestBed

DESCRIPTION: dict[str, Any] = TestBed().app.openapi()
OPERATIONS = [
    (path, method, operation)
    for path, operations in DESCRIPTION["paths"].items()
    for method, operation in operations.items()
]

every_operation = pytest.mark.parametrize(
    ("path", "method", "operation"), OPERATIONS, ids=[operation["operationId"] for *_, operation in OPERATIONS]
)


def test_the_operations_have_the_names_that_clients_are_made_from() -> None:
    assert {operation["operationId"]: f"{method.upper()} {path}" for path, method, operation in OPERATIONS} == {
        "listCapabilities": "GET /api/runtime/capabilities",
        "invokeTool": "POST /api/runtime/tools/{toolName}",
        "createSession": "POST /api/runtime/sessions",
        "listSessions": "GET /api/runtime/sessions",
        "getSession": "GET /api/runtime/sessions/{sessionId}",
        "listSessionCapabilities": "GET /api/runtime/sessions/{sessionId}/capabilities",
        "listSessionExecutions": "GET /api/runtime/sessions/{sessionId}/executions",
        "archiveSession": "POST /api/runtime/sessions/{sessionId}/archive",
        "invokeSessionTool": "POST /api/runtime/sessions/{sessionId}/tools/{toolName}",
        "getExecution": "GET /api/runtime/executions/{executionId}",
        "streamExecutionEvents": "GET /api/runtime/executions/{executionId}/events",
        "getHealth": "GET /healthz",
        "getReadiness": "GET /readyz",
    }


@every_operation
def test_every_error_is_described_as_ours(path: str, method: str, operation: dict[str, Any]) -> None:
    described = {int(status): answer for status, answer in operation["responses"].items()}
    errors = {status: answer for status, answer in described.items() if status >= 400}
    assert 500 in errors
    for status, answer in errors.items():
        assert answer["content"] == {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
        codes = [line.split("`")[1] for line in answer["description"].splitlines()]
        assert codes
        assert all(STATUS[code] == status for code in codes)
        assert "x-should-retry" in answer["headers"]
    assert all("X-Request-Id" in answer["headers"] for answer in described.values())


@every_operation
def test_what_needs_a_key_says_so(path: str, method: str, operation: dict[str, Any]) -> None:
    keyed = path.startswith("/api/runtime")
    assert operation.get("security") == ([{"bearer": []}, {"apiKey": []}] if keyed else None)
    assert ("401" in operation["responses"]) is keyed
    assert operation["tags"]
    assert operation["summary"]
    assert operation["description"]


@every_operation
def test_the_examples_are_of_the_shapes_that_they_illustrate(path: str, method: str, operation: dict[str, Any]) -> None:
    contents = [answer.get("content", {}) for answer in operation["responses"].values()]
    contents.append(operation.get("requestBody", {}).get("content", {}))
    for content in contents:
        for media_type, shown in content.items():
            if media_type == "application/json" and "example" in shown:
                schema = {**shown["schema"], "components": DESCRIPTION["components"]}
                Draft202012Validator(schema).validate(shown["example"])
    assert method != "post" or "example" in operation["requestBody"]["content"]["application/json"]


@pytest.mark.anyio
async def test_the_headers_that_only_an_invocation_answers_with_are_described() -> None:
    async with TestBed().client() as client:
        once = {"Idempotency-Key": "once"}
        answers = [
            await client.post("/api/runtime/tools/echo", json={}, headers=headers)
            for headers in (once, once, {"Prefer": "respond-async"})
        ]
    described = DESCRIPTION["paths"]["/api/runtime/tools/{toolName}"]["post"]["responses"]
    plain = {"content-type", "content-length", "cache-control", "x-content-type-options"}
    for answer in answers:
        names = {name.lower() for name in described[str(answer.status_code)]["headers"]}
        assert set(answer.headers) - plain <= names


def test_nothing_of_the_framework_s_own_errors_is_left() -> None:
    assert "HTTPValidationError" not in str(DESCRIPTION)
    assert "ValidationError" not in DESCRIPTION["components"]["schemas"]


def test_every_reference_leads_somewhere() -> None:
    for reference in _references(DESCRIPTION):
        target: Any = DESCRIPTION
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]


def _references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for member in part.values():
            yield from _references(member)
    elif isinstance(part, list):
        for member in part:
            yield from _references(member)


def test_the_description_is_made_once() -> None:
    app = TestBed().app
    assert app.openapi() == app.openapi() == DESCRIPTION
