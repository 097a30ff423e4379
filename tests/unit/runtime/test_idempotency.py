import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import Any

import pytest

from memory_service.domain.calls import Call
from memory_service.domain.capabilities import Outcome
from memory_service.domain.errors import IdempotencyInProgress, IdempotencyKeyReused
from memory_service.domain.executions import ExecutionStatus
from memory_service.domain.steps import Start
from memory_service.runtime.invocation import Invocation, Invoked
from tests.fakes.capabilities import CHANGING, ECHO, SECONDS, Gate, named
from tests.unit.runtime.bench import AGENT, Bench, FaultyStore, outcome, principal


def counting(runs: list[Call]) -> Bench:
    def handler(call: Call, argument: Any) -> Outcome:
        runs.append(call)
        return outcome({"run": len(runs)})

    return Bench(named("count", handler, CHANGING), named("count_too", handler, CHANGING))


def test_the_same_request_is_answered_with_the_first_ones_result() -> None:
    runs: list[Call] = []
    bench = counting(runs)
    first = bench.invoke("count", {"a": 1, "b": 2}, title="T", idempotency_key="k")
    again = bench.invoke("count", {"b": 2, "a": 1}, title="T", idempotency_key="k")
    assert (first.replayed, again.replayed, len(runs)) == (False, True, 1)
    assert (again.execution, again.session) == (first.execution, first.session)


def test_a_request_is_replayed_although_its_session_was_archived_since() -> None:
    bench = counting([])
    session = bench.runtime.create_session(AGENT)
    first = bench.invoke("count", session_id=session.id, idempotency_key="k")
    bench.runtime.archive(AGENT, session.id)
    again = bench.invoke("count", session_id=session.id, idempotency_key="k")
    assert (again.replayed, again.execution) == (True, first.execution)


@pytest.mark.parametrize(
    "members", [{"tool_input": {"a": 2}}, {"title": "Other"}, {"session_id": "session_x"}, {"tool_input": {}}]
)
def test_another_request_under_the_same_key_is_refused(members: dict[str, Any]) -> None:
    runs: list[Call] = []
    bench = counting(runs)
    bench.invoke("count", {"a": 1}, idempotency_key="k")
    with pytest.raises(IdempotencyKeyReused):
        bench.invoke("count", **{"tool_input": {"a": 1}, "idempotency_key": "k", **members})
    assert len(runs) == 1


def test_the_chosen_account_is_part_of_the_request() -> None:
    bench = Bench()
    bench.invoke("calendar_create_event", connected_account_id="acc_1", idempotency_key="k")
    with pytest.raises(IdempotencyKeyReused):
        bench.invoke("calendar_create_event", connected_account_id="acc_2", idempotency_key="k")


def test_an_idempotency_key_means_nothing_to_another_tool_key_or_organisation() -> None:
    runs: list[Call] = []
    bench = counting(runs)
    bench.invoke("count", {"a": 1}, idempotency_key="k")
    bench.invoke("count_too", {"a": 2}, idempotency_key="k")
    bench.invoke("count", {"a": 3}, by=principal(key="key_2"), idempotency_key="k")
    bench.invoke("count", {"a": 4}, by=principal(org="other"), idempotency_key="k")
    assert len(runs) == 4


def test_without_a_key_every_request_runs() -> None:
    runs: list[Call] = []
    bench = counting(runs)
    for _ in range(2):
        bench.invoke("count", {"a": 1})
    assert len(runs) == 2


def test_a_duplicate_of_a_running_request_is_told_to_wait() -> None:
    bench = Bench(CHANGING)
    request = Invocation(tool="change", idempotency_key="k")
    started = bench.runtime.begin(AGENT, request)
    assert not isinstance(started, Invoked)
    with pytest.raises(IdempotencyInProgress) as caught:
        bench.runtime.begin(AGENT, request)
    assert (caught.value.retryable, caught.value.retry_after) == (True, 1)
    ended = bench.runtime.run(started)
    assert bench.runtime.invoke(AGENT, request).execution == ended.execution


class MeetingStore(FaultyStore):
    """Brings two beginnings together after both have found the idempotency key unused."""

    def __init__(self) -> None:
        super().__init__()
        self.meeting = threading.Barrier(2)

    def begin(self, start: Start) -> Any:
        self.meeting.wait(SECONDS)
        return super().begin(start)


def test_of_two_requests_that_race_for_a_key_exactly_one_runs() -> None:
    gate = Gate()
    bench = Bench(named("hold", gate, CHANGING), store=MeetingStore())
    with ThreadPoolExecutor(2) as threads:
        racing = [threads.submit(bench.invoke, "hold", idempotency_key="k") for _ in range(2)]
        gate.wait_entered()
        (loser,) = wait(racing, SECONDS, FIRST_COMPLETED).done
        gate.open()
        (winner,) = {*racing} - {loser}
        assert isinstance(loser.exception(SECONDS), IdempotencyInProgress)
        assert winner.result(SECONDS).execution.status is ExecutionStatus.COMPLETED
    assert len(gate.calls) == 1


def test_reading_can_be_replayed_as_well() -> None:
    bench = Bench()
    first = bench.invoke(ECHO.name, {"a": 1}, idempotency_key="k")
    assert bench.invoke(ECHO.name, {"a": 1}, idempotency_key="k").execution == first.execution
