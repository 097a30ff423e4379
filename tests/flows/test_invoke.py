"""Invoking a tool: what may be sent, and the answer to the letter."""

import pytest

from tests.flows.test_sessions import MEMBERS as SESSION_MEMBERS
from tests.runtime_client import TIME, RuntimeClient, refused, succeeded
from tests.service_fixtures import Organisation

MEMBERS = {"session", "capability", "runId", "executionId", "executionEventsUrl", "summary", "result"}
CAPABILITY_MEMBERS = {"name", "kind", "description", "isReadOnly", "supportsIdempotency", "accounts"}


@pytest.mark.requirement(
    "address.invoke",
    "invoke.shape",
    "invoke.shape.session",
    "invoke.shape.capability",
    "invoke.shape.events_url",
    "invoke.title.default",
    "ids.prefixed",
    "times.format",
)
def test_the_answer_has_the_shape_of_the_contract(client: RuntimeClient) -> None:
    client.result("memory_write", path="/topics/icp.md", content="# ICP\n\nEnterprise fintech.\n")
    answer = client.invoke("memory_search", {"query": "enterprise fintech"})
    assert set(answer) == MEMBERS
    session = answer["session"]
    assert set(session) == SESSION_MEMBERS
    assert session["id"].startswith("session_")
    assert session["title"] == "Agent Runtime Session"
    assert (session["source"], session["interactionMode"], session["status"]) == ("api", "execute", "active")
    assert TIME.fullmatch(session["createdAt"])
    assert TIME.fullmatch(session["updatedAt"])
    listed = {entry["name"]: entry for entry in succeeded(client.get("/capabilities"))["capabilities"]}
    assert answer["capability"] == {name: listed["memory_search"][name] for name in CAPABILITY_MEMBERS}
    assert answer["runId"].startswith("run_")
    assert answer["executionId"].startswith("exec_")
    base = str(client.http.base_url).rstrip("/")
    assert answer["executionEventsUrl"] == f"{base}/api/runtime/executions/{answer['executionId']}/events"
    assert answer["summary"] == "1 hits"
    assert [hit["path"] for hit in answer["result"]["hits"]] == ["/topics/icp.md"]


@pytest.mark.requirement("invoke.shape.events_url")
def test_the_events_url_leads_to_the_stream(client: RuntimeClient) -> None:
    answer = client.invoke("memory_ls")
    stream = client.http.get(answer["executionEventsUrl"])
    assert stream.text.count("event: done") == 1


@pytest.mark.requirement("invoke.input.default")
def test_input_defaults_to_an_empty_object(client: RuntimeClient) -> None:
    assert client.invoke("board_list")["result"]["input"] == {}
    assert client.result("memory_ls")["path"] == "/"


@pytest.mark.requirement("invoke.input.object", "errors.request_invalid")
@pytest.mark.parametrize("tool_input", [None, [], [{}], "x", 1, 1.5, True], ids=str)
def test_input_that_is_no_object_is_refused(shared_client: RuntimeClient, tool_input: object) -> None:
    answer = shared_client.post("/tools/memory_ls", {"input": tool_input})
    refused(answer, 400, "request_invalid")


@pytest.mark.requirement("invoke.unknown_members", "errors.request_invalid")
@pytest.mark.parametrize("member", ["inputs", "Input", "session", "session_id", "", "__proto__", "input "])
def test_an_unknown_member_of_the_body_is_refused_by_name(shared_client: RuntimeClient, member: str) -> None:
    details = refused(shared_client.post("/tools/memory_ls", {member: {}}), 400, "request_invalid")
    assert [error["field"] for error in details["fieldErrors"]] == [member]


@pytest.mark.requirement("errors.request_invalid")
@pytest.mark.parametrize(
    "body",
    [[], "x", 1, True, {"sessionId": 1}, {"title": 1}, {"connectedAccountId": {}}, {"title": ["x"]}],
    ids=str,
)
def test_a_body_of_another_shape_is_refused(shared_client: RuntimeClient, body: object) -> None:
    refused(shared_client.http.post("/api/runtime/tools/memory_ls", json=body), 400, "request_invalid")


@pytest.mark.requirement("errors.input_invalid")
@pytest.mark.parametrize(
    ("tool", "tool_input", "field"),
    [
        ("memory_read", {}, "path"),
        ("memory_read", {"path": 1}, "path"),
        ("memory_read", {"path": None}, "path"),
        ("memory_read", {"path": "/a.md", "startLine": "1"}, "startLine"),
        ("memory_read", {"path": "/a.md", "startLine": 1.5}, "startLine"),
        ("memory_read", {"path": "/a.md", "startLine": True}, "startLine"),
        ("memory_read", {"path": "/a.md", "lines": 1}, "lines"),
        ("memory_write", {"path": "/a.md"}, "content"),
        ("memory_write", {"path": "/a.md", "content": 1}, "content"),
        ("memory_write", {"path": "/a.md", "content": None}, "content"),
        ("memory_write", {"path": "/a.md", "content": "A", "message": 1}, "message"),
        ("memory_write", {"path": "/a.md", "content": "A", "expectedVersion": "x"}, "expectedVersion"),
        ("memory_append", {"path": "/a.md", "content": ["A"]}, "content"),
        ("memory_append", {"path": "/a.md", "content": "A", "expectedVersion": None}, "expectedVersion"),
        ("memory_search", {}, "query"),
        ("memory_search", {"query": "x", "limit": "10"}, "limit"),
        ("memory_ls", {"depth": "1"}, "depth"),
        ("memory_ls", {"limit": [200]}, "limit"),
        ("memory_ls", {"recursive": True}, "recursive"),
    ],
)
def test_input_that_does_not_fit_the_parameters_is_refused_by_field(
    shared_client: RuntimeClient, tool: str, tool_input: dict[str, object], field: str
) -> None:
    details = refused(shared_client.call(tool, tool_input), 400, "input_invalid")
    assert field in [error["field"] for error in details["fieldErrors"]]
    assert all(error["message"] for error in details["fieldErrors"])
    assert "executionId" not in details


