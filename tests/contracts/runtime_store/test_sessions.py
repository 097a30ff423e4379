"""What every store of the runtime does with sessions, in memory and in a database."""

from dataclasses import replace

from memory_service.domain.executions import SessionStatus
from memory_service.domain.ids import SessionId
from memory_service.runtime.ports import RuntimeStore
from tests.records import (
    ACME,
    RIVAL,
    at,
    completed,
    execution,
    finish,
    session,
    start,
)


def test_a_session_comes_back_as_it_was_kept(store: RuntimeStore) -> None:
    kept = session(1)
    store.create_session(kept)
    assert store.session(ACME, kept.id) == kept
    assert store.session(ACME, SessionId("session_9")) is None


def test_sessions_are_listed_newest_first_page_by_page(store: RuntimeStore) -> None:
    sessions = [session(number) for number in range(1, 6)]
    for kept in [*sessions, session(9, RIVAL)]:
        store.create_session(kept)
    first = store.sessions(ACME, 2, None)
    assert list(first) == [sessions[4], sessions[3]]
    assert list(store.sessions(ACME, 10, first[-1].id)) == [sessions[2], sessions[1], sessions[0]]
    assert list(store.sessions(ACME, 10, sessions[0].id)) == []


def test_a_session_is_archived_once(store: RuntimeStore) -> None:
    kept = session(1)
    store.create_session(kept)
    archived = replace(kept, status=SessionStatus.ARCHIVED, updated_at=at(10))
    assert store.archive_session(ACME, kept.id, at(10)) == archived
    assert store.archive_session(ACME, kept.id, at(20)) == archived
    assert store.session(ACME, kept.id) == archived
    assert store.archive_session(ACME, SessionId("session_9"), at(20)) is None


def test_a_version_seen_again_is_the_newest(store: RuntimeStore) -> None:
    fresh, other = session(1), session(2)
    store.create_session(fresh)
    store.create_session(other)
    for number, version in enumerate(["v1", "v2", "v3", "v1"], start=10):
        store.begin(start(execution(number, fresh)))
        store.finish(finish(completed(execution(number, fresh), at(number)), seen={"/a.md": version, "/b.md": "w"}))
    assert store.seen(fresh.id, "/a.md") == ("v2", "v3", "v1")
    assert store.seen(fresh.id, "/b.md") == ("w",)
    assert store.seen(fresh.id, "/c.md") == ()
    assert store.seen(other.id, "/a.md") == ()
