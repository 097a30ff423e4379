"""What becomes of executions whose process is gone."""

from collections.abc import Callable
from typing import Any

import pytest

from memory_service.domain.capabilities import Capability, EffectUnknown, Outcome
from memory_service.domain.executions import EventType, Execution, ExecutionStatus
from memory_service.domain.ids import CommitId
from memory_service.runtime.invocation import Invocation, Invoked
from memory_service.runtime.running import Started
from tests.fakes.capabilities import CHANGING, ECHO, named
from tests.unit.runtime.bench import AGENT, Bench, outcome

COMMIT = CommitId("c" * 40)
REQUEST = Invocation(tool="write", input={"a": 1}, idempotency_key="k")

Recall = Callable[[Execution], Outcome | None]


def writing(recall: Recall, like: Capability = CHANGING) -> Capability:
    return named("write", lambda call, argument: outcome(commit=COMMIT, seen={"/a.md": "v1"}), like, recall=recall)


def did_it(execution: Execution) -> Outcome:
    return outcome(commit=COMMIT, seen={"/a.md": "v1"})


def did_nothing(execution: Execution) -> None:
    return None


def cannot_tell(execution: Execution) -> Outcome | None:
    raise EffectUnknown


def cut_off(recall: Recall, **changes: Any) -> tuple[Bench, Started]:
    """An execution that the first process has begun, and a second process on the same data after the first is gone."""
    first = Bench(writing(recall, **changes))
    started = first.runtime.begin(AGENT, REQUEST)
    assert isinstance(started, Started)
    second = Bench(writing(recall, **changes), store=first.store, own="server_2")
    second.processes.gone.add("server_1")
    return second, started


def test_an_execution_that_had_its_effect_completes_with_the_events_of_a_normal_end() -> None:
    undisturbed = Bench(writing(did_it))
    normal = undisturbed.runtime.invoke(AGENT, REQUEST).execution
    bench, started = cut_off(did_it)
    (settled,) = bench.runtime.settle()
    assert (settled.id, settled.status, settled.commit) == (started.execution.id, ExecutionStatus.COMPLETED, COMMIT)
    assert settled == bench.runtime.execution(AGENT, settled.id)
    assert bench.events(settled.id) == undisturbed.events(normal.id)
    assert bench.store.seen(settled.session_id, "/a.md") == ("v1",)


def test_checkpoints_before_the_crash_stay_and_the_numbers_go_on() -> None:
    bench, started = cut_off(did_it)
    started.recording.checkpoint("half")
    bench.runtime.settle()
    assert [event.seq for event in bench.events(started.execution.id)] == list(range(1, 8))


def test_the_request_of_a_settled_execution_is_answered_with_its_result() -> None:
    bench, started = cut_off(did_it)
    bench.runtime.settle()
    again = bench.runtime.invoke(AGENT, REQUEST)
    assert (again.replayed, again.execution.id, again.execution.result) == (
        True,
        started.execution.id,
        {"done": True},
    )


def test_an_execution_that_did_nothing_fails_and_its_request_can_be_sent_again() -> None:
    bench, started = cut_off(did_nothing)
    (settled,) = bench.runtime.settle()
    failure = settled.failure
    assert failure
    assert (settled.status, failure.code, failure.retryable) == (ExecutionStatus.FAILED, "internal_error", True)
    assert failure.message == "Interrupted by a restart before it changed anything"
    assert failure.details == {"executionId": started.execution.id}
    assert bench.types(settled.id)[-3:] == ["tool_result", "run_status", "error"]
    again = bench.runtime.invoke(AGENT, REQUEST)
    assert not again.replayed
    assert again.execution.status is ExecutionStatus.COMPLETED


def test_what_reads_has_done_nothing() -> None:
    bench, _ = cut_off(cannot_tell, like=ECHO)
    (settled,) = bench.runtime.settle()
    assert settled.failure
    assert settled.failure.message == "Interrupted by a restart before it changed anything"


def test_an_execution_that_leaves_no_trace_fails_openly_and_is_not_run_again_by_its_key() -> None:
    bench, started = cut_off(cannot_tell)
    (settled,) = bench.runtime.settle()
    assert settled.failure
    assert not settled.failure.retryable
    assert settled.failure.message == "Interrupted by a restart; whether it changed anything is not known"
    again = bench.runtime.invoke(AGENT, REQUEST)
    assert (again.replayed, again.execution.id) == (True, started.execution.id)


def test_an_execution_whose_capability_is_gone_fails() -> None:
    bench, _ = cut_off(did_it)
    without = Bench(store=bench.store, own="server_3")
    without.processes.gone.add("server_1")
    (settled,) = without.runtime.settle()
    assert settled.failure
    assert settled.failure.code == "capability_not_found"


def test_executions_of_living_processes_are_left_alone() -> None:
    bench, started = cut_off(did_it)
    own = bench.runtime.begin(AGENT, Invocation(tool="write"))
    assert isinstance(own, Started)
    bench.processes.gone.clear()
    assert bench.runtime.settle() == ()
    assert {one.id for one in bench.store.unfinished()} == {started.execution.id, own.execution.id}


def test_settling_twice_settles_once() -> None:
    bench, _ = cut_off(did_it)
    assert len(bench.runtime.settle()) == 1
    events = bench.store.transactions.count("finish")
    assert bench.runtime.settle() == ()
    assert bench.store.transactions.count("finish") == events


def test_one_that_cannot_be_settled_now_is_left_and_does_not_stop_the_others() -> None:
    broken = [OSError("unreadable")]

    def recall(execution: Execution) -> Outcome | None:
        if broken:
            raise broken.pop()
        return did_it(execution)

    bench, started = cut_off(recall)
    third = Bench(writing(recall), store=bench.store, own="server_3")
    other = third.runtime.begin(AGENT, Invocation(tool="write"))
    assert isinstance(other, Started)
    bench.processes.gone.add("server_3")
    assert [one.id for one in bench.runtime.settle()] == [other.execution.id]
    assert [type(fault) for fault in bench.faults] == [OSError]
    assert [one.id for one in bench.runtime.settle()] == [started.execution.id]


def test_a_process_that_was_settled_too_early_answers_what_was_settled() -> None:
    bench, started = cut_off(did_nothing)
    (settled,) = bench.runtime.settle()
    late = Bench(writing(did_nothing), store=bench.store).runtime.run(started)
    assert isinstance(late, Invoked)
    assert late.execution == settled
    assert bench.types(settled.id).count("error") == 1


def test_whoever_follows_a_settled_execution_hears_of_its_end() -> None:
    heard: list[str] = []
    bench, started = cut_off(did_it)
    bench.runtime.listen(heard.append)
    bench.runtime.settle()
    assert heard == [started.execution.id]


@pytest.mark.parametrize("recall", [did_it, did_nothing, cannot_tell])
def test_a_settled_execution_tells_one_story(recall: Recall) -> None:
    bench, started = cut_off(recall)
    bench.runtime.settle()
    (tool_use,) = bench.data(started.execution.id, EventType.TOOL_USE)
    (tool_result,) = bench.data(started.execution.id, EventType.TOOL_RESULT)
    statuses = [data["status"] for data in bench.data(started.execution.id, EventType.RUN_STATUS)]
    execution = bench.runtime.execution(AGENT, started.execution.id)
    assert tool_use["id"] == tool_result["id"]
    assert statuses == ["executing", execution.status.value]
    assert tool_result["error"] is (execution.status is ExecutionStatus.FAILED)
