"""memory_read: a file, or some lines of it."""

import fcntl
from pathlib import Path

import httpx
import pytest

from tests.real_git import hash_object
from tests.runtime_client import TIME, Json, RuntimeClient, refused
from tests.service_fixtures import Organisation, running_service

MEMBERS = {"path", "content", "version", "commit", "updatedAt", "startLine", "endLine", "totalLines", "truncated"}
ASYNC = {"Prefer": "respond-async"}
FIVE = "one\ntwo\nthree\nfour\nfive\n"


@pytest.fixture(scope="module")
def five(shared_org: Organisation) -> RuntimeClient:
    """A client of an organisation that holds a file of five lines."""
    client = shared_org.client()
    client.result("memory_write", path="/five.md", content=FIVE)
    client.result("memory_write", path="/topics/pricing.md", content="# Pricing\n")
    return client


@pytest.mark.requirement("read.shape", "version.blob_id", "commit.full_id", "times.format", "read.truncated")
def test_a_file_is_read_whole(five: RuntimeClient, shared_org: Organisation) -> None:
    read = five.result("memory_read", path="/five.md")
    assert set(read) == MEMBERS
    assert (read["path"], read["content"]) == ("/five.md", FIVE)
    assert read["version"] == hash_object(FIVE)
    assert read["commit"] == shared_org.commits()[0]
    assert TIME.fullmatch(read["updatedAt"])
    assert (read["startLine"], read["endLine"], read["totalLines"], read["truncated"]) == (1, 5, 5, False)


@pytest.mark.requirement("content.text")
@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n",
        "no line break",
        "\r\nwindows\r\n",
        "old mac\rtext",
        "\ufeff# BOM\n",
        "tab\t \u00a0 \u200d 🚀 é e\u0301\n",
    ],
    ids=repr,
)
def test_a_text_comes_back_as_it_was_written(client: RuntimeClient, content: str) -> None:
    written = client.result("memory_write", path="/a.md", content=content)
    read = client.result("memory_read", path="/a.md")
    assert read["content"] == content
    assert read["version"] == written["version"] == hash_object(content)


@pytest.mark.requirement("read.lines")
@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ({}, 1, 5),
        ({"startLine": 1}, 1, 5),
        ({"startLine": 2}, 2, 5),
        ({"startLine": 5}, 5, 5),
        ({"endLine": 1}, 1, 1),
        ({"endLine": 4}, 1, 4),
        ({"endLine": 5}, 1, 5),
        ({"endLine": 500}, 1, 5),
        ({"startLine": 2, "endLine": 3}, 2, 3),
        ({"startLine": 3, "endLine": 3}, 3, 3),
        ({"startLine": 4, "endLine": 1000}, 4, 5),
    ],
    ids=str,
)
def test_lines_are_counted_from_one_and_both_ends_are_included(
    five: RuntimeClient, asked: Json, start: int, end: int
) -> None:
    read = five.result("memory_read", path="/five.md", **asked)
    assert read["content"].splitlines() == FIVE.splitlines()[start - 1 : end]
    assert (read["startLine"], read["endLine"], read["totalLines"]) == (start, end, 5)
    assert read["version"] == hash_object(FIVE)


@pytest.mark.requirement("read.lines", "errors.input_invalid")
@pytest.mark.parametrize(
    "asked",
    [
        {"startLine": 0},
        {"startLine": -1},
        {"endLine": 0},
        {"endLine": -1},
        {"startLine": 3, "endLine": 2},
        {"startLine": 100},
        {"startLine": 2**70},
    ],
    ids=str,
)
def test_lines_that_cannot_be_are_refused(five: RuntimeClient, asked: Json) -> None:
    refused(five.call("memory_read", {"path": "/five.md", **asked}), 400, "input_invalid")


@pytest.mark.requirement("read.lines")
@pytest.mark.parametrize(("content", "lines"), [("a", 1), ("a\n", 1), ("a\nb", 2), ("a\n\n", 2), ("\n", 1), ("", 0)])
def test_a_line_break_at_the_end_begins_no_line(client: RuntimeClient, content: str, lines: int) -> None:
    client.result("memory_write", path="/a.md", content=content)
    assert client.result("memory_read", path="/a.md")["totalLines"] == lines


