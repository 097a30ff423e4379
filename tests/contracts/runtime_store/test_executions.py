"""What every store of sessions, executions and checkpoints does, in memory and in a database."""

from dataclasses import replace

import pytest

from memory_service.domain.errors import SessionArchived, SessionNotFound
from memory_service.domain.executions import Course, ExecutionStatus, Failure
from memory_service.domain.ids import CommitId, ExecutionId
from memory_service.runtime.ports import RuntimeStore
from tests.records import (
    ACME,
    RIVAL,
    at,
    checkpoint,
    completed,
    execution,
    finish,
    idempotency,
    listed,
    session,
    start,
)


def test_an_execution_begins_in_a_new_session(store: RuntimeStore) -> None:
    fresh = session(1)
    begun = start(execution(2, fresh), new_session=fresh)
    assert store.begin(begun) == (replace(fresh, updated_at=at(2)), None)
    assert store.session(ACME, fresh.id) == replace(fresh, updated_at=at(2))
    assert store.execution(ACME, begun.execution.id) == begun.execution
    assert store.course(begun.execution.id, 0) == Course(
        execution=listed(begun.execution), checkpoints=[], last_checkpoint=None
    )


def test_an_execution_begins_in_a_session_that_is_there_and_marks_its_use(store: RuntimeStore) -> None:
    kept = session(1)
    store.create_session(kept)
    used, earlier = store.begin(start(execution(5, kept)))
    assert (used, earlier) == (replace(kept, updated_at=at(5)), None)


def test_an_execution_in_no_session_is_refused_and_leaves_nothing(store: RuntimeStore) -> None:
    begun = start(execution(2, session(1)), idempotency=idempotency("once"))
    with pytest.raises(SessionNotFound):
        store.begin(begun)
    assert store.execution(ACME, begun.execution.id) is None
    assert store.course(begun.execution.id, 0) is None
    assert store.earlier(idempotency("once")) is None


def test_an_execution_in_an_archived_session_is_refused(store: RuntimeStore) -> None:
    kept = session(1)
    store.create_session(kept)
    store.archive_session(ACME, kept.id, at(2))
    with pytest.raises(SessionArchived):
        store.begin(start(execution(3, kept)))
    assert list(store.executions(ACME, kept.id, 10, None)) == []


def test_an_execution_in_the_session_of_another_organisation_finds_none(store: RuntimeStore) -> None:
    kept = session(1)
    store.create_session(kept)
    with pytest.raises(SessionNotFound):
        store.begin(start(replace(execution(2, kept), org=RIVAL)))


def test_nothing_of_another_organisation_is_found(store: RuntimeStore) -> None:
    fresh = session(1)
    begun = start(execution(2, fresh), new_session=fresh, idempotency=idempotency("once"))
    store.begin(begun)
    assert store.session(RIVAL, fresh.id) is None
    assert list(store.sessions(RIVAL, 10, None)) == []
    assert store.archive_session(RIVAL, fresh.id, at(9)) is None
    assert store.execution(RIVAL, begun.execution.id) is None
    assert list(store.executions(RIVAL, fresh.id, 10, None)) == []
    assert store.earlier(idempotency("once", org=RIVAL)) is None


def test_an_execution_ends_and_marks_the_use_of_its_session(store: RuntimeStore) -> None:
    fresh = session(1)
    begun = start(execution(2, fresh), new_session=fresh)
    store.begin(begun)
    ended = replace(completed(begun.execution, at(3)), commit=CommitId("c" * 40))
    assert store.finish(finish(ended)) is True
    assert store.execution(ACME, ended.id) == ended
    assert store.course(ended.id, 0) == Course(execution=listed(ended), checkpoints=[], last_checkpoint=None)
    assert store.session(ACME, fresh.id) == replace(fresh, updated_at=at(3))


