"""What the store of sessions and executions does because it is a database."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy.sql.expression import ClauseElement

from memory_service.database import Database, Orgs, RuntimeRecords, runtime_records, statements
from memory_service.database.prepared import Prepared
from memory_service.domain.errors import InternalError
from memory_service.domain.executions import Course
from tests.records import (
    ACME,
    NOON,
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
from tests.unit.database.threads import together

FRESH = session(1)


@pytest.fixture
def records(database: Database) -> RuntimeRecords:
    Orgs(database).add(ACME, NOON)
    kept = RuntimeRecords(database)
    kept.create_session(FRESH)
    return kept


def test_moments_are_kept_to_the_millisecond(records: RuntimeRecords) -> None:
    exact = NOON + timedelta(microseconds=123_999)
    records.archive_session(ACME, FRESH.id, exact)
    kept = records.session(ACME, FRESH.id)
    assert kept is not None
    assert kept.updated_at == NOON + timedelta(milliseconds=123)


def test_of_requests_with_one_idempotency_key_one_runs(records: RuntimeRecords) -> None:
    begun = [start(execution(number, FRESH), idempotency=idempotency("once")) for number in range(10, 18)]
    answers = together(*(lambda one=one: records.begin(one)[1] for one in begun))
    assert answers.count(None) == 1
    first = begun[answers.index(None)].execution
    assert [earlier.execution for earlier in answers if earlier] == [first] * 7
    assert list(records.executions(ACME, FRESH.id, 10, None)) == [listed(first)]


def test_of_those_that_end_an_execution_one_does(records: RuntimeRecords) -> None:
    begun = execution(10, FRESH)
    records.begin(start(begun))
    ends = [finish(replace(completed(begun, at(20)), summary=str(number))) for number in range(8)]
    answers = together(*(lambda end=end: records.finish(end) for end in ends))
    assert answers.count(True) == 1
    assert records.execution(ACME, begun.id) == ends[answers.index(True)].execution


def test_a_checkpoint_with_the_number_of_another_is_refused(records: RuntimeRecords) -> None:
    begun = execution(10, FRESH)
    records.begin(start(begun))
    records.add_checkpoint(checkpoint(begun, 4))
    with pytest.raises(InternalError):
        records.add_checkpoint(checkpoint(begun, 4, "other"))
    assert records.course(begun.id, 0) == Course(
        execution=listed(begun), checkpoints=[checkpoint(begun, 4)], last_checkpoint=4
    )


def test_an_end_of_which_a_part_is_refused_is_refused_as_a_whole(records: RuntimeRecords) -> None:
    begun = execution(10, FRESH)
    records.begin(start(begun))
    no_version = cast("str", None)
    with pytest.raises(InternalError):
        records.finish(finish(completed(begun, at(20)), seen={"/a.md": no_version}))
    assert list(records.unfinished()) == [begun]


def test_many_executions_are_expired_a_part_at_a_time(records: RuntimeRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime_records, "EXPIRED_AT_ONCE", 2)
    for number in range(10, 15):
        records.begin(start(execution(number, FRESH)))
        records.finish(finish(completed(execution(number, FRESH), at(number))))
    assert records.expire(at(100)) == 5
    assert [records.course(found.id, 0) for found in records.executions(ACME, FRESH.id, 10, None)] == [None] * 5


QUERIES: dict[str, ClauseElement] = {
    **{name: value._statement for name, value in vars(statements).items() if isinstance(value, Prepared)},
    "sessions_before": statements.sessions_before(ACME, 10, FRESH.id),
    "executions_before": statements.executions_before(ACME, FRESH.id, 10, execution(1, FRESH).id),
}


@pytest.mark.parametrize("name", [name for name in QUERIES if not name.startswith("ADD_")])
def test_no_statement_reads_a_whole_table(database: Database, name: str) -> None:
    with database.read() as connection:
        compiled = QUERIES[name].compile(dialect=connection.dialect)
        cursor = connection.connection.cursor()
        cursor.execute(f"EXPLAIN QUERY PLAN {compiled}", dict.fromkeys(compiled.params))
        steps = [str(row[3]) for row in cursor.fetchall()]
    assert steps
    assert not [step for step in steps if step.startswith("SCAN")]


def test_a_list_of_executions_reads_neither_inputs_nor_results() -> None:
    query = statements.executions_before(ACME, FRESH.id, 10, None)
    assert not {"input", "result"} & set(query.selected_columns.keys())
