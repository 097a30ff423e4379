"""What is told of executions whose events an older version has stored one by one."""

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from memory_service.database import Database, RuntimeRecords
from memory_service.database.encoding import text
from memory_service.domain.errors import EventsExpired
from memory_service.domain.ids import ExecutionId, OrgId
from memory_service.runtime.event_log import EventLog
from tests.records import completed, finish

OLDER = Path(__file__).with_name("schema_0002.sql")
ACME = OrgId("acme")
LEFT_BY_A_CRASH = ExecutionId("exec_0044")
EXPIRED = ExecutionId("exec_0002")

Stored = dict[str, list[tuple[int, str, str]]]
"""Execution → number, type and data of each of its events."""


@pytest.fixture
def stored(path: Path) -> Stored:
    """Makes a database of the older version; the events that are stored in it."""
    with closing(sqlite3.connect(path)) as older:
        older.executescript(OLDER.read_text("utf-8"))
        _multiply(older, 30)
        return _events(older)


def _multiply(older: sqlite3.Connection, times: int) -> None:
    """Copy each execution with its events, so that they are more than a migration takes at a time."""
    with older:
        executions = older.execute("SELECT * FROM executions").fetchall()
        events = older.execute("SELECT * FROM events").fetchall()
        for table, rows in (("executions", executions), ("events", events)):
            copies = [_renamed(row, f"{row[0]}_{number}") for row in rows for number in range(times)]
            older.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", copies)  # noqa: S608


def _renamed(row: Sequence[object], execution_id: str) -> tuple[object, ...]:
    quoted = f'"{row[0]}"'
    return execution_id, *(one.replace(quoted, f'"{execution_id}"') if isinstance(one, str) else one for one in row[1:])


def _events(older: sqlite3.Connection) -> Stored:
    stored: Stored = {str(execution_id): [] for (execution_id,) in older.execute("SELECT id FROM executions")}
    for execution_id, *event in older.execute("SELECT * FROM events ORDER BY execution_id, seq"):
        stored[execution_id].append(tuple(event))
    return stored


@pytest.fixture
def records(path: Path, stored: Stored) -> Iterator[RuntimeRecords]:
    with closing(Database(path)) as database:
        yield RuntimeRecords(database)


def told(records: RuntimeRecords, stored: Stored) -> Stored:
    """What is told of the same executions, as it is sent."""
    log = EventLog(records)
    return {
        one: [(event.seq, event.type.value, text(event.data)) for event in log.after(ExecutionId(one), 0)]
        for one in stored
    }


def test_events_are_told_as_they_were_stored(records: RuntimeRecords, stored: Stored) -> None:
    assert told(records, stored) == stored
    types = {type_ for events in stored.values() for _, type_, _ in events}
    assert types == {"session", "run_status", "tool_use", "checkpoint", "tool_result", "done", "error"}


def test_events_are_told_from_any_on(records: RuntimeRecords, stored: Stored) -> None:
    log = EventLog(records)
    for one, events in stored.items():
        for seen in range(len(events) + 1):
            assert [event.seq for event in log.after(ExecutionId(one), seen)] == [seq for seq, *_ in events[seen:]]


def test_what_was_expired_stays_so(records: RuntimeRecords) -> None:
    execution = records.execution(ACME, EXPIRED)
    assert execution is not None
    with pytest.raises(EventsExpired):
        EventLog(records).resume(execution, None)


def test_an_execution_that_was_left_goes_on_after_its_last_checkpoint(records: RuntimeRecords, stored: Stored) -> None:
    left = next(one for one in records.unfinished() if one.id == LEFT_BY_A_CRASH)
    ended = completed(left, left.created_at)
    assert records.finish(finish(ended))
    events = EventLog(records).after(left.id, 0)
    before = stored[left.id]
    assert [event.seq for event in events] == list(range(1, len(before) + 4))
    assert events[-3].data["id"] == left.tool_use_id == events[2].data["id"]
    assert [(event.seq, event.type.value, text(event.data)) for event in events[:-3]] == before


def test_nothing_else_is_changed_and_no_event_is_kept_twice(path: Path, stored: Stored) -> None:
    def rows(table: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - a name from this test

    tables = ("orgs", "sessions", "executions", "idempotency", "seen")
    before = {table: rows(table) for table in tables}
    with closing(Database(path)) as database:
        assert database.integrity() == []
    before["executions"] = [(*row, _use(stored[str(row[0])])) for row in before["executions"]]
    assert {table: rows(table) for table in tables} == before
    with pytest.raises(sqlite3.OperationalError, match="no such table: events"):
        rows("events")


def _use(events: list[tuple[int, str, str]]) -> str:
    return str(json.loads(events[2][2])["id"]) if events else ""


@pytest.mark.parametrize("step", ["op.create_table", "json.dumps", "op.drop_table"])
def test_a_migration_that_is_killed_has_changed_nothing_and_is_made_up_for(
    path: Path, stored: Stored, step: str
) -> None:
    """Before it copies anything, while it does, and when it has dropped the events."""
    script = (
        "import json, os, signal, sys, pathlib; from alembic import op; from memory_service.database import Database\n"
        f"step = {step}\n"
        f"{step} = lambda *given, **named: (step(*given, **named), os.kill(os.getpid(), signal.SIGKILL))\n"
        "Database(pathlib.Path(sys.argv[1]))"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(path)], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(path)) as older:
        assert _events(older) == stored
    with closing(Database(path)) as database:
        assert told(RuntimeRecords(database), stored) == stored
