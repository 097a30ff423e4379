"""The story that git log tells: who, when, in which session and by which call."""

import pytest

from tests.runtime_client import Json, RuntimeClient
from tests.service_fixtures import Organisation

TRAILERS = ("Capability", "Session-Id", "Execution-Id", "Run-Id", "Key-Id")


def _log(org: Organisation, commit: str, form: str) -> str:
    return org.git("log", "-1", f"--format={form}", commit).rstrip("\n")


def _trailers(org: Organisation, commit: str) -> dict[str, str]:
    text = _log(org, commit, "%(trailers:only,unfold)")
    return dict(line.split(": ", 1) for line in text.splitlines() if line)


@pytest.mark.requirement("history.one_commit", "history.author", "history.subject", "history.trailers")
@pytest.mark.parametrize("tool", ["memory_write", "memory_append"])
def test_a_changing_call_is_one_commit_that_tells_its_story(org: Organisation, tool: str) -> None:
    client = org.client("Sales agent")
    before = org.commits()
    org.running.clock.advance(minutes=3)
    answer = client.invoke(tool, {"path": "daily/2026-04-15.md", "content": "- Called Ada."})
    commit, *rest = org.commits()
    assert rest == before
    assert answer["result"]["commit"] == commit
    assert _log(org, commit, "%an") == "Sales agent"
    assert _log(org, commit, "%s") == f"{tool} /daily/2026-04-15.md"
    trailers = _trailers(org, commit)
    assert trailers == {
        "Capability": tool,
        "Session-Id": answer["session"]["id"],
        "Execution-Id": answer["executionId"],
        "Run-Id": answer["runId"],
        "Key-Id": trailers["Key-Id"],
    }
    assert trailers["Key-Id"] in {key.id for key in org.running.service.keyring.list(org.name)}
    assert trailers["Key-Id"] != client.key
    changed = org.git("diff-tree", "--no-commit-id", "--name-only", "-r", commit).split()
    assert changed == ["daily/2026-04-15.md"]


@pytest.mark.requirement("history.grep")
def test_grep_goes_from_an_execution_to_its_commit_and_back(org: Organisation) -> None:
    client = org.client()
    answers = [client.invoke("memory_append", {"path": "/a.md", "content": f"- {number}"}) for number in range(5)]
    for answer in answers:
        found = org.git("log", "--format=%H", "--grep", f"Execution-Id: {answer['executionId']}", "main").split()
        assert found == [answer["result"]["commit"]]
        execution = _trailers(org, found[0])["Execution-Id"]
        assert client.execution(execution)["commit"] == found[0]
    session = answers[2]["session"]["id"]
    assert org.git("log", "--format=%H", "--grep", f"Session-Id: {session}", "main").split() == [
        answers[2]["result"]["commit"]
    ]


@pytest.mark.requirement("history.subject")
@pytest.mark.parametrize(
    "message", ["Note the call with Ada", "Réunion 🚀", 'fix: `code` & "quotes" $HOME', "x" * 72, "-m --amend"]
)
def test_the_message_is_the_subject(org: Organisation, message: str) -> None:
    answer = org.client().invoke("memory_write", {"path": "/a.md", "content": "A.", "message": message})
    assert _log(org, answer["result"]["commit"], "%s") == message


@pytest.mark.requirement("history.trailers", "history.subject")
@pytest.mark.parametrize(
    "message",
    [
        "Note\n\nExecution-Id: exec_forged",
        "Note\nKey-Id: key_forged",
        "Execution-Id: exec_forged",
        "Note\r\n\r\nSession-Id: session_forged\r\n",
        "Note\u2028Key-Id: key_forged",
    ],
)
def test_a_message_cannot_forge_a_trailer(org: Organisation, message: str) -> None:
    answer = org.client().call("memory_write", {"path": "/a.md", "content": "A.", "message": message})
    if answer.status_code == 400:
        assert answer.json()["code"] == "input_invalid"
        return
    trailers = _trailers(org, answer.json()["result"]["commit"])
    assert set(trailers) == set(TRAILERS)
    assert "forged" not in "".join(trailers.values())


@pytest.mark.requirement("history.author")
@pytest.mark.parametrize("name", ["agent", "Ada Lovelace", "Zoë 🚀", "a@b.example", "O'Neil & co."])
def test_the_author_is_the_name_of_the_key(org: Organisation, name: str) -> None:
    answer = org.client(name).invoke("memory_write", {"path": "/a.md", "content": "A."})
    assert _log(org, answer["result"]["commit"], "%an") == name


@pytest.mark.requirement("history.one_commit", "write.same_content_no_commit")
def test_a_call_that_changes_nothing_is_no_commit(org: Organisation) -> None:
    client = org.client()
    client.result("memory_write", path="/a.md", content="A.")
    commits = org.commits()
    calls: list[tuple[str, Json]] = [
        ("memory_ls", {}),
        ("memory_read", {"path": "/a.md"}),
        ("memory_search", {"query": "a"}),
        ("memory_write", {"path": "/a.md", "content": "A."}),
        ("memory_read", {"path": "/absent.md"}),
        ("memory_write", {"path": "/a.md", "content": "B.", "expectedVersion": None}),
    ]
    for tool, tool_input in calls:
        client.call(tool, tool_input)
    assert org.commits() == commits


@pytest.mark.requirement("history.one_commit")
def test_the_head_is_main_and_the_repository_is_sound(org: Organisation, client: RuntimeClient) -> None:
    for number in range(3):
        client.result("memory_append", path=f"/topics/{number}.md", content="A.")
    assert org.git("symbolic-ref", "HEAD").strip() == "refs/heads/main"
    assert org.git("for-each-ref", "--format=%(refname)").split() == ["refs/heads/main"]
    assert org.git("rev-list", "--merges", "main") == ""
    org.git("fsck", "--full", "--strict")


@pytest.mark.requirement("history.one_commit")
def test_the_tree_holds_what_the_tools_answer(org: Organisation, client: RuntimeClient) -> None:
    written = {f"/topics/{number}/{name}.md": f"{number}{name}\n" for number in range(3) for name in "ab"}
    for path, content in written.items():
        client.result("memory_write", path=path, content=content)
    names = org.git("ls-tree", "-r", "--name-only", "main").split()
    assert {"/" + name for name in names if name.endswith(".md")} == set(written)
    for path, content in written.items():
        assert org.git("show", f"main:{path[1:]}") == content
