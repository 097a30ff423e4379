from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from memory_service.domain.calls import Call
from memory_service.domain.capabilities import Capability, Outcome
from memory_service.domain.executions import Execution, ExecutionStatus
from memory_service.memory.service import Memory
from memory_service.memory.tools import memory_capabilities
from tests.clocks import ManualClock
from tests.unit.memory.agents import Agent

ICP = "/topics/icp.md"


def execution(call: Call, given: dict[str, Any], clock: ManualClock) -> Execution:
    return Execution(
        id=call.execution_id,
        run_id=call.run_id,
        session_id=call.session_id,
        org=call.org,
        key_id=call.principal.key_id,
        capability=call.capability,
        connected_account_id=None,
        tool_use_id="runtime_1",
        input=given,
        status=ExecutionStatus.EXECUTING,
        created_at=clock.now,
        owner="server_1",
    )


def capability(memory: Memory, name: str) -> Capability:
    return next(found for found in memory_capabilities(memory) if found.name == name)


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("memory_write", {"path": "/new.md", "content": "New.\n"}),
        ("memory_write", {"path": ICP, "content": "Other.\n", "message": "Why not"}),
        ("memory_append", {"path": "/new.md", "content": "One\ntwo"}),
        ("memory_append", {"path": ICP, "content": "One\ntwo"}),
    ],
)
def test_a_call_that_was_cut_off_after_its_commit_is_recalled_as_it_would_have_answered(
    memory: Memory, agent: Agent, other: Agent, clock: ManualClock, tool: str, given: dict[str, Any]
) -> None:
    call = agent.call(tool)
    begun = execution(call, given, clock)
    answered = agent.outcome(tool, given, call)
    clock.advance(60)
    other.append(given["path"], "Later.")

    recalled = capability(memory, tool).recall(begun)
    assert recalled
    assert replace(recalled, seen=answered.seen) == answered
    # What the session had seen before an append is not known any more: at worst it has to read the file again.
    assert recalled.seen.items() <= answered.seen.items()


def test_a_call_is_recalled_although_its_commit_has_no_part_of_a_second(
    memory: Memory, agent: Agent, clock: ManualClock
) -> None:
    clock.now += timedelta(milliseconds=999)
    call = agent.call("memory_append")
    begun = execution(call, {"path": "/new.md", "content": "One"}, clock)
    agent.outcome("memory_append", {"path": "/new.md", "content": "One"}, call)

    assert capability(memory, "memory_append").recall(begun) is not None


def test_an_append_to_what_was_seen_is_recalled_without_what_it_cannot_know(
    memory: Memory, agent: Agent, clock: ManualClock
) -> None:
    agent.read(ICP)
    call = agent.call("memory_append")
    answered = agent.outcome("memory_append", {"path": ICP, "content": "One"}, call)

    recalled = capability(memory, "memory_append").recall(execution(call, {}, clock))

    assert answered.seen != {}
    assert recalled == replace(answered, seen={})


@pytest.mark.parametrize("tool", ["memory_write", "memory_append", "memory_read", "memory_ls", "memory_search"])
def test_a_call_that_made_no_commit_did_nothing(memory: Memory, agent: Agent, clock: ManualClock, tool: str) -> None:
    agent.write("/new.md", "By another call.\n")
    recalled: Outcome | None = capability(memory, tool).recall(execution(agent.call(tool), {}, clock))

    assert recalled is None
