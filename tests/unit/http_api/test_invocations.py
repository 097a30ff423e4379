from typing import Any

import anyio
import pytest

from memory_service.domain.calls import Call
from memory_service.domain.capabilities import Outcome
from memory_service.domain.errors import MemoryNotFound, StorageFull
from memory_service.domain.ids import ExecutionId, SessionId
from tests.fakes.capabilities import CHANGING, ECHO, Gate, failing, named
from tests.unit.http_api.application import SECONDS, TestBed, refused
from tests.unit.runtime.bench import AGENT

pytestmark = pytest.mark.anyio


async def test_an_invocation_answers_with_exactly_the_members_of_the_contract() -> None:
    async with TestBed().client() as client:
        answer = await client.post("/api/runtime/tools/echo", json={"input": {"a": [1, None, "ü"]}, "title": "Mine"})
    assert answer.status_code == 200
    body = answer.json()
    execution_id = body["executionId"]
    session = body["session"]
    assert body == {
        "session": {
            "id": session["id"],
            "title": "Mine",
            "source": "api",
            "interactionMode": "execute",
            "status": "active",
            "createdAt": "2026-04-15T10:00:00.000Z",
            "updatedAt": "2026-04-15T10:00:00.000Z",
        },
        "capability": {
            "name": "echo",
            "kind": "memory",
            "description": "Answers its input.",
            "isReadOnly": True,
            "supportsIdempotency": True,
            "accounts": [],
        },
        "runId": body["runId"],
        "executionId": execution_id,
        "executionEventsUrl": f"http://memory.test/api/runtime/executions/{execution_id}/events",
        "summary": "Echoed",
        "result": {"input": {"a": [1, None, "ü"]}, "account": None},
    }
    assert [value.partition("_")[0] for value in (session["id"], execution_id, body["runId"])] == [
        "session",
        "exec",
        "run",
    ]


async def test_a_capability_shows_the_accounts_to_choose_from() -> None:
    async with TestBed().client() as client:
        answer = await client.post(
            "/api/runtime/tools/calendar_create_event", json={"connectedAccountId": "acc_2", "input": {}}
        )
    assert answer.json()["result"]["account"] == "acc_2"
    assert answer.json()["capability"]["accounts"] == [
        {"connectedAccountId": f"acc_{number}", "integrationId": "calendar", "backend": "fixture"} for number in (1, 2)
    ]


async def test_an_ambiguous_account_is_refused_with_the_sentence_of_the_contract() -> None:
    async with TestBed().client() as client:
        answer = await client.post("/api/runtime/tools/calendar_create_event", json={})
    details = refused(answer, 409, "account_ambiguous")
    assert [account["connectedAccountId"] for account in details["availableAccounts"]] == ["acc_1", "acc_2"]
    assert answer.json()["error"] == (
        'Capability "calendar_create_event" requires connectedAccountId '
        "because it is available on multiple connected accounts"
    )
    assert answer.headers["x-should-retry"] == "false"


async def test_no_body_at_all_is_an_empty_one() -> None:
    async with TestBed().client() as client:
        answer = await client.post("/api/runtime/tools/echo")
    assert answer.json()["result"]["input"] == {}


async def test_null_stands_for_an_absent_optional_member() -> None:
    async with TestBed().client() as client:
        body: dict[str, object] = {"input": {}, "sessionId": None, "connectedAccountId": None, "title": None}
        answer = await client.post("/api/runtime/tools/echo", json=body)
    assert answer.status_code == 200


@pytest.mark.parametrize("in_path", [True, False])
async def test_a_call_runs_in_the_session_that_it_names(in_path: bool) -> None:
    bed = TestBed()
    async with bed.client() as client:
        session = (await client.post("/api/runtime/sessions")).json()["session"]["id"]
        if in_path:
            answer = await client.post(f"/api/runtime/sessions/{session}/tools/echo", json={"sessionId": session})
        else:
            answer = await client.post("/api/runtime/tools/echo", json={"sessionId": session})
    assert answer.json()["session"]["id"] == session
    (execution,) = bed.bench.runtime.executions(AGENT, SessionId(session), 10).items
    assert execution.id == answer.json()["executionId"]


async def test_a_body_that_names_another_session_than_the_path_is_refused() -> None:
    bed = TestBed()
    async with bed.client() as client:
        session = (await client.post("/api/runtime/sessions")).json()["session"]["id"]
        answer = await client.post(f"/api/runtime/sessions/{session}/tools/echo", json={"sessionId": "session_1"})
    (fault,) = refused(answer, 400, "request_invalid")["fieldErrors"]
    assert (fault["field"], fault["rule"]) == ("sessionId", "same_session")
    assert not bed.bench.runtime.executions(AGENT, SessionId(session), 10).items


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(MemoryNotFound("/a.md"), 404, "memory_not_found"), (StorageFull(), 503, "storage_full")],
)
async def test_a_failed_execution_is_named_by_its_answer(error: Exception, status: int, code: str) -> None:
    bed = TestBed(named("fail", failing(error)))
    async with bed.client() as client:
        answer = await client.post("/api/runtime/tools/fail", json={})
    execution_id = refused(answer, status, code)["executionId"]
    assert bed.bench.runtime.execution(AGENT, execution_id).failure
    assert answer.headers.get("retry-after") == ("30" if code == "storage_full" else None)


