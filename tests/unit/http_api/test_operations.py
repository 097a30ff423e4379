import pytest

from tests.unit.http_api.application import TestBed, refused

pytestmark = pytest.mark.anyio


async def test_health_and_readiness_are_answered_without_a_key() -> None:
    async with TestBed().client() as client:
        client.headers.pop("Authorization")
        health, ready = await client.get("/healthz"), await client.get("/readyz")
        heads = [await client.head(path) for path in ("/healthz", "/readyz")]
    assert (health.status_code, health.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "checks": {"database": True}})
    assert [head.status_code for head in heads] == [200, 200]


async def test_a_service_that_is_not_ready_says_what_fails() -> None:
    async with TestBed(ready=lambda: {"database": True, "repositories": False}).client() as client:
        answer = await client.get("/readyz")
    assert refused(answer, 503, "overloaded") == {"checks": {"database": True, "repositories": False}}
    assert "repositories" in answer.json()["error"]
    assert answer.headers["retry-after"] == "1"


async def test_metrics_count_by_route_and_name_no_path_and_no_organisation() -> None:
    async with TestBed().client() as client:
        session = (await client.post("/api/runtime/sessions")).json()["session"]["id"]
        await client.get(f"/api/runtime/sessions/{session}")
        await client.get("/nothing/here")
        await client.request("BREW", "/nothing/here")
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    counted = {
        line.split(" ")[0].partition("{")[2]: line.split(" ")[1]
        for line in answer.text.splitlines()
        if line.startswith("memory_service_http_request_seconds_count")
    }
    assert counted == {
        'method="POST",route="/api/runtime/sessions",status="200"}': "1.0",
        'method="GET",route="/api/runtime/sessions/{sessionId}",status="200"}': "1.0",
        'method="GET",route="unmatched",status="404"}': "1.0",
        'method="OTHER",route="unmatched",status="404"}': "1.0",
    }
    assert session not in answer.text
    assert "acme" not in answer.text


async def test_two_applications_in_one_process_count_apart() -> None:
    async with TestBed().client() as one, TestBed().client() as other:
        await one.get("/healthz")
        assert 'route="/healthz"' not in (await other.get("/metrics")).text


async def test_metrics_and_documentation_can_be_switched_off() -> None:
    async with TestBed(metrics_enabled=False, docs_enabled=False).client() as client:
        for path in ("/metrics", "/openapi.json", "/docs"):
            refused(await client.get(path), 404, "not_found")


async def test_the_documentation_page_shows_the_description() -> None:
    async with TestBed().client() as client:
        page = await client.get("/docs")
        description = await client.get("/openapi.json")
    assert page.headers["content-type"].startswith("text/html")
    assert "/openapi.json" in page.text
    assert description.json()["info"]["title"] == "memory-service"
