import pytest

from memory_service.domain.errors import (
    ContentInvalid,
    InputInvalid,
    MemoryExists,
    PathInvalid,
    PayloadTooLarge,
    Timeout,
    VersionMismatch,
)
from tests.fakes.store import MemoryStore, blob_id
from tests.unit.memory.agents import ACME, Agent
from tests.unit.memory.conftest import FILES, RecordingStore

ICP = "/topics/icp.md"
NOBODYS = "0123456789" * 4


def test_a_write_creates_a_file(agent: Agent, store: MemoryStore) -> None:
    outcome = agent.outcome("memory_write", {"path": "topics/new.md", "content": "New.\n"})

    head = store.head(ACME)
    assert outcome.result == {
        "path": "/topics/new.md",
        "version": blob_id(b"New.\n"),
        "commit": head,
        "created": True,
        "changed": True,
    }
    assert (outcome.summary, outcome.commit) == ("Wrote /topics/new.md", head)
    assert outcome.seen == {"/topics/new.md": blob_id(b"New.\n")}


def test_a_write_replaces_a_file_and_says_what_was_there(agent: Agent) -> None:
    done = agent.write(ICP, "Smaller banks.\n")

    assert (done["created"], done["changed"], done["previousVersion"]) == (False, True, blob_id(FILES[ICP]))
    assert agent.read(ICP)["content"] == "Smaller banks.\n"


def test_a_file_may_be_empty(agent: Agent) -> None:
    assert agent.write(ICP, "")["version"] == blob_id(b"")


def test_the_same_content_makes_no_second_commit(agent: Agent, store: MemoryStore) -> None:
    agent.write(ICP, "Same.\n")
    head = store.head(ACME)

    outcome = agent.outcome("memory_write", {"path": ICP, "content": "Same.\n"})

    assert outcome.result == {
        "path": ICP,
        "version": blob_id(b"Same.\n"),
        "commit": head,
        "created": False,
        "changed": False,
    }
    assert (outcome.commit, store.head(ACME)) == (None, head)
    assert outcome.summary == "/topics/icp.md has this content already"


def test_an_expected_version_that_is_there_is_replaced(agent: Agent) -> None:
    assert agent.write(ICP, "New.\n", expectedVersion=blob_id(FILES[ICP]))["changed"]


def test_a_stale_expected_version_is_refused_with_what_changed(agent: Agent, store: MemoryStore) -> None:
    store.push(ACME, {ICP: FILES[ICP].replace(b"500", b"900")})

    with pytest.raises(VersionMismatch) as caught:
        agent.write(ICP, "New.\n", expectedVersion=blob_id(FILES[ICP]))

    assert caught.value.details["currentVersion"] == agent.read(ICP)["version"]
    assert "-Over 500 people.\n+Over 900 people.\n" in caught.value.details["diff"]


def test_an_expected_version_that_never_was_is_refused_without_a_diff(agent: Agent) -> None:
    with pytest.raises(VersionMismatch) as caught:
        agent.write(ICP, "New.\n", expectedVersion=NOBODYS)

    assert caught.value.details == {"currentVersion": blob_id(FILES[ICP]), "diff": ""}


def test_an_expected_version_of_an_absent_file_is_refused(agent: Agent) -> None:
    with pytest.raises(VersionMismatch) as caught:
        agent.write("/absent.md", "New.\n", expectedVersion=blob_id(FILES[ICP]))

    assert caught.value.details["currentVersion"] is None


def test_a_stale_expected_version_does_no_harm_where_the_content_is_there_already(
    agent: Agent, store: MemoryStore
) -> None:
    store.push(ACME, {ICP: b"New.\n"})

    assert not agent.write(ICP, "New.\n", expectedVersion=blob_id(FILES[ICP]))["changed"]


def test_a_file_that_must_not_exist_is_created(agent: Agent) -> None:
    assert agent.write("/absent.md", "New.\n", expectedVersion=None)["created"]


