import pytest

from tests.unit.http_api.application import Json, TestBed, refused

pytestmark = pytest.mark.anyio

URLS = {
    "sessionCreateUrl": "http://memory.test/api/runtime/sessions",
    "toolInvokeUrlTemplate": "http://memory.test/api/runtime/tools/{toolName}",
    "sessionToolInvokeUrlTemplate": "http://memory.test/api/runtime/sessions/{sessionId}/tools/{toolName}",
    "executionEventsUrlTemplate": "http://memory.test/api/runtime/executions/{executionId}/events",
}


async def test_a_session_is_created_and_found_with_the_addresses_to_go_on_with() -> None:
    async with TestBed().client() as client:
        created = await client.post("/api/runtime/sessions", json={"title": "Mine"})
        session = created.json()["session"]
        found = await client.get(f"/api/runtime/sessions/{session['id']}")
    assert created.status_code == 200
    assert created.json() == {"session": session, **URLS}
    assert found.json() == created.json()
    assert set(session) == {"id", "title", "source", "interactionMode", "status", "createdAt", "updatedAt"}


async def test_capabilities_are_listed_with_their_parameters_also_for_a_session() -> None:
    async with TestBed().client() as client:
        listed = await client.get("/api/runtime/capabilities")
        session = (await client.post("/api/runtime/sessions")).json()["session"]["id"]
        of_session = await client.get(f"/api/runtime/sessions/{session}/capabilities")
        of_none = await client.get("/api/runtime/sessions/session_none/capabilities")
    body = listed.json()
    assert of_session.json() == body
    refused(of_none, 404, "session_not_found")
    assert [one["name"] for one in body["capabilities"]] == ["echo", "calendar_create_event", "board_list"]
    assert body["capabilities"][0] == {
        "name": "echo",
        "kind": "memory",
        "description": "Answers its input.",
        "parameters": {"type": "object", "properties": {}},
        "isReadOnly": True,
        "supportsIdempotency": True,
        "accounts": [],
    }
    assert {name: value for name, value in body.items() if name != "capabilities"} == URLS


async def test_sessions_are_listed_page_by_page_newest_first() -> None:
    async with TestBed().client() as client:
        made = [(await client.post("/api/runtime/sessions")).json()["session"]["id"] for _ in range(5)]
        seen: list[str] = []
        cursor: dict[str, str] = {}
        sizes = []
        while True:
            page: Json = (await client.get("/api/runtime/sessions", params={"limit": 2, **cursor})).json()
            seen += [session["id"] for session in page["sessions"]]
            sizes.append(len(page["sessions"]))
            if "nextCursor" not in page:
                break
            cursor = {"cursor": page["nextCursor"]}
    assert seen == made[::-1]
    assert sizes == [2, 2, 1]


async def test_the_executions_of_a_session_are_listed_as_they_are_got_but_for_what_can_be_large() -> None:
    async with TestBed().client() as client:
        session = (await client.post("/api/runtime/sessions")).json()["session"]["id"]
        first = (await client.post(f"/api/runtime/sessions/{session}/tools/echo", json={"input": {"a": 1}})).json()
        second = (await client.post(f"/api/runtime/sessions/{session}/tools/echo", json={})).json()
        listed = (await client.get(f"/api/runtime/sessions/{session}/executions")).json()
        got = (await client.get(f"/api/runtime/executions/{first['executionId']}")).json()
        one = await client.get(f"/api/runtime/sessions/{session}/executions", params={"limit": 1})
    assert [execution["id"] for execution in listed["executions"]] == [second["executionId"], first["executionId"]]
    assert "nextCursor" not in listed
    assert "nextCursor" in one.json()
    large = {name: got["execution"][name] for name in ("input", "result")}
    assert got == {"execution": listed["executions"][1] | large}
    assert not listed["executions"][1].keys() & large.keys()
    assert got["execution"] == {
        "id": first["executionId"],
        "runId": first["runId"],
        "sessionId": session,
        "capability": "echo",
        "status": "completed",
        "interactionMode": "execute",
        "summary": "Echoed",
        "input": {"a": 1},
        "result": {"input": {"a": 1}, "account": None},
        "commit": None,
        "createdAt": "2026-04-15T10:00:00.000Z",
        "finishedAt": "2026-04-15T10:00:00.000Z",
        "executionEventsUrl": first["executionEventsUrl"],
    }


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=ten", "limit=", "limit=1.5", "cursor=nope", "cursor=", "offset=3", "limit=1&x="],
)
async def test_a_query_that_a_list_cannot_read_is_refused(query: str) -> None:
    async with TestBed().client() as client:
        session = (await client.post("/api/runtime/sessions")).json()["session"]["id"]
        for address in ("/api/runtime/sessions", f"/api/runtime/sessions/{session}/executions"):
            faults = refused(await client.get(f"{address}?{query}"), 400, "request_invalid")["fieldErrors"]
            assert [fault["field"] for fault in faults] == [query.rpartition("&")[2].partition("=")[0]]


async def test_an_archived_session_can_be_read_but_takes_no_executions() -> None:
    async with TestBed().client() as client:
        session = (await client.post("/api/runtime/sessions")).json()["session"]
        address = f"/api/runtime/sessions/{session['id']}"
        archived = await client.post(f"{address}/archive")
        assert archived.json() == {"session": {**session, "status": "archived"}}
        assert (await client.get(address)).json()["session"] == archived.json()["session"]
        refused(await client.post(f"{address}/tools/echo", json={}), 409, "session_archived")


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/sessions/{id}", "session_not_found"),
        ("GET", "/sessions/{id}/executions", "session_not_found"),
        ("GET", "/sessions/{id}/capabilities", "session_not_found"),
        ("POST", "/sessions/{id}/archive", "session_not_found"),
        ("POST", "/sessions/{id}/tools/echo", "session_not_found"),
        ("GET", "/executions/{id}", "execution_not_found"),
        ("GET", "/executions/{id}/events", "execution_not_found"),
    ],
)
async def test_what_belongs_to_another_organisation_reads_like_nothing_at_all(
    method: str, path: str, code: str
) -> None:
    bed = TestBed()
    headers = {"X-Request-Id": "req_same"}
    async with bed.client() as client, bed.another_client(bed.key(org="globex")) as stranger:
        made = (await client.post("/api/runtime/tools/echo", json={})).json()
        foreign = made["executionId"] if path.startswith("/executions") else made["session"]["id"]
        answers = [
            await stranger.request(method, f"/api/runtime{path.format(id=one)}", headers=headers)
            for one in (foreign, "session_000000", "%00", "x" * 3000, "%F0%9F%98%80")
        ]
    for answer in answers:
        refused(answer, 404, code)
    assert {answer.content for answer in answers} == {answers[0].content}
