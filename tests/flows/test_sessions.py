"""Sessions: made, found again, listed page by page, archived."""

import json
from collections.abc import Callable

import pytest

from tests.flows.addresses import SESSION
from tests.flows.test_capabilities import URLS
from tests.runtime_client import TIME, Json, RuntimeClient, refused, succeeded

MEMBERS = {"id", "title", "source", "interactionMode", "status", "createdAt", "updatedAt"}


@pytest.mark.requirement("address.session.create", "address.session.get", "session.shape", "invoke.shape.session")
def test_a_session_is_created_and_found_again(client: RuntimeClient) -> None:
    created = succeeded(client.post("/sessions", {"title": "Quarterly review"}))
    session = created["session"]
    assert set(session) == MEMBERS
    assert session["title"] == "Quarterly review"
    assert (session["source"], session["interactionMode"], session["status"]) == ("api", "execute", "active")
    found = succeeded(client.get(f"/sessions/{session['id']}"))
    assert found["session"] == session
    assert set(found) == {"session", *URLS}
    listed = succeeded(client.get("/capabilities"))
    assert {name: found[name] for name in URLS} == {name: listed[name] for name in URLS}


@pytest.mark.requirement("invoke.title.default")
def test_a_session_without_a_title_has_the_default(client: RuntimeClient) -> None:
    assert succeeded(client.post("/sessions", {}))["session"]["title"] == "Agent Runtime Session"


@pytest.mark.requirement("ids.prefixed", "ids.time_ordered", "times.format")
def test_session_ids_and_times_grow(client: RuntimeClient) -> None:
    sessions = [succeeded(client.post("/sessions"))["session"] for _ in range(5)]
    identifiers = [session["id"] for session in sessions]
    assert identifiers == sorted(set(identifiers))
    assert all(identifier.startswith("session_") for identifier in identifiers)
    for session in sessions:
        assert TIME.fullmatch(session["createdAt"])
        assert session["updatedAt"] == session["createdAt"]
    assert [session["createdAt"] for session in sessions] == sorted(session["createdAt"] for session in sessions)


@pytest.mark.requirement("invoke.unknown_members", "errors.request_invalid")
@pytest.mark.parametrize(
    "body",
    [{"name": "x"}, {"title": 1}, {"title": ["x"]}, {"title": "x", "Title": "y"}, [], "title", None, 1, {"input": {}}],
    ids=str,
)
def test_a_session_body_of_another_shape_is_refused(shared_client: RuntimeClient, body: object) -> None:
    answer = shared_client.post_raw("/sessions", json.dumps(body).encode())
    refused(answer, 400, "request_invalid")


@pytest.mark.requirement("errors.session_not_found")
@pytest.mark.parametrize(
    "ask",
    [
        lambda client, session: client.get(f"/sessions/{session}"),
        lambda client, session: client.get(f"/sessions/{session}/capabilities"),
        lambda client, session: client.get(f"/sessions/{session}/executions"),
        lambda client, session: client.post(f"/sessions/{session}/archive"),
        lambda client, session: client.post(f"/sessions/{session}/tools/memory_ls"),
        lambda client, session: client.call("memory_ls", sessionId=session),
    ],
)
@pytest.mark.parametrize("session", [SESSION, "session_", "exec_1", "x" * 300, "%00", "é"])
def test_an_unknown_session_is_not_found(
    shared_client: RuntimeClient, ask: Callable[..., object], session: str
) -> None:
    answer = ask(shared_client, session)
    refused(answer, 404, "session_not_found")  # type: ignore[arg-type]  # the table's lambdas answer responses


@pytest.mark.requirement("address.session.list", "session.pages")
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_sessions_are_listed_newest_first_page_by_page(client: RuntimeClient, limit: int) -> None:
    made = [client.session(title=f"Session {number}") for number in range(7)]
    listed = _pages(client, "/sessions", "sessions", limit)
    assert [session["id"] for session in listed] == made[::-1]
    assert all(set(session) == MEMBERS for session in listed)


@pytest.mark.requirement("session.pages")
def test_a_session_made_while_pages_are_turned_shifts_nothing(client: RuntimeClient) -> None:
    made = [client.session() for _ in range(4)]
    first = succeeded(client.get("/sessions", limit=2))
    client.session()
    second = succeeded(client.get("/sessions", limit=2, cursor=first["nextCursor"]))
    assert [session["id"] for session in first["sessions"] + second["sessions"]] == made[::-1]
    assert "nextCursor" not in second