async def test_a_bug_of_a_tool_leaks_nothing_and_says_honestly_whether_to_retry() -> None:
    secret = RuntimeError("password=hunter2")
    bed = TestBed(named("read", failing(secret)), named("change", failing(secret), CHANGING))
    async with bed.client() as client:
        harmless = await client.post("/api/runtime/tools/read", json={})
        harmful = await client.post("/api/runtime/tools/change", json={})
    for answer in (harmless, harmful):
        refused(answer, 500, "internal_error")
        assert "hunter2" not in answer.text
    assert harmless.headers["x-should-retry"] == "true"
    # What is kept of a fault: that it happened, for the log.
    assert bed.bench.faults == [secret, secret]


async def test_a_replayed_answer_says_so() -> None:
    async with TestBed(named("change", ECHO.handler, CHANGING)).client() as client:
        key = {"Idempotency-Key": "k" * 255}
        first = await client.post("/api/runtime/tools/change", json={}, headers=key)
        second = await client.post("/api/runtime/tools/change", json={}, headers=key)
        other = await client.post("/api/runtime/tools/change", json={"input": {"a": 1}}, headers=key)
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert second.json() == first.json()
    refused(other, 422, "idempotency_key_reused")


@pytest.mark.requirement("errors.header_invalid")
@pytest.mark.parametrize("value", ["", "k" * 256, "a\tb", "schl\xfcssel"])
async def test_an_idempotency_key_that_cannot_be_one_is_refused(value: str) -> None:
    async with TestBed().client() as client:
        answer = await client.post(
            "/api/runtime/tools/echo", json={}, headers=[(b"Idempotency-Key", value.encode("latin-1"))]
        )
    refused(answer, 400, "header_invalid")


async def test_two_idempotency_keys_are_refused() -> None:
    async with TestBed().client() as client:
        answer = await client.post(
            "/api/runtime/tools/echo", json={}, headers=[("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
        )
    refused(answer, 400, "header_invalid")


async def test_a_duplicate_in_flight_is_refused_and_worth_a_retry() -> None:
    gate = Gate()
    async with TestBed(named("slow", gate)).client() as client, anyio.create_task_group() as tasks:
        key = {"Idempotency-Key": "once"}

        async def first() -> None:
            answer = await client.post("/api/runtime/tools/slow", json={}, headers=key)
            assert answer.status_code == 200

        tasks.start_soon(first)
        await anyio.to_thread.run_sync(gate.wait_entered)
        duplicate = await client.post("/api/runtime/tools/slow", json={}, headers=key)
        gate.open()
    refused(duplicate, 409, "idempotency_in_progress")
    assert (duplicate.headers["x-should-retry"], duplicate.headers["retry-after"]) == ("true", "1")
    assert len(gate.calls) == 1


@pytest.mark.requirement("async.accepted", "async.location", "async.body", "async.runs_on")
@pytest.mark.parametrize("preference", ["respond-async", "wait=5, Respond-Async; a=b", "return=minimal,respond-async"])
async def test_a_client_that_prefers_so_is_answered_while_the_execution_runs_on(preference: str) -> None:
    gate = Gate()
    bed = TestBed(named("slow", gate))
    async with bed.client() as client:
        answer = await client.post("/api/runtime/tools/slow", json={}, headers={"Prefer": preference})
        gate.open()
        assert answer.status_code == 202
        body = answer.json()
        assert (body["result"], body["summary"]) == (None, None)
        assert answer.headers["preference-applied"] == "respond-async"
        assert answer.headers["location"] == f"http://memory.test/api/runtime/executions/{body['executionId']}"
        with anyio.fail_after(SECONDS):
            stream = await client.get(f"/api/runtime/executions/{body['executionId']}/events")
            found = (await client.get(answer.headers["location"])).json()["execution"]
    assert "event: done" in stream.text
    assert (found["status"], found["result"]) == ("completed", {"input": {}, "account": None})


async def test_another_preference_changes_nothing() -> None:
    async with TestBed().client() as client:
        answer = await client.post("/api/runtime/tools/echo", json={}, headers={"Prefer": "respond-asynchronously"})
    assert answer.status_code == 200
    assert "preference-applied" not in answer.headers


async def test_an_answer_that_is_replayed_is_whole_also_for_a_client_that_prefers_not_to_wait() -> None:
    async with TestBed().client() as client:
        headers = {"Idempotency-Key": "once", "Prefer": "respond-async"}
        first = await client.post("/api/runtime/tools/echo", json={}, headers={"Idempotency-Key": "once"})
        second = await client.post("/api/runtime/tools/echo", json={}, headers=headers)
    assert (second.status_code, second.json()) == (200, first.json())


async def test_a_tool_name_is_taken_as_it_is() -> None:
    async with TestBed().client() as client:
        for name in ("nope", "%00", "a%20b", "%F0%9F%98%80", "%ff"):
            refused(await client.post(f"/api/runtime/tools/{name}", json={}), 404, "capability_not_found")
        refused(await client.post("/api/runtime/tools/a%2Fb", json={}), 404, "not_found")


async def test_text_comes_back_as_it_was_sent() -> None:
    text = '\u0000 \u2028 \U0001f600 " \\ </script> \x7f'

    def speak(call: Call, argument: Any) -> Outcome:
        return Outcome(result={"text": text}, summary=text)

    bed = TestBed(named("speak", speak))
    async with bed.client() as client:
        answer = await client.post("/api/runtime/tools/speak", json={"input": {text: text}})
    body = answer.json()
    assert (body["summary"], body["result"]) == (text, {"text": text})
    assert bed.bench.runtime.execution(AGENT, ExecutionId(body["executionId"])).input == {text: text}
