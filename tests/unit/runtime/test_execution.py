"""One call, one execution, and what its events tell."""

from datetime import timedelta
from typing import Any

import pytest

from memory_service.domain.calls import Call
from memory_service.domain.capabilities import Outcome
from memory_service.domain.errors import MemoryNotFound, StorageFull
from memory_service.domain.executions import EventType, ExecutionStatus
from memory_service.domain.ids import CommitId
from memory_service.runtime.invocation import Invocation, Invoked
from tests.fakes.capabilities import CHANGING, ECHO, checkpointing, failing, named
from tests.records import listed
from tests.unit.runtime.bench import AGENT, Bench, outcome

COMMIT = CommitId("c" * 40)


def test_a_call_makes_a_session_and_one_execution_that_completes() -> None:
    bench = Bench()
    invoked = bench.invoke("echo", {"a": 1}, title="Morning")
    execution = invoked.execution
    assert (invoked.session.title, invoked.session.source, invoked.session.interaction_mode) == (
        "Morning",
        "api",
        "execute",
    )
    assert (execution.status, execution.summary) == (ExecutionStatus.COMPLETED, "Echoed")
    assert execution.result == {"input": {"a": 1}, "account": None}
    assert (execution.owner, execution.org, execution.key_id) == ("server_1", "acme", "key_1")
    assert not invoked.replayed
    assert bench.runtime.execution(AGENT, execution.id) == execution
    assert bench.runtime.session(AGENT, invoked.session.id) == invoked.session
    assert bench.runtime.executions(AGENT, invoked.session.id, 10).items == (listed(execution),)


def test_the_ids_say_what_they_are_of() -> None:
    bench = Bench()
    invoked = bench.invoke("echo")
    (tool_use,) = bench.data(invoked.execution.id, EventType.TOOL_USE)
    ids = [invoked.session.id, invoked.execution.id, invoked.execution.run_id, str(tool_use["id"])]
    assert [one.partition("_")[0] for one in ids] == ["session", "exec", "run", "runtime"]


def test_a_title_names_only_the_session_that_the_call_makes() -> None:
    bench = Bench()
    assert bench.invoke("echo").session.title == "Agent Runtime Session"
    session = bench.runtime.create_session(AGENT, "Mine")
    assert bench.invoke("echo", session_id=session.id, title="Yours").session.title == "Mine"


def test_the_events_of_a_call_that_completes_are_those_of_the_contract() -> None:
    bench = Bench()
    invoked = bench.invoke("echo", {"a": [1, None], "": "x"})
    execution = invoked.execution
    events = bench.events(execution.id)
    tool_use_id = events[2].data["id"]
    ids = {"executionId": execution.id, "runId": execution.run_id}
    assert [event.seq for event in events] == [1, 2, 3, 4, 5, 6]
    assert [(event.type.value, dict(event.data)) for event in events] == [
        ("session", {"id": invoked.session.id, "interactionMode": "execute", **ids}),
        ("run_status", {"status": "executing", "interactionMode": "execute", **ids}),
        ("tool_use", {"id": tool_use_id, "name": "echo", "input": {"a": [1, None], "": "x"}, **ids}),
        ("tool_result", {"id": tool_use_id, "name": "echo", "output": execution.result, "error": False, **ids}),
        ("run_status", {"status": "completed", "interactionMode": "execute", **ids}),
        ("done", {"status": "completed", "summary": "Echoed", **ids}),
    ]


def test_the_events_of_a_call_that_fails_are_those_of_the_contract() -> None:
    bench = Bench(named("read", failing(MemoryNotFound("/a.md", ["/b.md"]))))
    execution = bench.invoke("read").execution
    events = bench.events(execution.id)
    ids = {"executionId": execution.id, "runId": execution.run_id}
    message = "No memory at /a.md; did you mean /b.md?"
    details = {"path": "/a.md", "similar": ["/b.md"], "executionId": execution.id}
    output = {"error": message, "code": "memory_not_found", "details": details}
    assert [event.seq for event in events] == [1, 2, 3, 4, 5, 6]
    assert [(event.type.value, dict(event.data)) for event in events[3:]] == [
        ("tool_result", {"id": events[2].data["id"], "name": "read", "output": output, "error": True, **ids}),
        ("run_status", {"status": "failed", "interactionMode": "execute", **ids}),
        ("error", {"message": message, "code": "memory_not_found", "details": details, **ids}),
    ]


def test_a_call_is_two_transactions() -> None:
    bench = Bench()
    bench.invoke("echo")
    assert bench.store.transactions == ["begin", "finish"]


def test_checkpoints_stand_between_use_and_result_without_a_gap() -> None:
    bench = Bench(named("slow", checkpointing("a third", "two thirds")))
    execution = bench.invoke("slow").execution
    events = bench.events(execution.id)
    assert [event.seq for event in events] == list(range(1, 9))
    assert bench.types(execution.id)[2:6] == ["tool_use", "checkpoint", "checkpoint", "tool_result"]
    assert [data["summary"] for data in bench.data(execution.id, EventType.CHECKPOINT)] == ["a third", "two thirds"]


def test_a_checkpoint_after_the_end_is_ignored() -> None:
    calls: list[Call] = []

    def handler(call: Call, argument: Any) -> Outcome:
        calls.append(call)
        return outcome()

    bench = Bench(named("leaky", handler))
    execution = bench.invoke("leaky").execution
    calls[0].checkpoint("too late")
    assert bench.types(execution.id)[-1] == "done"


