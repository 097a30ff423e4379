import base64

import pytest

from memory_service.domain.calls import Scope
from memory_service.domain.errors import ExecutionNotFound, RequestInvalid, ScopeRequired, SessionNotFound
from memory_service.domain.executions import Session, SessionStatus
from memory_service.domain.ids import ExecutionId, SessionId
from tests.records import listed
from tests.unit.runtime.bench import AGENT, Bench, principal

FOREIGN = principal(org="other")


def test_a_session_is_made_with_its_title_or_the_default_one() -> None:
    bench = Bench()
    titled, untitled = bench.runtime.create_session(AGENT, "Morning"), bench.runtime.create_session(AGENT)
    assert (titled.title, untitled.title) == ("Morning", "Agent Runtime Session")
    assert (titled.status, titled.created_at) == (SessionStatus.ACTIVE, titled.updated_at)
    assert bench.runtime.session(AGENT, titled.id) == titled


def test_archiving_twice_is_archiving_once() -> None:
    bench = Bench()
    session = bench.runtime.create_session(AGENT)
    bench.clock.advance(1)
    archived = bench.runtime.archive(AGENT, session.id)
    bench.clock.advance(1)
    assert bench.runtime.archive(AGENT, session.id) == archived
    assert archived.status is SessionStatus.ARCHIVED
    assert archived.updated_at > session.updated_at


def test_what_another_organisation_has_does_not_exist() -> None:
    bench = Bench()
    invoked = bench.invoke("echo")
    session_id = invoked.session.id
    for ask in (bench.runtime.session, bench.runtime.archive):
        for unknown in (session_id, SessionId("session_none")):
            with pytest.raises(SessionNotFound):
                ask(FOREIGN, unknown)
    with pytest.raises(SessionNotFound):
        bench.runtime.executions(FOREIGN, session_id, 10)
    for execution_id in (invoked.execution.id, ExecutionId("exec_none")):
        with pytest.raises(ExecutionNotFound):
            bench.runtime.execution(FOREIGN, execution_id)
    assert bench.runtime.sessions(FOREIGN, 10).items == ()


def test_a_key_without_a_runtime_scope_reads_nothing() -> None:
    bench = Bench()
    invoked = bench.invoke("echo")
    git = principal(Scope.GIT_READ)
    for ask in (
        lambda: bench.runtime.capabilities(git),
        lambda: bench.runtime.create_session(git),
        lambda: bench.runtime.session(git, invoked.session.id),
        lambda: bench.runtime.sessions(git, 10),
        lambda: bench.runtime.archive(git, invoked.session.id),
        lambda: bench.runtime.executions(git, invoked.session.id, 10),
        lambda: bench.runtime.execution(git, invoked.execution.id),
    ):
        with pytest.raises(ScopeRequired):
            ask()


def test_a_reading_key_may_make_and_read_sessions() -> None:
    bench = Bench()
    reader = principal(Scope.RUNTIME_READ)
    session = bench.runtime.create_session(reader)
    assert bench.runtime.sessions(reader, 10).items == (session,)
    assert [capability.name for capability in bench.runtime.capabilities(reader)] == ["echo", "board_list"]


@pytest.mark.parametrize(("count", "limit", "pages"), [(0, 2, [0]), (2, 2, [2]), (3, 2, [2, 1]), (5, 2, [2, 2, 1])])
def test_pages_hold_every_entry_once_and_newest_first(count: int, limit: int, pages: list[int]) -> None:
    bench = Bench()
    made = [bench.runtime.create_session(AGENT) for _ in range(count)]
    found: list[Session] = []
    sizes, cursor = [], None
    while True:
        page = bench.runtime.sessions(AGENT, limit, cursor)
        found += page.items
        sizes.append(len(page.items))
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == made[::-1]
    assert sizes == pages


def test_the_executions_of_a_session_are_paged_as_well() -> None:
    bench = Bench()
    session = bench.runtime.create_session(AGENT)
    bench.invoke("echo")
    made = [listed(bench.invoke("echo", session_id=session.id).execution) for _ in range(3)]
    first = bench.runtime.executions(AGENT, session.id, 2)
    second = bench.runtime.executions(AGENT, session.id, 2, first.next_cursor)
    assert (first.items, second.items, second.next_cursor) == ((made[2], made[1]), (made[0],), None)


def test_new_sessions_do_not_move_the_pages_that_follow() -> None:
    bench = Bench()
    made = [bench.runtime.create_session(AGENT) for _ in range(3)]
    first = bench.runtime.sessions(AGENT, 1)
    bench.runtime.create_session(AGENT)
    assert bench.runtime.sessions(AGENT, 1, first.next_cursor).items == (made[1],)


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "not a cursor", "é", "\x00", encoded("exec_1"), encoded("session"), encoded("session_1") + "=", "A" * 9],
)
def test_what_is_no_cursor_is_refused_by_field(cursor: str) -> None:
    bench = Bench()
    with pytest.raises(RequestInvalid) as caught:
        bench.runtime.sessions(AGENT, 10, cursor)
    assert [error["field"] for error in caught.value.details["fieldErrors"]] == ["cursor"]


def test_a_cursor_shows_no_id() -> None:
    bench = Bench()
    sessions = [bench.runtime.create_session(AGENT) for _ in range(2)]
    cursor = bench.runtime.sessions(AGENT, 1).next_cursor
    assert cursor
    assert sessions[1].id not in cursor
