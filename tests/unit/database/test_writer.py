"""Group commit: what waits together is committed together, and each piece stands or falls alone."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, insert

from memory_service.database import Database, Orgs, sqlite
from memory_service.database.tables import orgs
from memory_service.domain.errors import InternalError, OrgExists, Overloaded, StorageFull
from memory_service.domain.ids import OrgId
from tests.queues import queued
from tests.records import NOON
from tests.unit.database.threads import SECONDS, Running

Job = Callable[[Connection], object]


def add(name: str) -> Job:
    return lambda connection: connection.execute(insert(orgs).values(name=name, created_at=0))


def add_and_fail(name: str, error: BaseException) -> Job:
    def work(connection: Connection) -> None:
        add(name)(connection)
        raise error

    return work


def names(database: Database) -> list[str]:
    return [org.name for org in Orgs(database).list()]


@contextmanager
def held_up(database: Database) -> Iterator[Callable[..., list[Running[object]]]]:
    """While a first writer is at work: a function that starts further ones and returns once all of them wait."""
    entered, leave = threading.Event(), threading.Event()

    def first(connection: Connection) -> None:
        entered.set()
        assert leave.wait(SECONDS)

    leader = Running(lambda: database.write(first))
    assert entered.wait(SECONDS)

    def start(*works: Job) -> list[Running[object]]:
        running = []
        for work in works:
            running.append(Running(lambda work=work: database.write(work)))  # type: ignore[misc]  # the default binds it
            queued(database._write._turns, len(running))
        return running

    try:
        yield start
    finally:
        leave.set()
        leader.answer()


def test_works_that_wait_are_committed_at_once_in_the_order_they_came(database: Database) -> None:
    commits: list[list[str]] = []
    event.listen(database._engine, "commit", lambda connection: commits.append(names(database)))
    with held_up(database) as start:
        running = start(add("b"), add("a"), add("c"))
    for thread in running:
        thread.answer()
    assert names(database) == ["a", "b", "c"]
    assert commits == [[], []]  # one for the first writer, one for the three; neither saw anything of the three before


def test_a_work_that_fails_is_undone_alone(database: Database) -> None:
    with held_up(database) as start:
        good, bad, late = start(add("a"), add_and_fail("b", OrgExists("b")), add("c"))
    good.answer()
    with pytest.raises(OrgExists):
        bad.answer()
    late.answer()
    assert names(database) == ["a", "c"]


def test_a_work_that_breaks_a_rule_of_the_database_is_undone_alone(database: Database) -> None:
    with held_up(database) as start:
        good, bad, late = start(add("a"), add("a"), add("c"))
    good.answer()
    with pytest.raises(InternalError):
        bad.answer()
    late.answer()
    assert names(database) == ["a", "c"]


def synchronous(connection: Connection) -> str:
    """How a commit is synced: https://www.sqlite.org/pragma.html#pragma_synchronous."""
    level = connection.connection.cursor().execute("PRAGMA synchronous").fetchone()
    return {1: "NORMAL", 2: "FULL"}[level[0]]


def test_only_what_is_to_last_waits_for_the_disk(database: Database) -> None:
    asked = [False, True, False, False, True]
    levels = [database.write(synchronous, lasting=lasting) for lasting in asked]
    assert levels == ["NORMAL", "FULL", "NORMAL", "NORMAL", "FULL"]


def test_what_is_committed_with_something_that_is_to_last_lasts(database: Database) -> None:
    with held_up(database) as start:
        (lasting,) = start(synchronous)
        other = Running(lambda: database.write(synchronous, lasting=False))
        queued(database._write._turns, 2)
    assert [lasting.answer(), other.answer()] == ["FULL", "FULL"]


def test_each_gets_the_answer_of_its_own_work(database: Database) -> None:
    with held_up(database) as start:
        running = start(*(lambda connection, number=number: number for number in range(5)))
    assert [thread.answer() for thread in running] == [0, 1, 2, 3, 4]


def test_readers_see_the_last_commit_and_wait_for_no_writer(database: Database) -> None:
    Orgs(database).add(OrgId("old"), NOON)
    seen: list[list[str]] = []

    def work(connection: Connection) -> None:
        add("new")(connection)
        seen.append(Running(lambda: names(database)).answer())

    database.write(work)
    assert seen == [["old"]]
    assert names(database) == ["new", "old"]


def test_on_a_full_disk_what_was_answered_as_written_is_there_and_nothing_else(database: Database) -> None:
    with held_up(database) as start:
        limit_pages(database, 1)  # SQLite takes the size that the file has: it cannot grow
        running = start(add("a"), add("x" * 100_000), add("c"))
    written = {name for name, thread in zip("axc", running, strict=True) if not full(thread)}
    assert {name[0] for name in names(database)} == written
    assert "x" not in written
    limit_pages(database, 1_000_000)
    database.write(add("d"))
    assert {name[0] for name in names(database)} == {*written, "d"}


def full(thread: Running[object]) -> bool:
    """Whether a work was refused because the disk is full."""
    try:
        thread.answer()
    except StorageFull:
        return True
    return False


def limit_pages(database: Database, pages: int) -> None:
    """Limit the size of the file, for the writer's connection; SQLite reports it as it does a full disk."""
    database._write._connection.connection.cursor().execute(f"PRAGMA max_page_count={pages}")


def test_a_writer_of_another_process_is_waited_for_and_not_for_ever(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    with closing(Database(path)) as database, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Overloaded) as refused:
            database.write(add("a"))
        assert refused.value.retry_after == 1
        assert names(database) == []
        other.execute("ROLLBACK")
        database.write(add("a"))
        assert names(database) == ["a"]


def test_a_thread_that_is_interrupted_while_it_leads_leaves_nobody_waiting(database: Database) -> None:
    with held_up(database) as start:
        leader, *others = start(add("a"), add_and_fail("b", KeyboardInterrupt()), add("c"))
    with pytest.raises(KeyboardInterrupt):
        leader.answer()
    for thread in others:
        with pytest.raises(InternalError):
            thread.answer()
    assert names(database) == []
    database.write(add("d"))
    assert names(database) == ["d"]


def test_many_threads_write_everything_they_were_told_was_written(database: Database) -> None:
    barrier = threading.Barrier(8)

    def write(thread: int) -> None:
        barrier.wait(SECONDS)
        for number in range(25):
            database.write(add(f"{thread}-{number:02d}"))

    running = [Running(lambda thread=thread: write(thread)) for thread in range(8)]  # type: ignore[misc]  # bound
    for thread in running:
        thread.answer()
    assert len(names(database)) == 200
