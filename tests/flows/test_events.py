"""The events of an execution that has ended: which, in which order, in which form."""

import json
from typing import Any

import pytest

from tests.runtime_client import Json, RuntimeClient, StreamedEvent, refused
from tests.service_fixtures import Organisation

SUCCESS = ["session", "run_status", "tool_use", "tool_result", "run_status", "done"]
FAILURE = [*SUCCESS[:-1], "error"]


@pytest.mark.requirement(
    "address.execution.events",
    "events.ids",
    "events.session",
    "events.run_status",
    "events.tool_use",
    "events.tool_result",
    "events.done",
    "events.data.ids",
    "events.open.after",
)
def test_the_events_of_a_success(client: RuntimeClient) -> None:
    sent = {"path": "/a.md", "content": "A."}
    answer = client.invoke("memory_write", sent)
    events = client.events(answer["executionId"])
    assert [event.id for event in events] == [1, 2, 3, 4, 5, 6]
    assert [event.type for event in events] == SUCCESS
    session, executing, use, result, completed, done = (_own(event, answer) for event in events)
    assert session == {"id": answer["session"]["id"], "interactionMode": "execute"}
    assert executing == {"status": "executing", "interactionMode": "execute"}
    assert use["id"].startswith("runtime_")
    assert use == {"id": use["id"], "name": "memory_write", "input": sent}
    assert result == {"id": use["id"], "name": "memory_write", "output": answer["result"], "error": False}
    assert completed == {"status": "completed", "interactionMode": "execute"}
    assert done == {"status": "completed", "summary": answer["summary"]}


@pytest.mark.requirement("errors.execution", "errors.execution.stream", "events.error", "events.run_status")
def test_the_events_of_a_failure(client: RuntimeClient) -> None:
    answer = client.call("memory_read", {"path": "/absent.md"})
    details = refused(answer, 404, "memory_not_found")
    events = client.events(details["executionId"])
    assert [event.type for event in events] == FAILURE
    result, failed, error = (event.data for event in events[3:])
    assert (result["name"], result["error"]) == ("memory_read", True)
    assert result["id"] == events[2].data["id"]
    assert (failed["status"], failed["interactionMode"]) == ("failed", "execute")
    assert set(error) == {"message", "code", "details", "executionId", "runId"}
    assert (error["message"], error["code"]) == (answer.json()["error"], "memory_not_found")
    assert error["details"]["path"] == "/absent.md"


@pytest.mark.requirement("events.data.ids", "events.ids")
def test_the_tool_use_ids_of_two_executions_differ(client: RuntimeClient) -> None:
    uses = [client.events(client.invoke("memory_ls")["executionId"])[2].data["id"] for _ in range(2)]
    assert uses[0] != uses[1]


@pytest.mark.requirement("events.tool_use.input")
@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"filter": {"b": 1, "a": {"": None}}},
        {"filter": [1, -0.5, 1e-7, 2**70, True, False, None]},
        {"filter": 'Zürich \u2028 \x00 \ufeff 🚀 </script> " \\ \r\n'},
        {"filter": {"id": 1, "executionId": "x", "data": "event: done\n\n"}},
    ],
    ids=["nothing", "nested", "numbers", "text", "look-alikes"],
)
def test_the_input_is_told_exactly_as_it_was_sent(client: RuntimeClient, sent: Json) -> None:
    answer = client.invoke("board_list", sent)
    use = client.events(answer["executionId"])[2].data
    assert json.dumps(use["input"]) == json.dumps(sent)


@pytest.mark.requirement("events.tool_use.input")
def test_defaults_are_not_told_as_if_they_had_been_sent(client: RuntimeClient) -> None:
    assert client.events(client.invoke("memory_ls")["executionId"])[2].data["input"] == {}
    client.result("memory_write", path="/daily/today.md", content="Today.")
    answer = client.invoke("memory_ls", {"path": "daily"})
    assert client.events(answer["executionId"])[2].data["input"] == {"path": "daily"}


