"""What is looked at before an execution exists, and in which order."""

from typing import Any

import pytest

from memory_service.domain.calls import JsonObject, Scope
from memory_service.domain.errors import (
    AccountAmbiguous,
    AccountNotApplicable,
    AccountNotFound,
    CapabilityNotFound,
    IdempotencyKeyReused,
    InputInvalid,
    MemoryServiceError,
    ScopeRequired,
    SessionArchived,
    SessionNotFound,
    StorageFull,
)
from memory_service.domain.ids import SessionId
from tests.fakes.capabilities import CHANGING, ECHO, named
from tests.unit.runtime.bench import AGENT, Bench, principal

GIT = principal(Scope.GIT_WRITE)
READER = principal(Scope.RUNTIME_READ)


def refusing(tool_input: JsonObject) -> JsonObject:
    raise InputInvalid("strict", [{"field": "a", "message": "is wrong", "rule": "type"}])


STRICT = named("strict", ECHO.handler, CHANGING, parse=refusing)


def refused(bench: Bench, error: type[MemoryServiceError], *arguments: Any, **members: Any) -> MemoryServiceError:
    begun = bench.store.transactions.count("begin")
    with pytest.raises(error) as caught:
        bench.invoke(*arguments, **members)
    assert bench.store.transactions.count("begin") == begun
    return caught.value


def test_a_key_without_a_runtime_scope_is_told_so_before_anything_else() -> None:
    bench = Bench()
    error = refused(bench, ScopeRequired, "no_such_tool", by=GIT)
    assert error.details == {"requiredScopes": ["runtime"]}


def test_a_reading_key_invokes_what_reads_and_nothing_else() -> None:
    bench = Bench(CHANGING)
    assert bench.invoke("echo", by=READER).execution.result
    error = refused(bench, ScopeRequired, "change", by=READER)
    assert error.details == {"requiredScopes": ["runtime"]}


def test_an_unknown_tool_is_not_found() -> None:
    refused(Bench(), CapabilityNotFound, "eccho", connected_account_id="acc_1", session_id="session_x")


def test_a_capability_without_accounts_takes_none() -> None:
    refused(Bench(), AccountNotApplicable, "echo", connected_account_id="acc_1")


@pytest.mark.parametrize("chosen", [None, "acc_3"])
def test_a_capability_on_one_account_acts_through_it(chosen: str | None) -> None:
    bench = Bench()
    invoked = bench.invoke("board_list", connected_account_id=chosen)
    assert invoked.execution.connected_account_id == "acc_3"
    assert invoked.execution.result == {"input": {}, "account": "acc_3"}


def test_a_capability_on_several_accounts_wants_one_to_be_chosen() -> None:
    bench = Bench()
    error = refused(bench, AccountAmbiguous, "calendar_create_event")
    assert error.message == (
        'Capability "calendar_create_event" requires connectedAccountId '
        "because it is available on multiple connected accounts"
    )
    assert error.details == {
        "availableAccounts": [
            {"connectedAccountId": "acc_1", "integrationId": "calendar", "backend": "fixture"},
            {"connectedAccountId": "acc_2", "integrationId": "calendar", "backend": "fixture"},
        ]
    }
    chosen = bench.invoke("calendar_create_event", connected_account_id="acc_2")
    assert chosen.execution.result == {"input": {}, "account": "acc_2"}


@pytest.mark.parametrize("account", ["acc_9", "acc_3", "acc_other_1"])
def test_an_account_that_the_capability_is_not_on_is_not_found(account: str) -> None:
    refused(Bench(), AccountNotFound, "calendar_create_event", connected_account_id=account)


def test_wrong_input_is_refused_before_the_session_is_looked_for() -> None:
    bench = Bench(STRICT)
    refused(bench, InputInvalid, "strict", session_id=SessionId("session_none"))
    assert bench.made_nothing()


def test_the_idempotency_key_is_looked_at_before_the_input() -> None:
    bench = Bench(CHANGING)
    bench.invoke("change", {"a": 1}, idempotency_key="k")
    stricter = Bench(named("change", CHANGING.handler, CHANGING, parse=refusing), store=bench.store, own="server_2")
    assert stricter.invoke("change", {"a": 1}, idempotency_key="k").replayed
    refused(stricter, IdempotencyKeyReused, "change", {"a": 2}, idempotency_key="k")


def test_an_unknown_session_and_one_of_another_organisation_are_not_found() -> None:
    bench = Bench()
    foreign = bench.runtime.create_session(principal(org="other"))
    for session_id in (foreign.id, SessionId("session_none"), SessionId("")):
        with pytest.raises(SessionNotFound):
            bench.invoke("echo", session_id=session_id)
    assert not bench.store.unfinished()


def test_an_archived_session_takes_no_execution() -> None:
    bench = Bench()
    session = bench.runtime.create_session(AGENT)
    bench.runtime.archive(AGENT, session.id)
    with pytest.raises(SessionArchived):
        bench.invoke("echo", session_id=session.id)
    assert not bench.runtime.executions(AGENT, session.id, 10).items


def test_nothing_runs_when_its_beginning_cannot_be_stored() -> None:
    def never(*_: object) -> Any:
        raise AssertionError("the handler ran")

    bench = Bench(named("never", never))
    bench.store.full = True
    with pytest.raises(StorageFull):
        bench.invoke("never")
