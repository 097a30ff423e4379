"""memory_write: the whole content of a file."""

import pytest

from tests.real_git import hash_object
from tests.runtime_client import RuntimeClient, refused, succeeded
from tests.service_fixtures import Organisation

MIB = 1024 * 1024


@pytest.mark.requirement("write.shape", "write.created", "version.blob_id", "commit.full_id")
def test_a_file_is_created_and_replaced(org: Organisation) -> None:
    client = org.client()
    first = client.result("memory_write", path="/topics/icp.md", content="Old.\n")
    old, new = hash_object("Old.\n"), hash_object("New.\n")
    assert first == {
        "path": "/topics/icp.md", "version": old, "commit": org.commits()[0], "created": True, "changed": True,
    }  # fmt: skip
    second = client.result("memory_write", path="topics/icp.md", content="New.\n")
    assert second == {
        "path": "/topics/icp.md", "version": new, "commit": org.commits()[0], "created": False, "changed": True,
        "previousVersion": old,
    }  # fmt: skip
    assert org.git("show", "main:topics/icp.md") == "New.\n"


@pytest.mark.requirement("write.same_content_no_commit", "hints.write", "history.one_commit")
def test_the_same_content_makes_no_second_commit(org: Organisation) -> None:
    client = org.client()
    first = client.result("memory_write", path="/a.md", content="Same.")
    commits = org.commits()
    again = client.invoke("memory_write", {"path": "/a.md", "content": "Same."})
    assert org.commits() == commits
    assert (again["result"]["created"], again["result"]["changed"]) == (False, False)
    assert (again["result"]["version"], again["result"]["commit"]) == (first["version"], commits[0])
    assert client.execution(again["executionId"])["commit"] is None


@pytest.mark.requirement("write.expected_version")
def test_the_expected_version_is_replaced(client: RuntimeClient) -> None:
    first = client.result("memory_write", path="/a.md", content="Old.")
    second = client.result("memory_write", path="/a.md", content="New.", expectedVersion=first["version"])
    assert second["previousVersion"] == first["version"]


@pytest.mark.requirement("write.expected_version", "errors.version_mismatch", "errors.execution")
def test_a_stale_version_is_refused_with_the_current_one_and_a_diff(org: Organisation) -> None:
    client = org.client()
    old = client.result("memory_write", path="/a.md", content="# A\n\nPrice: 10\n")
    new = client.result("memory_write", path="/a.md", content="# A\n\nPrice: 12\n")
    commits = org.commits()
    answer = client.call(
        "memory_write", {"path": "/a.md", "content": "# A\n\nPrice: 11\n", "expectedVersion": old["version"]}
    )
    details = refused(answer, 412, "version_mismatch")
    assert set(details) == {"currentVersion", "diff", "executionId"}
    assert details["currentVersion"] == new["version"]
    assert {"-Price: 10", "+Price: 12"} <= set(details["diff"].splitlines())
    assert answer.headers["x-should-retry"] == "false"
    assert org.commits() == commits


@pytest.mark.requirement("write.expected_version", "errors.version_mismatch")
def test_a_version_of_a_file_that_is_not_there_is_stale(client: RuntimeClient) -> None:
    answer = client.call("memory_write", {"path": "/a.md", "content": "A.", "expectedVersion": "0" * 40})
    details = refused(answer, 412, "version_mismatch")
    assert details["currentVersion"] is None


@pytest.mark.requirement("write.expected_version", "errors.input_invalid")
@pytest.mark.parametrize("version", ["", "x", "0" * 39, "0" * 41, "G" * 40, " " + "0" * 40, 1, True, {}])
def test_what_is_no_version_is_refused(shared_client: RuntimeClient, version: object) -> None:
    answer = shared_client.call("memory_write", {"path": "/a.md", "content": "A.", "expectedVersion": version})
    refused(answer, 400, "input_invalid")