@pytest.mark.requirement("read.truncated", "read.lines")
def test_a_large_file_is_read_in_parts_that_say_so(client: RuntimeClient) -> None:
    content = "".join(f"{number:06} {'x' * 90}\n" for number in range(10_000))
    client.result("memory_write", path="/large.md", content=content)
    parts: list[str] = []
    start = 1
    while True:
        read = client.result("memory_read", path="/large.md", startLine=start)
        assert read["totalLines"] == 10_000
        parts.append(read["content"])
        assert read["truncated"] == (read["endLine"] < 10_000)
        if not read["truncated"]:
            break
        start = read["endLine"] + 1
    assert "".join(parts) == content


@pytest.mark.requirement("errors.memory_not_found", "errors.execution")
@pytest.mark.parametrize(
    ("path", "similar"),
    [
        ("/topics/prices.md", "/topics/pricing.md"),
        ("/topics/Pricing.md", "/topics/pricing.md"),
        ("/pricing.md", "/topics/pricing.md"),
        ("/topic/pricing.md", "/topics/pricing.md"),
    ],
)
def test_a_file_that_is_not_there_is_not_found_and_others_are_named(
    five: RuntimeClient, path: str, similar: str
) -> None:
    details = refused(five.call("memory_read", {"path": path}), 404, "memory_not_found")
    assert set(details) == {"path", "similar", "executionId"}
    assert details["path"] == path
    assert similar in details["similar"]


@pytest.mark.requirement("errors.memory_not_found")
def test_a_folder_is_no_file(five: RuntimeClient) -> None:
    answer = five.call("memory_read", {"path": "/topics"})
    assert answer.status_code in {400, 404}
    assert answer.json()["code"] in {"path_invalid", "memory_not_found"}


@pytest.mark.requirement("reads.unblocked")
def test_reads_are_answered_while_a_write_waits(org: Organisation) -> None:
    """Another process holds the writer's lock of the repository, so the append is under way but cannot end."""
    client = org.client()
    client.result("memory_write", path="/a.md", content="A walrus.\n")
    with (org.repository / "write.lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = client.call("memory_append", {"path": "/a.md", "content": "More."}, headers=ASYNC)
        append = answer.json()["executionId"]
        with client.stream(append) as events:
            assert [next(events).type for _ in range(3)][-1] == "tool_use"
            assert client.result("memory_read", path="/a.md")["content"] == "A walrus.\n"
            assert client.result("memory_ls")["entries"][0]["path"] == "/a.md"
            assert client.result("memory_search", query="walrus")["total"] == 1
            assert client.execution(append)["status"] == "executing"
            fcntl.flock(lock, fcntl.LOCK_UN)
            assert [event.type for event in events][-1] == "done"
    assert client.result("memory_read", path="/a.md")["totalLines"] == 2


@pytest.mark.requirement("reads.unblocked")
def test_reads_are_answered_while_as_many_writes_wait_as_may_run_at_once(tmp_path: Path) -> None:
    with running_service(tmp_path, workers=4) as running:
        org = running.organisation()
        client = org.client()
        client.result("memory_write", path="/a.md", content="A walrus.\n")
        with (org.repository / "write.lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            call = {"path": "/b.md", "content": "More."}
            writes = [client.call("memory_append", call, headers=ASYNC).json()["executionId"] for _ in range(4)]
            client.http.timeout = httpx.Timeout(5)
            try:
                assert client.result("memory_read", path="/a.md")["content"] == "A walrus.\n"
            finally:
                fcntl.flock(lock, fcntl.LOCK_UN)
            assert [client.events(write)[-1].type for write in writes] == ["done"] * 4


@pytest.mark.requirement("commit.full_id")
def test_the_commit_is_the_head_that_the_answer_was_read_at(org: Organisation) -> None:
    client = org.client()
    for number in range(3):
        client.result("memory_write", path="/a.md", content=f"{number}\n")
        client.result("memory_write", path="/b.md", content=f"{number}\n")
        read = client.result("memory_read", path="/a.md")
        assert read["commit"] == org.commits()[0]
        assert org.git("show", f"{read['commit']}:a.md") == read["content"]
