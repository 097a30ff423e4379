import json

import pytest

from memory_service.domain.errors import (
    DataCorrupt,
    InputInvalid,
    Overloaded,
    TokenInvalid,
    VersionMismatch,
)
from memory_service.domain.executions import Failure
from memory_service.http_api.problems import COMMAND_LINE_ONLY, KINDS, STATUS, answer_failure, problem


def test_every_code_of_the_tree_has_a_status_or_is_told_on_the_command_line_only() -> None:
    assert set(KINDS) == set(STATUS) | COMMAND_LINE_ONLY
    assert not set(STATUS) & COMMAND_LINE_ONLY


def test_every_code_has_its_cause_and_its_fix() -> None:
    for kind in KINDS.values():
        assert kind.cause.endswith((".", ")."))
        assert kind.fix.endswith(".")
        assert kind.__doc__


def test_an_error_is_answered_in_the_envelope() -> None:
    answer = problem(InputInvalid("memory_ls", [{"field": "depth", "message": "too deep", "rule": "maximum"}]), "req_1")
    assert answer.status_code == 400
    assert json.loads(bytes(answer.body)) == {
        "error": 'Invalid input for capability "memory_ls": depth: too deep',
        "code": "input_invalid",
        "requestId": "req_1",
        "details": {"fieldErrors": [{"field": "depth", "message": "too deep", "rule": "maximum"}]},
    }
    assert answer.headers["x-should-retry"] == "false"
    assert "retry-after" not in answer.headers


def test_details_are_left_out_where_there_are_none() -> None:
    assert "details" not in json.loads(bytes(problem(TokenInvalid(), "req_1").body))


def test_an_unknown_key_is_told_how_to_authenticate() -> None:
    assert problem(TokenInvalid(), "req_1").headers["www-authenticate"] == "Bearer"


def test_an_error_that_passes_says_when_to_come_back() -> None:
    answer = problem(Overloaded(retry_after=7), "req_1")
    assert (answer.headers["retry-after"], answer.headers["x-should-retry"]) == ("7", "true")


def test_what_the_command_line_alone_tells_is_a_fault_of_the_service_here() -> None:
    answer = problem(DataCorrupt("memory.db is damaged"), "req_1")
    body = json.loads(bytes(answer.body))
    assert (answer.status_code, body["code"]) == (500, "internal_error")
    assert "memory.db" not in body["error"]


@pytest.mark.parametrize("code", ["data_corrupt", "internal_error"])
def test_a_failed_execution_is_named_whatever_its_code(code: str) -> None:
    failure = Failure(code=code, message="m", details={"executionId": "exec_1"}, retryable=False)
    assert json.loads(bytes(answer_failure(failure, "req_1", {}).body))["details"] == {"executionId": "exec_1"}


def test_a_failed_execution_answers_with_the_status_of_its_code() -> None:
    error = VersionMismatch("/a.md", "0" * 40, "-a\n+b\n")
    failure = Failure(code=error.code, message=error.message, details=error.details, retryable=True, retry_after=3)
    answer = answer_failure(failure, "req_1", {"Idempotency-Replayed": "true"})
    assert answer.status_code == 412
    assert answer.headers["x-should-retry"] == "true"
    assert answer.headers["retry-after"] == "3"
    assert answer.headers["idempotency-replayed"] == "true"
    assert json.loads(bytes(answer.body))["details"]["diff"] == "-a\n+b\n"
