"""Failures after validation: their status, their execution, and whether a retry makes sense."""

from pathlib import Path

import pytest

from tests.flows.test_events import FAILURE
from tests.runtime_client import RuntimeClient, refused, succeeded
from tests.service_fixtures import running_service

FAILURES = {
    "forbidden": 403,
    "quota_exceeded": 403,
    "conflict": 409,
    "integration_failed": 502,
    "integration_timeout": 504,
    "overloaded": 503,
    "storage_full": 503,
    "internal_error": 500,
}

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"

CODES = [
    "request_invalid input_invalid path_invalid content_invalid header_invalid account_not_applicable",
    "token_missing token_invalid scope_required forbidden quota_exceeded",
    "not_found session_not_found execution_not_found capability_not_found account_not_found memory_not_found",
    "method_not_allowed timeout payload_too_large unsupported_media_type",
    "account_ambiguous session_archived idempotency_in_progress memory_exists conflict",
    "events_expired version_mismatch idempotency_key_reused rate_limited auth_throttled",
    "internal_error integration_failed overloaded storage_full integration_timeout",
]


@pytest.mark.requirement(
    "errors.execution",
    "errors.execution.stream",
    "errors.envelope",
    "errors.forbidden",
    "errors.quota_exceeded",
    "errors.conflict",
    "errors.internal_error",
    "errors.integration_failed",
    "errors.overloaded",
    "errors.storage_full",
    "errors.integration_timeout",
)
@pytest.mark.parametrize(("code", "status"), FAILURES.items())
def test_a_failure_has_its_status_and_an_execution_that_tells_of_it(
    client: RuntimeClient, code: str, status: int
) -> None:
    session = client.session()
    answer = client.call("board_fail", {"code": code}, sessionId=session)
    details = refused(answer, status, code)
    (execution,) = succeeded(client.get(f"/sessions/{session}/executions"))["executions"]
    assert (execution["id"], execution["status"]) == (details["executionId"], "failed")
    events = client.events(details["executionId"])
    assert [event.type for event in events] == FAILURE
    assert events[3].data["error"] is True
    assert events[4].data["status"] == "failed"
    assert (events[5].data["code"], events[5].data["message"]) == (code, answer.json()["error"])


@pytest.mark.requirement("errors.overloaded", "errors.storage_full")
@pytest.mark.parametrize("code", ["overloaded", "storage_full"])
def test_a_service_that_has_no_room_says_when_to_come_back(shared_client: RuntimeClient, code: str) -> None:
    answer = shared_client.call("board_fail", {"code": code})
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.requirement("errors.quota_exceeded")
def test_a_quota_tells_its_limit(shared_client: RuntimeClient) -> None:
    assert refused(shared_client.call("board_fail", {"code": "quota_exceeded"}), 403, "quota_exceeded")["limit"] == 10


@pytest.mark.requirement("errors.internal_error")
def test_a_bug_leaks_nothing(client: RuntimeClient) -> None:
    answer = client.call("board_fail", {"code": "internal_error"})
    details = refused(answer, 500, "internal_error")
    told = answer.text + str(answer.headers) + client.get(f"/executions/{details['executionId']}/events").text
    told += client.get(f"/executions/{details['executionId']}").text
    for secret in ("hunter2", "RuntimeError", "Traceback", ".py"):
        assert secret not in told


@pytest.mark.requirement("errors.should_retry")
@pytest.mark.parametrize(
    ("code", "worth_it"),
    [
        ("forbidden", "false"),
        ("quota_exceeded", "false"),
        ("conflict", "false"),
        ("overloaded", "true"),
        ("storage_full", "true"),
        ("integration_failed", "true"),
        ("integration_timeout", "true"),
        ("internal_error", "true"),
    ],
)
def test_an_idempotent_call_is_worth_a_retry_when_it_may_succeed(
    shared_client: RuntimeClient, code: str, worth_it: str
) -> None:
    assert shared_client.call("board_fail", {"code": code}).headers["x-should-retry"] == worth_it


@pytest.mark.requirement("errors.should_retry", "errors.internal_error")
@pytest.mark.parametrize("code", ["internal_error", "integration_failed", "integration_timeout"])
def test_a_call_that_may_have_acted_is_not_to_be_repeated_blindly(shared_client: RuntimeClient, code: str) -> None:
    """Popular SDKs retry 5xx by themselves; a second post could be one too many."""
    assert shared_client.call("board_post", {"code": code}).headers["x-should-retry"] == "false"


@pytest.mark.requirement("errors.should_retry")
def test_what_the_client_got_wrong_is_not_worth_a_retry(shared_client: RuntimeClient) -> None:
    answers = [
        shared_client.call("memory_read", {}),
        shared_client.call("memory_read", {"path": "/absent.md"}),
        shared_client.call("memory_forget"),
        shared_client.call("crm_search_people"),
        shared_client.get("/nothing"),
        shared_client.http.delete("/api/runtime/capabilities"),
        shared_client.post_raw("/tools/memory_ls", b"{"),
    ]
    assert [answer.headers["x-should-retry"] for answer in answers] == ["false"] * len(answers)


@pytest.mark.requirement("errors.timeout.execution", "errors.should_retry")
def test_an_execution_past_its_deadline_has_timed_out(tmp_path: Path) -> None:
    with running_service(tmp_path, execution_seconds=0.2) as running:
        org = running.organisation()
        client, gate = org.client(), running.tools.gate("slow")
        answer = client.call("board_hold", {"gate": "slow"})
        details = refused(answer, 408, "timeout")
        assert details["phase"] == "execution"
        assert [event.type for event in client.events(details["executionId"])][-3:] == FAILURE[-3:]
        gate.release()
        org.close()


@pytest.mark.requirement("errors.events_expired")
def test_events_are_forgotten_when_their_days_are_over(tmp_path: Path) -> None:
    with running_service(tmp_path, event_retention_days=30) as running:
        org = running.organisation()
        client = org.client()
        answer = client.invoke("memory_write", {"path": "/a.md", "content": "A."})
        running.clock.advance(days=31)
        running.expire()
        refused(client.get(f"/executions/{answer['executionId']}/events"), 410, "events_expired")
        execution = client.execution(answer["executionId"])
        assert (execution["status"], execution["result"]) == ("completed", answer["result"])
        later = client.invoke("memory_ls")["executionId"]
        assert client.events(later)[-1].type == "done"
        org.close()


@pytest.mark.requirement("errors.page")
@pytest.mark.parametrize("code", " ".join(CODES).split())
def test_the_page_of_errors_has_every_code(code: str) -> None:
    assert f"`{code}`" in PAGE.read_text(encoding="utf-8")