@pytest.mark.parametrize("content", [FILES[ICP].decode(), "Other.\n"])
def test_a_file_that_must_not_exist_but_does_is_refused_whatever_it_holds(agent: Agent, content: str) -> None:
    with pytest.raises(MemoryExists) as caught:
        agent.write(ICP, content, expectedVersion=None)

    assert caught.value.details == {"path": ICP, "currentVersion": blob_id(FILES[ICP])}


def test_a_refused_write_makes_no_commit(agent: Agent, store: MemoryStore) -> None:
    head = store.head(ACME)

    with pytest.raises(VersionMismatch):
        agent.write(ICP, "New.\n", expectedVersion=NOBODYS)

    assert store.head(ACME) == head


@pytest.mark.parametrize(
    ("given", "subject"),
    [
        ({}, "memory_write /a.md"),
        ({"message": "  "}, "memory_write /a.md"),
        ({"message": " Note the call — it went well "}, "Note the call — it went well"),
        ({"message": "x" * 200}, "x" * 200),
    ],
)
def test_the_commit_tells_who_wrote_why_and_in_which_call(
    agent: Agent, store: RecordingStore, given: dict[str, str], subject: str
) -> None:
    call = agent.call("memory_write")

    agent.outcome("memory_write", {"path": "/a.md", "content": "A.\n", **given}, call)

    (edit,) = store.edits
    assert (edit.subject, edit.author, edit.author_id) == (subject, "Agent", "key_Agent")
    assert edit.trailers == {
        "Capability": "memory_write",
        "Session-Id": call.session_id,
        "Execution-Id": call.execution_id,
        "Run-Id": call.run_id,
        "Key-Id": "key_Agent",
    }


@pytest.mark.parametrize("message", ["two\nlines", "a\rb", "a\x00b", "bell\x07", "a\u2028b", "x" * 201])
def test_a_message_is_one_line_of_at_most_two_hundred_characters(agent: Agent, message: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        agent.write("/a.md", "A.\n", message=message)

    assert caught.value.details["fieldErrors"][0]["field"] == "message"


@pytest.mark.parametrize(("content", "rule"), [("a\0b", "nul"), ("\udcff", "utf8")])
def test_content_that_is_no_text_is_refused(agent: Agent, content: str, rule: str) -> None:
    with pytest.raises(ContentInvalid) as caught:
        agent.write("/a.md", content)

    assert caught.value.details == {"rule": rule}


def test_line_ends_are_kept_as_they_are(agent: Agent) -> None:
    agent.write("/a.md", "a\r\nb\rc")

    assert agent.read("/a.md")["content"] == "a\r\nb\rc"


def test_a_file_over_the_limit_is_refused(agent: Agent) -> None:
    assert agent.write("/a.md", "é" * 2000)["changed"]
    with pytest.raises(PayloadTooLarge) as caught:
        agent.write("/a.md", "é" * 2000 + "x")

    assert caught.value.details == {"limitBytes": 4000}


@pytest.mark.parametrize("path", ["/topics/icp", "/topics", "/", "", "/picture.png", "/.gitattributes", "/.md"])
def test_only_memory_files_are_written(agent: Agent, path: str) -> None:
    with pytest.raises(PathInvalid) as caught:
        agent.write(path, "A.\n")

    assert caught.value.rule == "suffix"


def test_a_twin_of_a_name_that_exists_is_refused(agent: Agent) -> None:
    with pytest.raises(PathInvalid) as caught:
        agent.write("/Topics/icp.md", "A.\n")

    assert caught.value.rule == "twin"


def test_a_call_past_its_deadline_changes_nothing(agent: Agent, store: MemoryStore) -> None:
    head = store.head(ACME)
    late = agent.timed_out("memory_write", Timeout("execution"))

    with pytest.raises(Timeout):
        agent.outcome("memory_write", {"path": "/a.md", "content": "A.\n"}, late)

    assert store.head(ACME) == head