def test_a_failure_comes_back_as_it_was_kept(store: RuntimeStore) -> None:
    fresh = session(1)
    begun = start(execution(2, fresh), new_session=fresh)
    store.begin(begun)
    failure = Failure(code="overloaded", message="Later", details={"a": [1, None]}, retryable=True, retry_after=2)
    failed = replace(
        begun.execution, status=ExecutionStatus.FAILED, finished_at=at(3), summary="Later", failure=failure
    )
    store.finish(finish(failed))
    assert store.execution(ACME, failed.id) == failed


def test_an_execution_ends_once(store: RuntimeStore) -> None:
    fresh = session(1)
    begun = start(execution(2, fresh), new_session=fresh)
    store.begin(begun)
    ended = completed(begun.execution, at(3))
    store.finish(finish(ended))
    again = replace(ended, summary="other", finished_at=at(9))
    assert store.finish(finish(again, seen={"/a.md": "v1"})) is False
    assert store.execution(ACME, ended.id) == ended
    assert store.seen(fresh.id, "/a.md") == ()
    assert store.session(ACME, fresh.id) == replace(fresh, updated_at=at(3))


def test_any_json_comes_back_as_it_was_kept(store: RuntimeStore) -> None:
    fresh = session(1)
    content = {"text": "naïve \u2028 😀 \ud800 \0", "deep": [[{"": None}]], "number": 1.0e-7, "big": 2**60}
    begun = start(replace(execution(2, fresh), input=content), new_session=fresh)
    store.begin(begun)
    kept = checkpoint(begun.execution, 4, str(content["text"]))
    store.add_checkpoint(kept)
    found = store.execution(ACME, begun.execution.id)
    assert found is not None
    assert found.input == content
    course = store.course(begun.execution.id, 0)
    assert course is not None
    assert list(course.checkpoints) == [kept]


def test_checkpoints_are_read_after_a_number_in_order(store: RuntimeStore) -> None:
    fresh = session(1)
    begun, other = execution(2, fresh), execution(3, fresh)
    store.begin(start(begun, new_session=fresh))
    store.begin(start(other))
    added = [checkpoint(begun, seq, str(seq)) for seq in (4, 5, 6)]
    for kept in (*added, checkpoint(other, 9)):
        store.add_checkpoint(kept)
    for after, told in ((0, added), (3, added), (5, added[2:]), (6, []), (99, [])):
        assert store.course(begun.id, after) == Course(execution=listed(begun), checkpoints=told, last_checkpoint=6)
    assert store.course(ExecutionId("exec_9"), 0) is None


def test_an_execution_that_has_ended_keeps_its_checkpoints(store: RuntimeStore) -> None:
    fresh = session(1)
    begun = execution(2, fresh)
    store.begin(start(begun, new_session=fresh))
    store.add_checkpoint(checkpoint(begun, 4))
    ended = completed(begun, at(3))
    store.finish(finish(ended))
    told = Course(execution=listed(ended), checkpoints=[checkpoint(begun, 4)], last_checkpoint=4)
    assert store.course(begun.id, 0) == told


def test_executions_of_a_session_are_listed_newest_first_page_by_page(store: RuntimeStore) -> None:
    fresh, other = session(1), session(2)
    store.create_session(fresh)
    store.create_session(other)
    executions = [execution(number, fresh) for number in range(10, 15)]
    for begun in [*executions, execution(20, other)]:
        store.begin(start(begun))
    first = store.executions(ACME, fresh.id, 2, None)
    newest_first = [listed(one) for one in reversed(executions)]
    assert list(first) == newest_first[:2]
    assert list(store.executions(ACME, fresh.id, 10, first[-1].id)) == newest_first[2:]


def test_unfinished_executions_of_all_organisations_are_found_oldest_first(store: RuntimeStore) -> None:
    ours, theirs = session(1), session(2, RIVAL)
    store.create_session(ours)
    store.create_session(theirs)
    running = [execution(12, ours), execution(10, theirs), execution(11, ours)]
    for begun in running:
        store.begin(start(begun))
    store.finish(finish(completed(running[2], at(20))))
    assert list(store.unfinished()) == [running[1], running[0]]
