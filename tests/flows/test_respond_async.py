"""Calls that a client does not wait for."""

import httpx
import pytest

from tests.flows.test_invoke import MEMBERS
from tests.runtime_client import RuntimeClient, refused, succeeded
from tests.service_fixtures import Organisation


def _accepted(client: RuntimeClient, prefer: str, tool: str, tool_input: dict[str, str]) -> httpx.Response:
    answer = client.call(tool, tool_input, headers={"Prefer": prefer})
    assert answer.status_code == 202, answer.text
    return answer


@pytest.mark.requirement("async.accepted", "async.location", "async.body", "async.runs_on", "execution.shape")
def test_a_call_that_is_not_waited_for_runs_on(org: Organisation) -> None:
    client, gate = org.client(), org.running.tools.gate(org.name)
    answer = _accepted(client, "respond-async", "board_hold", {"gate": org.name})
    body = answer.json()
    assert answer.headers["preference-applied"] == "respond-async"
    assert set(body) == MEMBERS
    assert body["result"] is None
    gate.wait_entered()
    execution = succeeded(client.http.get(answer.headers["location"]))["execution"]
    assert (execution["id"], execution["status"]) == (body["executionId"], "executing")
    assert execution["result"] is None
    gate.release()
    assert client.events(body["executionId"])[-1].type == "done"
    execution = client.execution(body["executionId"])
    assert (execution["status"], execution["result"]) == ("completed", {"held": org.name})


@pytest.mark.requirement("async.accepted")
@pytest.mark.parametrize("prefer", ["respond-async", "Respond-Async", "wait=0, respond-async", 'respond-async; x="y"'])
def test_the_preference_is_read_as_its_specification_says(client: RuntimeClient, prefer: str) -> None:
    answer = _accepted(client, prefer, "memory_ls", {})
    assert client.events(answer.json()["executionId"])[-1].type == "done"


@pytest.mark.requirement("async.accepted")
@pytest.mark.parametrize("prefer", ["wait=10", "respond-asynchronously", "return=minimal", ""])
def test_other_preferences_are_not_applied(shared_client: RuntimeClient, prefer: str) -> None:
    answer = shared_client.call("memory_ls", headers={"Prefer": prefer})
    assert answer.status_code == 200
    assert "preference-applied" not in answer.headers


@pytest.mark.requirement("async.runs_on", "execution.shape")
def test_a_failure_that_was_not_waited_for_is_kept(client: RuntimeClient) -> None:
    answer = _accepted(client, "respond-async", "memory_read", {"path": "/absent.md"})
    events = client.events(answer.json()["executionId"])
    assert (events[-1].type, events[-1].data["code"]) == ("error", "memory_not_found")
    execution = client.execution(answer.json()["executionId"])
    assert (execution["status"], execution["result"]) == ("failed", None)


@pytest.mark.requirement("async.accepted", "errors.input_invalid")
def test_a_call_that_is_invalid_is_refused_at_once(shared_client: RuntimeClient) -> None:
    answer = shared_client.call("memory_read", {}, headers={"Prefer": "respond-async"})
    refused(answer, 400, "input_invalid")


@pytest.mark.requirement("async.runs_on", "history.one_commit")
def test_a_write_that_was_not_waited_for_is_committed(org: Organisation) -> None:
    client = org.client()
    answer = _accepted(client, "respond-async", "memory_write", {"path": "/a.md", "content": "A."})
    client.events(answer.json()["executionId"])
    assert client.execution(answer.json()["executionId"])["commit"] == org.commits()[0]
    assert client.result("memory_read", path="/a.md")["content"] == "A."
