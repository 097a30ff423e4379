"""What is answered, and what becomes of the record, when the end of an execution cannot be stored."""

from typing import Any

import pytest

from memory_service.domain.calls import Call
from memory_service.domain.capabilities import Capability, Outcome
from memory_service.domain.errors import MemoryNotFound, StorageFull
from memory_service.domain.executions import ExecutionStatus
from memory_service.domain.ids import CommitId
from memory_service.domain.steps import Finish
from tests.fakes.capabilities import CHANGING, named
from tests.unit.runtime.bench import AGENT, Bench, outcome

COMMIT = CommitId("c" * 40)


class FullDisk:
    """A tool that acts, and whose disk is full by the time it has acted."""

    def __init__(self, error: Exception | None = None) -> None:
        self.runs = 0
        self._error = error
        self.bench = Bench(self.capability())

    def capability(self) -> Capability:
        return named("write", self._write, CHANGING)

    def _write(self, call: Call, argument: Any) -> Outcome:
        self.runs += 1
        self.bench.store.full = True
        if self._error:
            raise self._error
        return outcome(commit=COMMIT)


def test_what_was_done_is_answered_although_its_end_cannot_be_stored() -> None:
    disk = FullDisk()
    answered = disk.bench.invoke("write").execution
    assert (answered.status, answered.commit, answered.result) == (
        ExecutionStatus.COMPLETED,
        COMMIT,
        {"done": True},
    )
    assert disk.bench.runtime.execution(AGENT, answered.id).status is ExecutionStatus.EXECUTING


def test_nothing_begins_before_the_end_is_stored() -> None:
    disk = FullDisk()
    bench = disk.bench
    answered = bench.invoke("write").execution
    with pytest.raises(StorageFull):
        bench.invoke("echo")
    bench.store.full = False
    bench.invoke("echo")
    assert bench.runtime.execution(AGENT, answered.id) == answered
    assert bench.types(answered.id) == ["session", "run_status", "tool_use", "tool_result", "run_status", "done"]
    assert bench.store.transactions[-3:] == ["finish", "begin", "finish"]


def test_a_retry_with_the_key_gets_the_first_result_once_there_is_room() -> None:
    disk = FullDisk()
    answered = disk.bench.invoke("write", idempotency_key="k").execution
    disk.bench.store.full = False
    again = disk.bench.invoke("write", idempotency_key="k")
    assert (again.replayed, again.execution, disk.runs) == (True, answered, 1)


def test_a_failure_is_answered_as_it_is_and_stored_later() -> None:
    disk = FullDisk(MemoryNotFound("/a.md"))
    answered = disk.bench.invoke("write").execution
    assert answered.failure
    assert answered.failure.code == "memory_not_found"
    disk.bench.store.full = False
    assert disk.bench.runtime.settle() == ()
    assert disk.bench.runtime.execution(AGENT, answered.id) == answered


def test_whoever_follows_hears_of_the_end_when_it_is_stored() -> None:
    disk = FullDisk()
    heard: list[str] = []
    disk.bench.runtime.listen(heard.append)
    answered = disk.bench.invoke("write").execution
    assert heard == []
    disk.bench.store.full = False
    disk.bench.runtime.settle()
    assert heard == [answered.id]


def test_a_process_that_dies_first_is_settled_by_what_it_left_in_the_truth() -> None:
    disk = FullDisk()
    answered = disk.bench.invoke("write").execution
    disk.bench.store.full = False
    next_process = Bench(
        named("write", lambda call, argument: outcome(), CHANGING, recall=lambda execution: outcome(commit=COMMIT)),
        store=disk.bench.store,
        own="server_2",
    )
    next_process.processes.gone.add("server_1")
    (settled,) = next_process.runtime.settle()
    assert settled == answered


class CannotBeStored(Exception):
    pass


def test_a_result_that_cannot_be_stored_is_a_fault_of_the_tool() -> None:
    bench = Bench(named("write", lambda call, argument: outcome({"bad": object()}), CHANGING))
    unfit = CannotBeStored()
    bench.store.refuse = lambda finish: unfit if finish.execution.result else None
    execution = bench.invoke("write").execution
    assert execution.failure
    assert (execution.failure.code, execution.failure.retryable) == ("internal_error", False)
    assert bench.runtime.execution(AGENT, execution.id) == execution
    assert bench.faults == [unfit]


@pytest.mark.parametrize(("key", "retryable"), [(None, False), ("k", True)])
def test_a_store_that_is_broken_leaves_the_execution_to_be_settled(key: str | None, retryable: bool) -> None:
    def broken(finish: Finish) -> Exception:
        return CannotBeStored()

    bench = Bench(CHANGING)
    bench.store.refuse = broken
    execution = bench.invoke("change", idempotency_key=key).execution
    assert execution.failure
    assert (execution.failure.code, execution.failure.retryable) == ("internal_error", retryable)
    assert bench.runtime.execution(AGENT, execution.id).status is ExecutionStatus.EXECUTING
    assert len(bench.faults) == 2
    bench.store.refuse = lambda finish: None
    assert bench.invoke("echo").execution.status is ExecutionStatus.COMPLETED


def test_an_end_that_turns_out_to_be_unfit_does_not_stand_in_the_way_of_others() -> None:
    disk = FullDisk()
    bench = disk.bench
    waiting = bench.invoke("write").execution
    bench.store.full = False
    bench.store.refuse = lambda finish: CannotBeStored() if finish.execution.id == waiting.id else None
    assert bench.invoke("echo").execution.status is ExecutionStatus.COMPLETED
    assert len(bench.faults) == 1
