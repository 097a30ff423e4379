"""Retrying a call under an Idempotency-Key."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.runtime_client import Json, RuntimeClient, refused, succeeded
from tests.service_fixtures import Organisation

NOTE = {"path": "/daily/2026-04-15.md", "content": "- Called Ada."}


def _key(value: str) -> dict[str, str]:
    return {"Idempotency-Key": value}


def _executions(client: RuntimeClient, session: str) -> list[Json]:
    executions: list[Json] = succeeded(client.get(f"/sessions/{session}/executions"))["executions"]
    return executions


@pytest.mark.requirement("idempotency.replay", "idempotency.replay.header", "append.twice", "hints.append")
def test_a_retry_replays_the_first_answer_and_appends_once(org: Organisation) -> None:
    client = org.client()
    first = client.call("memory_append", NOTE, headers=_key("note-1"))
    commits = org.commits()
    assert succeeded(first)["result"]["created"] is True
    assert "idempotency-replayed" not in first.headers
    for _ in range(3):
        again = client.call("memory_append", NOTE, headers=_key("note-1"))
        assert again.headers["idempotency-replayed"] == "true"
        assert succeeded(again) == succeeded(first)
    assert client.result("memory_read", path=NOTE["path"])["content"].count("Called Ada") == 1
    assert org.commits() == commits
    assert len(_executions(client, first.json()["session"]["id"])) == 1


@pytest.mark.requirement("append.twice")
def test_two_calls_without_a_key_append_twice(client: RuntimeClient) -> None:
    answers = [client.invoke("memory_append", NOTE) for _ in range(2)]
    assert answers[0]["executionId"] != answers[1]["executionId"]
    assert client.result("memory_read", path=NOTE["path"])["content"].count("Called Ada") == 2


@pytest.mark.requirement("idempotency.replay")
def test_a_retry_replays_what_was_true_then(client: RuntimeClient) -> None:
    read = {"path": "/a.md"}
    client.result("memory_write", path="/a.md", content="Old.")
    first = client.invoke("memory_read", read, headers=_key("read-1"))
    client.result("memory_write", path="/a.md", content="New.")
    assert client.invoke("memory_read", read, headers=_key("read-1")) == first
    assert client.result("memory_read", path="/a.md")["content"] == "New."


@pytest.mark.requirement("idempotency.replay")
def test_a_retry_in_a_session_replays_too(client: RuntimeClient) -> None:
    session = client.session()
    path = f"/sessions/{session}/tools/memory_append"
    first = succeeded(client.post(path, {"input": NOTE}, _key("note-1")))
    assert succeeded(client.post(path, {"input": NOTE}, _key("note-1"))) == first
    assert len(_executions(client, session)) == 1


@pytest.mark.requirement("idempotency.reused", "errors.idempotency_key_reused")
@pytest.mark.parametrize(
    "other",
    [
        {"input": {**NOTE, "content": "- Called Bob."}},
        {"input": {**NOTE, "message": "Note"}},
        {"input": NOTE, "title": "Other"},
        {"input": {**NOTE, "content": "- Called Ada. "}},
    ],
    ids=["content", "message", "title", "one space"],
)
def test_another_body_under_the_same_key_is_refused(org: Organisation, other: Json) -> None:
    client = org.client()
    client.invoke("memory_append", NOTE, headers=_key("note-1"))
    commits = org.commits()
    answer = client.post("/tools/memory_append", other, _key("note-1"))
    refused(answer, 422, "idempotency_key_reused")
    assert answer.headers["x-should-retry"] == "false"
    assert org.commits() == commits


@pytest.mark.requirement("idempotency.in_progress", "errors.idempotency_in_progress", "errors.should_retry")
def test_a_duplicate_still_in_flight_is_told_to_wait(org: Organisation) -> None:
    client, gate = org.client(), org.running.tools.gate(org.name)
    call = {"gate": org.name}
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(client.call, "board_hold", call, headers=_key("hold-1"))
        gate.wait_entered()
        duplicate = client.call("board_hold", call, headers=_key("hold-1"))
        gate.release()
        first = running.result(timeout=20)
    refused(duplicate, 409, "idempotency_in_progress")
    assert duplicate.headers["x-should-retry"] == "true"
    again = client.call("board_hold", call, headers=_key("hold-1"))
    assert again.headers["idempotency-replayed"] == "true"
    assert succeeded(again) == succeeded(first)
    assert gate.runs == 1


@pytest.mark.requirement("idempotency.in_progress", "idempotency.replay")
def test_of_many_calls_at_once_with_one_key_one_runs(org: Organisation) -> None:
    client = org.client()
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: client.call("memory_append", NOTE, headers=_key("note-1")), range(8), timeout=60)
        )
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len({answer.json()["executionId"] for answer in answers if answer.status_code == 200}) == 1
    assert client.result("memory_read", path=NOTE["path"])["content"].count("Called Ada") == 1


@pytest.mark.requirement("idempotency.replay.failure")
def test_a_failure_is_replayed_with_its_execution(client: RuntimeClient) -> None:
    call = {"path": "/later.md"}
    first = client.call("memory_read", call, headers=_key("read-1"))
    details = refused(first, 404, "memory_not_found")
    client.result("memory_write", path="/later.md", content="Now.")
    again = client.call("memory_read", call, headers=_key("read-1"))
    assert again.headers["idempotency-replayed"] == "true"
    assert refused(again, 404, "memory_not_found") == details
    assert again.json()["error"] == first.json()["error"]


@pytest.mark.requirement("idempotency.released")
@pytest.mark.parametrize("code", ["overloaded", "storage_full"])
@pytest.mark.parametrize("tool", ["board_fail", "board_post"])
def test_a_failure_that_is_worth_a_retry_frees_the_key(org: Organisation, tool: str, code: str) -> None:
    client = org.client()
    call = {"code": code, "once": f"{org.name} {tool} {code}"}
    first = client.call(tool, call, headers=_key("once-1"))
    details = refused(first, 503, code)
    assert first.headers["x-should-retry"] == "true"
    again = client.call(tool, call, headers=_key("once-1"))
    assert "idempotency-replayed" not in again.headers
    assert succeeded(again)["executionId"] != details["executionId"]


@pytest.mark.requirement("idempotency.released")
def test_a_call_that_was_refused_leaves_its_key_free(client: RuntimeClient) -> None:
    refused(client.call("memory_append", {"path": "/a.md"}, headers=_key("note-1")), 400, "input_invalid")
    succeeded(client.call("memory_append", NOTE, headers=_key("note-1")))


@pytest.mark.requirement("idempotency.scope.key")
def test_another_key_of_the_organisation_has_its_own(org: Organisation) -> None:
    first = org.client().invoke("memory_append", NOTE, headers=_key("note-1"))
    second = org.client().invoke("memory_append", NOTE, headers=_key("note-1"))
    assert first["executionId"] != second["executionId"]
    assert len(org.commits()) >= 2


@pytest.mark.requirement("idempotency.scope.tool")
def test_another_tool_has_its_own(client: RuntimeClient) -> None:
    first = client.invoke("memory_append", NOTE, headers=_key("note-1"))
    second = client.invoke("memory_write", NOTE, headers=_key("note-1"))
    assert first["executionId"] != second["executionId"]


@pytest.mark.requirement("idempotency.header")
@pytest.mark.parametrize("value", ["x", "x" * 255, "a b", "!~ /\\\"'", "0b7ee1c2-6d4f-4a4e-9c1b-6f0b5a3b8f11"])
def test_a_key_of_printable_characters_is_taken(client: RuntimeClient, value: str) -> None:
    first = client.invoke("memory_ls", headers=_key(value))
    assert client.invoke("memory_ls", headers=_key(value))["executionId"] == first["executionId"]


@pytest.mark.requirement("idempotency.header", "errors.header_invalid")
@pytest.mark.parametrize("value", [b"", b"x" * 256, b"a\tb", b"\xff\xfe"], ids=repr)
def test_a_key_that_cannot_be_one_is_refused(shared_client: RuntimeClient, value: bytes) -> None:
    answer = shared_client.http.post("/api/runtime/tools/memory_ls", json={}, headers={b"Idempotency-Key": value})
    refused(answer, 400, "header_invalid")


@pytest.mark.requirement("idempotency.replay", "async.runs_on")
def test_a_call_that_was_not_waited_for_is_replayed_when_it_has_ended(org: Organisation) -> None:
    client, gate = org.client(), org.running.tools.gate(org.name)
    call = {"gate": org.name}
    accepted = client.call("board_hold", call, headers={**_key("hold-1"), "Prefer": "respond-async"})
    assert accepted.status_code == 202
    gate.wait_entered()
    refused(client.call("board_hold", call, headers=_key("hold-1")), 409, "idempotency_in_progress")
    gate.release()
    client.events(accepted.json()["executionId"])
    again = succeeded(client.call("board_hold", call, headers=_key("hold-1")))
    assert again["executionId"] == accepted.json()["executionId"]
    assert again["result"] == {"held": org.name}
