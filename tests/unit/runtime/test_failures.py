"""How a handler's failure becomes the end of its execution, and whether a retry makes sense."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from memory_service.domain.calls import Call
from memory_service.domain.capabilities import EffectUnknown, Outcome
from memory_service.domain.errors import (
    Conflict,
    IntegrationFailed,
    IntegrationTimeout,
    InternalError,
    MemoryNotFound,
    Overloaded,
    QuotaExceeded,
    StorageFull,
    Timeout,
)
from memory_service.domain.executions import Execution, ExecutionStatus
from memory_service.domain.ids import CommitId
from tests.fakes.capabilities import CHANGING, ECHO, failing, named
from tests.unit.runtime.bench import Bench, outcome

BUG = RuntimeError("password=hunter2")


@dataclass
class Seen:
    """What a failing call came to."""

    code: str
    retryable: bool
    reruns: bool
    """Whether the same request with the same idempotency key runs anew."""


def came_to(error: Exception, *, idempotent: bool, key: str | None = None, **changes: Any) -> Seen:
    runs: list[Call] = []

    def handler(call: Call, argument: Any) -> Outcome:
        runs.append(call)
        raise error

    bench = Bench(named("fail", handler, CHANGING, idempotent=idempotent, **changes))
    failure = bench.invoke("fail", idempotency_key=key).execution.failure
    assert failure
    again = bench.invoke("fail", idempotency_key=key)
    assert again.replayed is (len(runs) == 1)
    return Seen(failure.code, failure.retryable, len(runs) == 2)


@pytest.mark.parametrize("error", [Overloaded(), StorageFull(), Timeout("execution")])
@pytest.mark.parametrize("idempotent", [True, False])
def test_an_error_that_passes_and_changed_nothing_is_worth_a_retry_and_frees_the_key(
    error: Exception, idempotent: bool
) -> None:
    seen = came_to(error, idempotent=idempotent, key="k")
    assert (seen.retryable, seen.reruns) == (True, True)


@pytest.mark.parametrize("error", [MemoryNotFound("/a.md"), Conflict(), QuotaExceeded("/daily", 10)])
def test_an_error_that_stays_is_no_reason_to_retry_and_is_replayed(error: Exception) -> None:
    seen = came_to(error, idempotent=True, key="k")
    assert (seen.retryable, seen.reruns) == (False, False)


@pytest.mark.parametrize("error", [BUG, IntegrationFailed("HTML"), IntegrationTimeout(), InternalError()])
@pytest.mark.parametrize(
    ("idempotent", "key", "retryable", "reruns"),
    [(True, None, True, True), (True, "k", True, True), (False, None, False, True), (False, "k", True, False)],
)
def test_an_error_that_leaves_open_what_was_done_is_worth_a_retry_only_where_that_does_no_harm(
    error: Exception, idempotent: bool, key: str | None, retryable: bool, reruns: bool
) -> None:
    seen = came_to(error, idempotent=idempotent, key=key)
    assert (seen.retryable, seen.reruns) == (retryable, reruns)


def test_a_failure_keeps_the_error_and_the_execution_that_it_ended() -> None:
    bench = Bench(named("full", failing(StorageFull())))
    execution = bench.invoke("full").execution
    failure = execution.failure
    assert execution.status is ExecutionStatus.FAILED
    assert failure
    assert (failure.code, failure.message) == ("storage_full", StorageFull().message)
    assert (failure.details, failure.retry_after) == ({"executionId": execution.id}, 30)
    assert bench.faults == []


def test_a_bug_leaks_nothing_and_is_told_to_whoever_listens_for_faults() -> None:
    bench = Bench(named("bug", failing(BUG)))
    execution = bench.invoke("bug").execution
    assert execution.failure
    assert execution.failure.code == "internal_error"
    assert bench.faults == [BUG]
    assert "hunter2" not in repr((execution.failure, bench.events(execution.id)))


def recalling(recall: Callable[[Execution], Outcome | None]) -> Bench:
    return Bench(named("write", failing(BUG), CHANGING, recall=recall))


def test_a_bug_after_the_effect_does_not_hide_the_effect() -> None:
    commit = CommitId("c" * 40)
    bench = recalling(lambda execution: outcome(commit=commit, seen={"/a.md": "v1"}))
    execution = bench.invoke("write").execution
    assert (execution.status, execution.result, execution.commit) == (
        ExecutionStatus.COMPLETED,
        {"done": True},
        commit,
    )
    assert bench.store.seen(execution.session_id, "/a.md") == ("v1",)
    assert bench.faults == [BUG]


def test_a_bug_before_any_effect_is_worth_a_retry_and_frees_the_key() -> None:
    bench = recalling(lambda execution: None)
    failure = bench.invoke("write", idempotency_key="k").execution.failure
    assert failure
    assert (failure.code, failure.retryable) == ("internal_error", True)
    assert not bench.invoke("write", idempotency_key="k").replayed


def test_a_bug_whose_effect_cannot_be_looked_up_leaves_it_open() -> None:
    unreadable = OSError("broken disk")

    def recall(execution: Execution) -> Outcome | None:
        raise unreadable

    bench = recalling(recall)
    failure = bench.invoke("write").execution.failure
    assert failure
    assert (failure.code, failure.retryable) == ("internal_error", False)
    assert bench.faults == [BUG, unreadable]


def test_what_reads_is_never_asked_what_it_has_done() -> None:
    def recall(execution: Execution) -> Outcome | None:
        raise EffectUnknown

    bench = Bench(named("read", failing(BUG), ECHO, recall=recall))
    failure = bench.invoke("read", idempotency_key="k").execution.failure
    assert failure
    assert failure.retryable
    assert not bench.invoke("read", idempotency_key="k").replayed
