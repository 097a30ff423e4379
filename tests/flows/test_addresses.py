"""What stands at which address, and what an address says to the wrong method or the wrong name."""

import re

import pytest

from tests.flows.addresses import ADDRESSES
from tests.runtime_client import RuntimeClient, refused
from tests.service_fixtures import RunningService


@pytest.mark.requirement("address.health", "address.readiness", "errors.request_id")
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_and_readiness_answer_without_a_key(running: RunningService, path: str) -> None:
    answer = running.http.get(path)
    assert answer.status_code == 200
    assert answer.headers["x-request-id"].startswith("req_")


@pytest.mark.requirement("address.metrics")
def test_metrics_are_in_the_text_format_of_prometheus(running: RunningService) -> None:
    answer = running.http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert re.search(r"^# TYPE \w+ (counter|histogram|gauge)$", answer.text, re.MULTILINE)


@pytest.mark.requirement("address.metrics")
def test_metrics_name_no_organisation(client: RuntimeClient, running: RunningService) -> None:
    client.result("memory_write", path="/metrics-story.md", content="Counted.")
    text = running.http.get("/metrics").text
    assert "org-" not in text
    assert "metrics-story" not in text


@pytest.mark.requirement("address.openapi")
def test_openapi_describes_every_address(running: RunningService) -> None:
    described = running.http.get("/openapi.json").json()["paths"]
    operations = {(method.upper(), path) for path, methods in described.items() for method in methods}
    for method, path in ADDRESSES:
        template = re.sub(r"session_0+", "{sessionId}", re.sub(r"exec_0+", "{executionId}", path))
        assert (method, template.replace("memory_ls", "{toolName}")) in operations
    assert "html" in running.http.get("/docs").headers["content-type"]


@pytest.mark.requirement("errors.not_found", "errors.envelope")
@pytest.mark.parametrize(
    "path",
    ["/nothing", "/api/runtime", "/api/runtime/nothing", "/api/runtime/capabilities/", "/api/runtime/sessions/a/b/c"],
)
def test_an_unknown_address_is_not_found(shared_client: RuntimeClient, path: str) -> None:
    refused(shared_client.http.get(path), 404, "not_found")


@pytest.mark.requirement("errors.method_not_allowed", "errors.request_id")
@pytest.mark.parametrize(("allowed", "path"), ADDRESSES)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"])
def test_the_wrong_method_is_told_the_right_ones(
    shared_client: RuntimeClient, method: str, allowed: str, path: str
) -> None:
    answer = shared_client.http.request(method, path)
    refused(answer, 405, "method_not_allowed")
    assert allowed in [name.strip() for name in answer.headers["allow"].split(",")]


@pytest.mark.requirement("errors.method_not_allowed")
def test_two_methods_at_one_address_are_both_allowed(shared_client: RuntimeClient) -> None:
    answer = shared_client.http.delete("/api/runtime/sessions")
    assert {"GET", "POST"} <= {name.strip() for name in answer.headers["allow"].split(",")}


@pytest.mark.requirement("errors.request_id")
def test_every_answer_has_a_request_id_of_its_own(shared_client: RuntimeClient) -> None:
    answers = [
        shared_client.get("/capabilities"),
        shared_client.get("/capabilities"),
        shared_client.get("/nothing"),
        shared_client.call("memory_ls"),
        shared_client.post_raw("/tools/memory_ls", b"{"),
    ]
    identifiers = {answer.headers["x-request-id"] for answer in answers}
    assert len(identifiers) == len(answers)


@pytest.mark.requirement("errors.request_id", "errors.envelope")
@pytest.mark.parametrize("named", ["abc", "x" * 5000, "é"])
def test_a_request_id_is_the_services_own(shared_client: RuntimeClient, named: str) -> None:
    answer = shared_client.http.get("/api/runtime/nothing", headers={b"X-Request-Id": named.encode()})
    refused(answer, 404, "not_found")
    assert answer.headers["x-request-id"] != named