@pytest.mark.requirement("address.session.executions", "session.pages")
def test_the_executions_of_a_session_are_listed_newest_first_page_by_page(client: RuntimeClient) -> None:
    session = client.session()
    made = [client.invoke("memory_ls", sessionId=session)["executionId"] for _ in range(5)]
    client.invoke("memory_ls")
    listed = _pages(client, f"/sessions/{session}/executions", "executions", 2)
    assert [execution["id"] for execution in listed] == made[::-1]


@pytest.mark.requirement("session.pages", "errors.request_invalid")
@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "-1"}, {"limit": "x"}, {"limit": "1e9"}, {"limit": "10000000"}, {"limit": ""}]
)
def test_an_absurd_limit_is_refused(shared_client: RuntimeClient, query: dict[str, str]) -> None:
    refused(shared_client.http.get("/api/runtime/sessions", params=query), 400, "request_invalid")


@pytest.mark.requirement("session.pages", "errors.request_invalid")
@pytest.mark.parametrize("cursor", ["", "x", "session_", "%00", "é", "a" * 5000, "../../etc"])
def test_a_forged_cursor_is_refused_or_ends_the_list(shared_client: RuntimeClient, cursor: str) -> None:
    answer = shared_client.get("/sessions", cursor=cursor)
    if answer.status_code != 200:
        refused(answer, 400, "request_invalid")


@pytest.mark.requirement("address.session.archive", "session.archived", "errors.session_archived")
def test_an_archived_session_is_kept_and_takes_no_executions(client: RuntimeClient) -> None:
    session = client.session(title="Over")
    before = client.invoke("memory_ls", sessionId=session)
    archived = succeeded(client.post(f"/sessions/{session}/archive"))["session"]
    assert (archived["id"], archived["status"]) == (session, "archived")
    for answer in (
        client.call("memory_ls", sessionId=session),
        client.post(f"/sessions/{session}/tools/memory_ls"),
    ):
        refused(answer, 409, "session_archived")
        assert answer.headers["x-should-retry"] == "false"
    assert succeeded(client.get(f"/sessions/{session}"))["session"] == archived
    executions = succeeded(client.get(f"/sessions/{session}/executions"))["executions"]
    assert [execution["id"] for execution in executions] == [before["executionId"]]
    assert client.events(before["executionId"])[-1].type == "done"


@pytest.mark.requirement("invoke.unknown_members", "errors.request_invalid")
@pytest.mark.parametrize("body", [{"reason": "x"}, [], "x"], ids=str)
def test_archiving_takes_no_members(client: RuntimeClient, body: object) -> None:
    session = client.session()
    refused(client.post_raw(f"/sessions/{session}/archive", json.dumps(body).encode()), 400, "request_invalid")
    assert succeeded(client.get(f"/sessions/{session}"))["session"]["status"] == "active"


@pytest.mark.requirement("address.session.archive")
def test_archiving_twice_changes_nothing(client: RuntimeClient) -> None:
    session = client.session()
    first = succeeded(client.post(f"/sessions/{session}/archive"))
    assert succeeded(client.post(f"/sessions/{session}/archive"))["session"] == first["session"]


@pytest.mark.requirement("invoke.session")
def test_an_execution_moves_the_time_of_its_session(client: RuntimeClient) -> None:
    session = client.session()
    before = succeeded(client.get(f"/sessions/{session}"))["session"]
    client.invoke("memory_ls", sessionId=session)
    after = succeeded(client.get(f"/sessions/{session}"))["session"]
    assert after["createdAt"] == before["createdAt"]
    assert after["updatedAt"] > before["updatedAt"]


def _pages(client: RuntimeClient, path: str, member: str, limit: int) -> list[Json]:
    """All entries of a list, page by page; each page is as long as the limit allows."""
    entries: list[Json] = []
    cursor: Json = {}
    while True:
        page = succeeded(client.get(path, limit=limit, **cursor))
        assert set(page) - {"nextCursor"} == {member}
        assert len(page[member]) <= limit
        entries += page[member]
        if "nextCursor" not in page:
            return entries
        assert len(page[member]) == limit
        cursor = {"cursor": page["nextCursor"]}