@pytest.mark.requirement("errors.input_invalid")
def test_every_wrong_field_is_named_at_once(shared_client: RuntimeClient) -> None:
    details = refused(shared_client.call("memory_write", {"content": 1, "note": 2}), 400, "input_invalid")
    assert {error["field"] for error in details["fieldErrors"]} == {"path", "content", "note"}


@pytest.mark.requirement("errors.capability_not_found")
@pytest.mark.parametrize("tool", ["memory_forget", "MEMORY_LS", "memory_ls%20", "x" * 300, "é", "%00"])
def test_an_unknown_tool_is_not_found(shared_client: RuntimeClient, tool: str) -> None:
    refused(shared_client.post(f"/tools/{tool}", {}), 404, "capability_not_found")
    session = shared_client.session()
    refused(shared_client.post(f"/sessions/{session}/tools/{tool}", {}), 404, "capability_not_found")


@pytest.mark.requirement("invoke.session", "address.session.invoke", "invoke.title.existing")
def test_a_call_runs_in_the_session_it_names(client: RuntimeClient) -> None:
    session = client.session(title="Mine")
    by_member = client.invoke("memory_ls", sessionId=session, title="Other")
    by_address = succeeded(client.post(f"/sessions/{session}/tools/memory_ls", {"title": "Other"}))
    for answer in (by_member, by_address):
        assert set(answer) == MEMBERS
        assert (answer["session"]["id"], answer["session"]["title"]) == (session, "Mine")


@pytest.mark.requirement("invoke.title")
@pytest.mark.parametrize("title", ["Quarterly review", "Réunion d’équipe 🚀", "x"])
def test_a_call_without_a_session_makes_one_with_its_title(client: RuntimeClient, title: str) -> None:
    answer = client.invoke("memory_ls", title=title)
    assert answer["session"]["title"] == title
    found = succeeded(client.get(f"/sessions/{answer['session']['id']}"))
    assert found["session"] == answer["session"]


@pytest.mark.requirement("invoke.session")
def test_two_calls_without_a_session_make_two(client: RuntimeClient) -> None:
    assert client.invoke("memory_ls")["session"]["id"] != client.invoke("memory_ls")["session"]["id"]


@pytest.mark.requirement("invoke.one_execution", "ids.time_ordered")
def test_every_valid_call_makes_one_execution(client: RuntimeClient) -> None:
    session = client.session()
    answers = [client.call("memory_read", {"path": "/absent.md"}, sessionId=session).json()["details"]]
    answers += [client.invoke("memory_ls", sessionId=session) for _ in range(3)]
    answers.append(client.invoke("memory_write", {"path": "/a.md", "content": "A."}, sessionId=session))
    identifiers = [answer["executionId"] for answer in answers]
    assert identifiers == sorted(set(identifiers))
    runs = [answer["runId"] for answer in answers[1:]]
    assert runs == sorted(set(runs))
    executions = succeeded(client.get(f"/sessions/{session}/executions"))["executions"]
    assert [execution["id"] for execution in executions] == identifiers[::-1]


@pytest.mark.requirement("invoke.refused_no_execution", "json.never_stored")
def test_a_refused_call_makes_neither_execution_nor_session(org: Organisation) -> None:
    client = org.client()
    session = client.session()
    refusals = [
        client.call("memory_read", {}, sessionId=session),
        client.call("memory_read", {"path": "/../a.md"}, sessionId=session),
        client.call("memory_forget", sessionId=session),
        client.call("crm_search_people", sessionId=session),
        client.call("memory_ls", sessionId=session, connectedAccountId="acc_1"),
        client.call("memory_ls", sessionId=session, other=1),
        client.call("memory_ls", sessionId=session, headers={"Idempotency-Key": "x" * 256}),
        client.call("memory_read", {}),
        client.post_raw("/tools/memory_ls", b'{"input": {"path": NaN}}'),
    ]
    assert [answer.status_code // 100 for answer in refusals] == [4] * len(refusals)
    assert succeeded(client.get(f"/sessions/{session}/executions"))["executions"] == []
    assert [entry["id"] for entry in succeeded(client.get("/sessions"))["sessions"]] == [session]
