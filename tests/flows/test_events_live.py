"""Following an execution while it runs."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path

import httpx
import pytest

from memory_service.http_api import HttpOptions
from tests.flows.test_events import SUCCESS
from tests.runtime_client import RuntimeClient, StreamedEvent, refused, succeeded
from tests.service_fixtures import Organisation, running_service

ASYNC = {"Prefer": "respond-async"}


@pytest.fixture
def held(org: Organisation, client: RuntimeClient) -> Iterator[str]:
    """An execution that stands at the gate named after its organisation, from after its ``tool_use`` on."""
    execution = client.call("board_hold", {"gate": org.name}, headers=ASYNC).json()["executionId"]
    org.running.tools.gate(org.name).wait_entered()
    yield execution
    org.running.tools.gate(org.name).release()


@pytest.mark.requirement("events.open.during", "events.checkpoint", "events.seamless", "events.closes")
def test_each_event_arrives_while_the_tool_goes_on(org: Organisation, client: RuntimeClient, held: str) -> None:
    gate = org.running.tools.gate(org.name)
    with client.stream(held) as events:
        received = [next(events) for _ in range(3)]
        for summary in ("Read 10 of 30", "Read 20 of 30"):
            gate.checkpoint(summary)
            received.append(next(events))
            assert received[-1].type == "checkpoint"
            assert received[-1].data["summary"] == summary
            assert set(received[-1].data) == {"summary", "executionId", "runId"}
        gate.release()
        received += events
    assert [event.type for event in received] == [*SUCCESS[:3], "checkpoint", "checkpoint", *SUCCESS[3:]]
    assert [event.id for event in received] == list(range(1, 9))
    assert received == client.events(held)


@pytest.mark.requirement("events.tool_use")
def test_the_tool_use_is_told_before_the_tool_has_run(org: Organisation, client: RuntimeClient, held: str) -> None:
    with client.stream(held) as events:
        assert [next(events).type for _ in range(3)] == ["session", "run_status", "tool_use"]
    assert client.execution(held)["status"] == "executing"


@pytest.mark.requirement("events.open.before", "async.accepted")
def test_a_stream_opened_before_the_tool_is_reached_tells_it_all(tmp_path: Path) -> None:
    with running_service(tmp_path, workers=1) as running:
        client = running.organisation().client()
        first, second = running.tools.gate("first"), running.tools.gate("second")
        client.call("board_hold", {"gate": "first"}, headers=ASYNC)
        first.wait_entered()
        waiting = client.call("board_hold", {"gate": "second"}, headers=ASYNC).json()["executionId"]
        with client.stream(waiting) as events:
            received = [next(events)]
            assert not second.entered.is_set()
            first.release()
            second.release()
            received += events
        assert [event.type for event in received] == SUCCESS
        assert [event.id for event in received] == list(range(1, len(SUCCESS) + 1))


@pytest.mark.requirement("events.open.during", "events.seamless")
def test_a_stream_opened_as_soon_as_the_execution_is_known_tells_it_all(client: RuntimeClient) -> None:
    """Whether the tool has been reached by then, or has ended, is left to chance, which is tried a few times."""
    for number in range(8):
        answer = client.call("memory_append", {"path": "/a.md", "content": f"- {number}"}, headers=ASYNC)
        events = client.events(answer.json()["executionId"])
        assert [event.type for event in events] == SUCCESS
        assert [event.id for event in events] == list(range(1, len(SUCCESS) + 1))


@pytest.mark.requirement("events.heartbeats")
def test_a_heartbeat_is_a_comment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memory_service.http_api.HttpOptions", partial(HttpOptions, ping_seconds=0.05))
    with running_service(tmp_path) as running:
        org = running.organisation()
        client, gate = org.client(), running.tools.gate("held")
        execution = client.call("board_hold", {"gate": "held"}, headers=ASYNC).json()["executionId"]
        with client.http.stream("GET", f"/api/runtime/executions/{execution}/events") as response:
            lines = response.iter_lines()
            comments = list(islice((line for line in lines if line.startswith(":")), 3))
            gate.release()
            fields = [line for line in lines if line and not line.startswith(":")]
        assert len(comments) == 3
        assert fields[-3].startswith("id: ")
        assert fields[-2] == "event: done"
        assert [event.id for event in client.events(execution)] == list(range(1, len(SUCCESS) + 1))
        org.close()


@pytest.mark.requirement("events.open.often", "events.seamless")
def test_many_readers_at_once_each_get_every_event_once(org: Organisation, client: RuntimeClient, held: str) -> None:
    readers = 12
    all_reading = threading.Barrier(readers + 1, timeout=20)

    def read(_: int) -> list[StreamedEvent]:
        with client.stream(held) as events:
            received = [next(events) for _ in range(3)]
            all_reading.wait()
            return received + list(events)

    gate = org.running.tools.gate(org.name)
    with ThreadPoolExecutor(readers) as pool:
        reading = [pool.submit(read, number) for number in range(readers)]
        all_reading.wait()
        for number in range(20):
            gate.checkpoint(f"Step {number}")
        gate.release()
        received = [reader.result(timeout=30) for reader in reading]
    assert received == [client.events(held)] * readers
    assert len(received[0]) == 26


@pytest.mark.requirement("auth.revoked.streams")
def test_a_stream_goes_on_when_its_key_is_revoked(org: Organisation, client: RuntimeClient, held: str) -> None:
    reader = org.client("reader")
    with reader.stream(held) as events:
        next(events)
        org.revoke("reader")
        refused(reader.get("/capabilities"), 401, "token_invalid")
        refused(reader.get(f"/executions/{held}/events"), 401, "token_invalid")
        org.running.tools.gate(org.name).release()
        assert [event.type for event in events] == SUCCESS[1:]


@pytest.mark.requirement("events.open.often")
def test_a_reader_that_leaves_disturbs_nobody(org: Organisation, client: RuntimeClient, held: str) -> None:
    with client.stream(held) as staying:
        next(staying)
        for _ in range(5):
            with client.stream(held) as leaving:
                next(leaving)
        org.running.tools.gate(org.name).release()
        assert [event.type for event in staying] == SUCCESS[1:]


@pytest.mark.requirement("events.run_status")
def test_a_call_whose_client_has_gone_runs_on(org: Organisation, client: RuntimeClient) -> None:
    gate, session = org.running.tools.gate(org.name), client.session()
    with pytest.raises(httpx.ReadTimeout):
        client.http.post(
            f"/api/runtime/sessions/{session}/tools/board_hold", json={"input": {"gate": org.name}}, timeout=0.5
        )
    gate.wait_entered()
    gate.release()
    (execution,) = succeeded(client.get(f"/sessions/{session}/executions"))["executions"]
    assert [event.type for event in client.events(execution["id"])] == SUCCESS