@pytest.mark.requirement("write.expected_null", "errors.memory_exists")
def test_null_creates_and_never_replaces(org: Organisation) -> None:
    client = org.client()
    call = {"path": "/a.md", "content": "A.", "expectedVersion": None}
    assert client.result("memory_write", **call)["created"] is True
    commits = org.commits()
    answer = client.call("memory_write", {**call, "content": "B."})
    details = refused(answer, 409, "memory_exists")
    assert details["executionId"]
    assert answer.headers["x-should-retry"] == "false"
    assert org.commits() == commits
    refused(client.call("memory_write", call), 409, "memory_exists")


@pytest.mark.requirement("errors.memory_exists")
@pytest.mark.parametrize(
    ("first", "second"), [("/a.md", "/a.md/b.md"), ("/a.md/b.md", "/a.md"), ("/a.md/b/c.md", "/a.md")]
)
@pytest.mark.parametrize("tool", ["memory_write", "memory_append"])
def test_a_file_and_a_folder_cannot_have_one_name(client: RuntimeClient, tool: str, first: str, second: str) -> None:
    client.result("memory_write", path=first, content="First.")
    refused(client.call(tool, {"path": second, "content": "Second."}), 409, "memory_exists")
    assert client.result("memory_read", path=first)["content"] == "First."


@pytest.mark.requirement("errors.payload_too_large")
def test_a_file_has_at_most_one_mebibyte(org: Organisation) -> None:
    client = org.client()
    largest = "é" * (MIB // 2)
    written = client.result("memory_write", path="/a.md", content=largest)
    commits = org.commits()
    details = refused(
        client.call("memory_write", {"path": "/a.md", "content": largest + "x"}), 413, "payload_too_large"
    )
    assert details["limitBytes"] == MIB
    details = refused(client.call("memory_append", {"path": "/a.md", "content": "x"}), 413, "payload_too_large")
    assert set(details) == {"limitBytes", "executionId"}
    assert org.commits() == commits
    assert client.result("memory_ls")["entries"][0]["version"] == written["version"]


@pytest.mark.requirement("content.text", "errors.content_invalid")
@pytest.mark.parametrize("tool", ["memory_write", "memory_append"])
@pytest.mark.parametrize("content", ["\x00", "text\x00", "PNG\r\n\x1a\n\x00\x00"])
def test_binary_content_is_refused(org: Organisation, tool: str, content: str) -> None:
    client = org.client()
    commits = org.commits()
    details = refused(client.call(tool, {"path": "/a.md", "content": content}), 400, "content_invalid")
    assert details["rule"]
    assert org.commits() == commits


@pytest.mark.requirement("errors.input_invalid", "history.subject")
@pytest.mark.parametrize("message", ["x" * 10_000, "\x00", "a\x00b"])
@pytest.mark.parametrize("tool", ["memory_write", "memory_append"])
def test_a_message_that_is_no_subject_is_refused(org: Organisation, tool: str, message: str) -> None:
    answer = org.client().call(tool, {"path": "/a.md", "content": "A.", "message": message})
    refused(answer, 400, "input_invalid")


@pytest.mark.requirement("path.folders")
@pytest.mark.parametrize(
    "path", ["/MEMORY.md", "/daily/2026-04-15.md", "/topics/icp.md", "/any/other/folder/at/all.md"]
)
def test_any_folder_is_allowed(client: RuntimeClient, path: str) -> None:
    assert client.result("memory_write", path=path, content="A.")["path"] == path
    assert client.result("memory_read", path=path)["content"] == "A."


@pytest.mark.requirement("invoke.shape")
def test_writing_inside_a_session_answers_the_same(client: RuntimeClient) -> None:
    session = client.session()
    body = {"input": {"path": "/a.md", "content": "A."}}
    inside = succeeded(client.post(f"/sessions/{session}/tools/memory_write", body))
    assert inside["result"]["created"] is True
    assert inside["session"]["id"] == session