@pytest.mark.requirement("events.media_type", "events.fields", "events.closes")
def test_the_stream_has_one_line_each_for_id_event_and_data(client: RuntimeClient) -> None:
    answer = client.invoke("memory_append", {"path": "/a.md", "content": "One\nTwo\r\nThree\rFour\u2028Five\u0085Six"})
    stream = client.get(f"/executions/{answer['executionId']}/events")
    assert stream.headers["content-type"].partition(";")[0] == "text/event-stream"
    assert "no-store" in stream.headers["cache-control"] or "no-cache" in stream.headers["cache-control"]
    text = stream.content.decode().replace("\r\n", "\n")
    blocks = [[line for line in block.split("\n") if not line.startswith(":")] for block in text.split("\n\n")]
    blocks = [block for block in blocks if any(block)]
    assert len(blocks) == len(SUCCESS)
    for number, (block, event) in enumerate(zip(blocks, SUCCESS, strict=True), 1):
        fields = dict(line.split(": ", 1) for line in block)
        assert len(block) == 3
        assert (fields["id"], fields["event"]) == (str(number), event)
        assert isinstance(json.loads(fields["data"]), dict)


@pytest.mark.requirement("events.open.often")
def test_every_opening_replays_the_same(client: RuntimeClient) -> None:
    answer = client.invoke("memory_ls")
    first = client.events(answer["executionId"])
    assert [client.events(answer["executionId"]) for _ in range(3)] == [first] * 3


@pytest.mark.requirement("events.tool_result", "events.done")
@pytest.mark.parametrize(
    ("tool", "tool_input"),
    [
        ("memory_ls", {}),
        ("memory_read", {"path": "/a.md"}),
        ("memory_search", {"query": "text"}),
        ("memory_write", {"path": "/b.md", "content": "B."}),
        ("memory_append", {"path": "/a.md", "content": "More text."}),
    ],
)
def test_the_stream_of_each_tool_tells_what_the_answer_told(client: RuntimeClient, tool: str, tool_input: Json) -> None:
    client.result("memory_write", path="/a.md", content="Some text.")
    answer = client.invoke(tool, tool_input)
    events = client.events(answer["executionId"])
    assert events[3].data["output"] == answer["result"]
    assert events[5].data["summary"] == answer["summary"]


@pytest.mark.requirement("errors.execution_not_found")
@pytest.mark.parametrize("execution", ["exec_" + "0" * 32, "exec_", "session_1", "x" * 300, "%00", "é"])
def test_the_events_of_an_unknown_execution_are_not_found(shared_client: RuntimeClient, execution: str) -> None:
    refused(shared_client.get(f"/executions/{execution}/events"), 404, "execution_not_found")
    refused(shared_client.get(f"/executions/{execution}"), 404, "execution_not_found")


@pytest.mark.requirement("address.execution.get", "execution.shape", "errors.execution")
def test_an_execution_tells_status_result_and_commit(org: Organisation) -> None:
    client = org.client()
    written = client.invoke("memory_write", {"path": "/a.md", "content": "A."})
    execution = client.execution(written["executionId"])
    assert execution["id"] == written["executionId"]
    assert execution["runId"] == written["runId"]
    assert (execution["status"], execution["result"]) == ("completed", written["result"])
    assert execution["commit"] == written["result"]["commit"] == org.commits()[0]
    read = client.execution(client.invoke("memory_ls")["executionId"])
    assert read["commit"] is None
    failed = client.execution(client.call("memory_read", {"path": "/b.md"}).json()["details"]["executionId"])
    assert (failed["status"], failed["result"], failed["commit"]) == ("failed", None, None)


def _own(event: StreamedEvent, answer: Json) -> dict[str, Any]:
    """The data of an event besides the ids that every event carries, which are checked."""
    data = dict(event.data)
    assert data.pop("executionId") == answer["executionId"]
    assert data.pop("runId") == answer["runId"]
    return data
