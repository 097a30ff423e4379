"""What every store of commits tells of its history, in memory and on disk."""

from datetime import timedelta

import pytest

from memory_service.domain.errors import (
    Overloaded,
)
from memory_service.domain.ids import CommitId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.trees import Change, Edit
from memory_service.memory.ports import Store
from tests.clocks import ManualClock
from tests.contracts.store.stores import ACME
from tests.edits import put


def test_changes_name_each_file_once_with_the_last_commit_that_changed_it(store: Store, clock: ManualClock) -> None:
    start = store.head(ACME)
    first = store.write(ACME, put("/b.md", b"1"))
    clock.advance(10)
    second = store.write(ACME, put("/a/c.md", b"1"))
    clock.advance(10)
    third = store.write(ACME, put("/b.md", b"2"))
    head = store.snapshot(ACME)
    of_c = Change(path=MemoryPath("/a/c.md"), old=None, new=second.blob, commit=second.commit, at=second.at)
    of_b = Change(path=MemoryPath("/b.md"), old=None, new=third.blob, commit=third.commit, at=third.at)
    for since in (None, start):
        changes = head.changes(since)
        assert changes is not None
        assert list(changes) == [of_c, of_b]
    since_second = head.changes(second.commit)
    assert since_second is not None
    assert list(since_second) == [
        Change(path=MemoryPath("/b.md"), old=first.blob, new=third.blob, commit=third.commit, at=third.at)
    ]


def test_changes_tell_of_a_file_that_is_again_as_it_was(store: Store, clock: ManualClock) -> None:
    start = store.write(ACME, put("/a.md", b"1"))
    clock.advance(10)
    store.write(ACME, put("/a.md", b"2"))
    clock.advance(10)
    last = store.write(ACME, put("/a.md", b"1"))
    clock.advance(10)
    store.write(ACME, put("/b.md", b"1"))
    changes = store.snapshot(ACME).changes(start.commit)
    assert changes is not None
    assert list(changes)[:-1] == [
        Change(path=MemoryPath("/a.md"), old=start.blob, new=start.blob, commit=last.commit, at=last.at)
    ]


def test_nothing_has_changed_since_the_head_itself(store: Store) -> None:
    store.write(ACME, put("/a.md", b"1"))
    changes = store.snapshot(ACME).changes(store.head(ACME))
    assert changes is not None
    assert list(changes) == []


def test_a_walk_for_changes_tells_of_each_commit_and_ends_where_it_is_told_to(store: Store) -> None:
    start = store.head(ACME)
    for number in range(10):
        store.write(ACME, put("/a.md", b"%d" % number))
    passed: list[int] = []

    def at_most_five() -> None:
        passed.append(1)
        if len(passed) == 5:
            raise Overloaded

    with pytest.raises(Overloaded):
        store.snapshot(ACME).changes(start, at_most_five)
    assert len(passed) == 5
    passed.clear()
    assert store.snapshot(ACME).changes(start, lambda: passed.append(1))
    assert len(passed) >= 10


def test_changes_lead_from_a_later_commit_to_an_earlier_one(store: Store, clock: ManualClock) -> None:
    old = store.write(ACME, put("/a.md", b"1"))
    store.write(ACME, put("/kept.md", b"1"))
    early = store.snapshot(ACME)
    clock.advance(10)
    store.write(ACME, put("/a.md", b"2"))
    clock.advance(10)
    again = store.write(ACME, put("/a.md", b"1"))
    new = store.write(ACME, put("/new.md", b"1"))
    changes = early.changes(new.commit)
    assert changes is not None
    of_a, of_new = changes
    assert of_a == Change(path=MemoryPath("/a.md"), old=again.blob, new=old.blob, commit=old.commit, at=old.at)
    assert (of_new.path, of_new.old, of_new.new) == (MemoryPath("/new.md"), new.blob, None)


def test_changes_since_what_is_no_commit_are_unknown(store: Store) -> None:
    blob = store.write(ACME, put("/a.md", b"1")).blob
    assert store.snapshot(ACME).changes(CommitId("1" * 40)) is None
    assert store.snapshot(ACME).changes(CommitId(blob)) is None


def test_a_commit_descends_from_itself_and_from_those_before_it(store: Store) -> None:
    commits = [store.head(ACME), *(store.write(ACME, put("/a.md", b"%d" % number)).commit for number in range(3))]
    for number, commit in enumerate(commits):
        snapshot = store.snapshot(ACME, commit)
        assert list(map(snapshot.descends_from, commits)) == [other <= number for other in range(4)]
        assert not snapshot.descends_from(CommitId("1" * 40))


def test_a_walk_to_an_earlier_commit_tells_of_each_and_ends_where_it_is_told_to(store: Store) -> None:
    start = store.head(ACME)
    for number in range(10):
        store.write(ACME, put("/a.md", b"%d" % number))
    passed: list[int] = []

    def at_most_five() -> None:
        passed.append(1)
        if len(passed) == 5:
            raise Overloaded

    with pytest.raises(Overloaded):
        store.snapshot(ACME).descends_from(start, at_most_five)
    assert len(passed) == 5


def test_a_commit_is_found_by_its_trailer(store: Store, clock: ManualClock) -> None:
    began = clock()
    old = store.write(ACME, put("/a.md", b"1", {"Key-Id": "key_1", "Execution-Id": "exec_1"}))
    made = store.write(ACME, put("/a.md", b"2", {"Execution-Id": "exec_2"}))
    store.write(ACME, put("/b.md", b"3", {"Execution-Id": "exec_3"}))
    found = store.find(ACME, "Execution-Id", "exec_2", began)
    assert found
    assert (found.commit, found.at, found.path) == (made.commit, made.at, MemoryPath("/a.md"))
    assert (found.blob, found.previous) == (made.blob, old.blob)
    assert store.find(ACME, "Execution-Id", "exec_4", began) is None
    assert store.find(ACME, "Run-Id", "exec_2", began) is None


def test_a_commit_is_found_although_its_time_has_no_fractions(store: Store, clock: ManualClock) -> None:
    clock.advance(0.7)
    began = clock()
    made = store.write(ACME, put("/a.md", b"1", {"Execution-Id": "exec_1"}))
    found = store.find(ACME, "Execution-Id", "exec_1", began)
    assert found
    assert found.commit == made.commit


def test_a_subject_or_content_cannot_pass_for_a_trailer(store: Store, clock: ManualClock) -> None:
    forged = "x\n\nExecution-Id: exec_1"
    for trailers in ({}, {"Execution-Id": "exec_2"}):
        store.write(
            ACME,
            Edit(
                path=MemoryPath("/a.md"),
                apply=lambda found: (found.content if found else b"") + forged.encode(),
                author=forged,
                author_id=forged,
                subject=forged,
                trailers=trailers,
            ),
        )
    assert store.find(ACME, "Execution-Id", "exec_1", clock()) is None
    assert store.find(ACME, "Execution-Id", "exec_2", clock())


def test_times_never_go_back_although_the_clock_does(store: Store, clock: ManualClock) -> None:
    first = store.write(ACME, put("/a.md", b"1"))
    clock.advance(-timedelta(hours=1).total_seconds())
    second = store.write(ACME, put("/a.md", b"2"))
    assert second.at >= first.at
