import anyio
import pytest

from memory_service.domain.errors import Conflict
from tests.fakes.capabilities import Gate, checkpointing, failing, named
from tests.unit.http_api.application import SECONDS, TestBed, read_events, refused

pytestmark = pytest.mark.anyio


async def test_a_finished_execution_is_replayed_and_the_stream_ends() -> None:
    async with TestBed(named("talk", checkpointing("half\u2028way"))).client() as client:
        made = (await client.post("/api/runtime/tools/talk", json={"input": {"a": "ü\n"}})).json()
        stream = await client.get(made["executionEventsUrl"])
    assert stream.status_code == 200
    assert stream.headers["content-type"].partition(";")[0] == "text/event-stream"
    assert stream.headers["cache-control"] == "no-cache"
    assert stream.headers["x-accel-buffering"] == "no"
    events = read_events(stream.text)
    assert [(event_id, kind) for event_id, kind, _ in events] == [
        ("1", "session"),
        ("2", "run_status"),
        ("3", "tool_use"),
        ("4", "checkpoint"),
        ("5", "tool_result"),
        ("6", "run_status"),
        ("7", "done"),
    ]
    assert all((data["executionId"], data["runId"]) == (made["executionId"], made["runId"]) for _, _, data in events)
    assert events[2][2]["input"] == {"a": "ü\n"}
    assert events[3][2]["summary"] == "half\u2028way"
    assert stream.text.isascii()


async def test_a_failed_execution_s_stream_ends_in_its_error() -> None:
    async with TestBed(named("fail", failing(Conflict()))).client() as client:
        answer = await client.post("/api/runtime/tools/fail", json={})
        execution_id = refused(answer, 409, "conflict")["executionId"]
        events = read_events((await client.get(f"/api/runtime/executions/{execution_id}/events")).text)
        execution = (await client.get(f"/api/runtime/executions/{execution_id}")).json()["execution"]
    assert [kind for _, kind, _ in events[3:]] == ["tool_result", "run_status", "error"]
    error = events[-1][2]
    assert {name: error[name] for name in ("message", "code", "details")} == execution["error"]
    assert execution["status"] == "failed"
    assert execution["result"] is None


@pytest.mark.parametrize("by_header", [True, False])
async def test_a_stream_goes_on_after_the_last_event_that_the_client_has_seen(by_header: bool) -> None:
    async with TestBed().client() as client:
        made = (await client.post("/api/runtime/tools/echo", json={})).json()
        url = made["executionEventsUrl"]
        everything = read_events((await client.get(url)).text)
        for seen in range(len(everything)):
            if by_header:
                stream = await client.get(url, headers={"Last-Event-ID": str(seen)})
            else:
                stream = await client.get(url, params={"lastEventId": str(seen)})
            assert read_events(stream.text) == everything[seen:]
        over = await client.get(url, headers={"Last-Event-ID": str(len(everything))})
    assert (over.status_code, over.content) == (204, b"")
    assert over.headers["x-request-id"]


async def test_the_header_is_read_before_the_query() -> None:
    async with TestBed().client() as client:
        url = (await client.post("/api/runtime/tools/echo", json={})).json()["executionEventsUrl"]
        stream = await client.get(url, params={"lastEventId": "0"}, headers={"Last-Event-ID": "5"})
    assert [event_id for event_id, _, _ in read_events(stream.text)] == ["6"]


@pytest.mark.parametrize("forged", ["7", "-1", "1.0", "x", "", " ", "9" * 400, "0x1", "1,2"])
async def test_a_forged_id_is_refused_before_the_stream_begins(forged: str) -> None:
    async with TestBed().client() as client:
        url = (await client.post("/api/runtime/tools/echo", json={})).json()["executionEventsUrl"]
        refused(await client.get(url, headers={"Last-Event-ID": forged}), 400, "header_invalid")
        refused(await client.get(url, params={"lastEventId": forged}), 400, "header_invalid")


async def test_a_key_holds_so_many_streams_and_no_more() -> None:
    gate = Gate()
    bed = TestBed(named("slow", gate), limits={"streams_per_key": 1})
    async with bed.client() as client, anyio.create_task_group() as tasks:
        started = await client.post("/api/runtime/tools/slow", json={}, headers={"Prefer": "respond-async"})
        url = started.json()["executionEventsUrl"]

        async def follow() -> None:
            stream = await client.get(url)
            assert "event: done" in stream.text

        tasks.start_soon(follow)
        with anyio.fail_after(SECONDS):
            while "memory_service_event_streams 1.0" not in (await client.get("/metrics")).text:
                await anyio.lowlevel.checkpoint()
        refused(await client.get(url), 429, "rate_limited")
        gate.open()
    assert "memory_service_event_streams 0.0" in bed.app.state.services.metrics.text().decode()


async def test_a_stream_is_not_opened_by_asking_for_its_head() -> None:
    async with TestBed().client() as client:
        url = (await client.post("/api/runtime/tools/echo", json={})).json()["executionEventsUrl"]
        answer = await client.head(url)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