def test_a_checkpoint_that_cannot_be_stored_fails_nothing_and_leaves_no_gap() -> None:
    def handler(call: Call, argument: Any) -> Outcome:
        bench.store.full = True
        call.checkpoint("lost")
        bench.store.full = False
        call.checkpoint("kept")
        return outcome()

    bench = Bench(named("slow", handler))
    execution = bench.invoke("slow").execution
    assert execution.status is ExecutionStatus.COMPLETED
    assert [event.seq for event in bench.events(execution.id)] == list(range(1, 8))
    assert [data["summary"] for data in bench.data(execution.id, EventType.CHECKPOINT)] == ["kept"]


def test_an_execution_names_the_commit_that_it_made() -> None:
    bench = Bench(named("write", lambda call, argument: outcome(commit=COMMIT)))
    assert bench.invoke("write").execution.commit == COMMIT


def test_a_handler_gets_the_call_with_its_ids_and_the_parsed_input() -> None:
    got: list[tuple[Call, Any]] = []

    def handler(call: Call, argument: Any) -> Outcome:
        got.append((call, argument))
        return outcome()

    bench = Bench(named("parsing", handler, parse=lambda tool_input: sorted(tool_input)))
    execution = bench.invoke("parsing", {"b": 1, "a": 2}).execution
    ((call, argument),) = got
    assert argument == ["a", "b"]
    assert execution.input == {"b": 1, "a": 2}
    assert (call.execution_id, call.run_id, call.session_id) == (execution.id, execution.run_id, execution.session_id)
    assert (call.capability, call.principal) == ("parsing", AGENT)


def test_a_session_knows_what_its_earlier_calls_have_seen_and_no_other_does() -> None:
    def handler(call: Call, argument: Any) -> Outcome:
        return outcome({"seen": list(call.seen("/a.md"))}, seen={"/a.md": argument["version"]})

    bench = Bench(named("see", handler))
    session = bench.runtime.create_session(AGENT)
    seen = [
        bench.invoke("see", {"version": version}, session_id=session.id).execution.result for version in ("v1", "v2")
    ]
    seen.append(bench.invoke("see", {"version": "v3"}).execution.result)
    assert seen == [{"seen": []}, {"seen": ["v1"]}, {"seen": []}]


def test_a_failed_call_has_seen_nothing() -> None:
    bench = Bench(named("read", failing(MemoryNotFound("/a.md"))))
    execution = bench.invoke("read").execution
    assert bench.store.seen(execution.session_id, "/a.md") == ()


def test_the_deadline_is_met_by_a_call_that_looks_at_it() -> None:
    def handler(call: Call, argument: Any) -> Outcome:
        call.check()
        return outcome()

    late, in_time = Bench(named("looks", handler), execution_seconds=0), Bench(named("looks", handler))
    failure = late.invoke("looks").execution.failure
    assert failure
    assert (failure.code, failure.details["phase"], failure.retryable) == ("timeout", "execution", True)
    assert in_time.invoke("looks").execution.status is ExecutionStatus.COMPLETED


def test_an_execution_can_begin_and_run_in_two_steps() -> None:
    bench = Bench()
    started = bench.runtime.begin(AGENT, Invocation(tool="echo", input={"a": 1}))
    assert not isinstance(started, Invoked)
    begun = started.invoked
    assert (begun.execution.status, begun.execution.result) == (ExecutionStatus.EXECUTING, None)
    assert bench.types(begun.execution.id) == ["session", "run_status", "tool_use"]
    bench.clock.advance(1)
    ended = bench.runtime.run(started)
    assert ended.execution.id == begun.execution.id
    assert ended.execution.status is ExecutionStatus.COMPLETED
    assert ended.session.updated_at - begun.session.updated_at == timedelta(seconds=1)
    assert bench.runtime.session(AGENT, ended.session.id) == ended.session


def test_listeners_hear_of_every_new_event() -> None:
    heard: list[str] = []
    bench = Bench(named("slow", checkpointing("half")))
    bench.runtime.listen(lambda execution_id: heard.append(f"{execution_id} {len(bench.events(execution_id))}"))
    execution = bench.invoke("slow").execution
    assert heard == [f"{execution.id} 4", f"{execution.id} 7"]


def test_old_events_and_keys_are_forgotten_after_their_retention_and_executions_are_not() -> None:
    bench = Bench(retention=timedelta(days=1))
    execution = bench.invoke("echo", idempotency_key="k").execution
    bench.clock.advance(86_400)
    assert bench.runtime.expire() == 0
    bench.clock.advance(1)
    assert bench.runtime.expire() == 1
    assert bench.events(execution.id) == []
    assert bench.runtime.execution(AGENT, execution.id) == execution
    assert not bench.invoke("echo", idempotency_key="k").replayed


def test_a_store_without_room_for_the_beginning_is_told_as_it_is() -> None:
    bench = Bench()
    bench.store.full = True
    with pytest.raises(StorageFull):
        bench.runtime.begin(AGENT, Invocation(tool=ECHO.name))


def test_a_start_that_nobody_is_told_of_and_that_changes_nothing_is_on_disk_with_its_end() -> None:
    bench = Bench(CHANGING)
    bench.invoke("echo")
    bench.invoke(CHANGING.name)
    bench.runtime.begin(AGENT, Invocation(tool="echo"))
    assert bench.store.lasting == [False, True, True]
