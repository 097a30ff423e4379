"""An agent cannot overwrite unknowingly what it has not seen."""

import pytest

from tests.runtime_client import Json, RuntimeClient, refused
from tests.service_fixtures import Organisation

PATH = "/topics/pricing.md"


def _write(client: RuntimeClient, session: str, content: str, **more: object) -> Json:
    return client.result("memory_write", session=session, path=PATH, content=content, **more)


def _mismatch(client: RuntimeClient, session: str, content: str) -> Json:
    answer = client.call("memory_write", {"path": PATH, "content": content}, sessionId=session)
    assert answer.headers["x-should-retry"] == "false"
    return refused(answer, 412, "version_mismatch")


@pytest.mark.requirement("guard.read", "guard.diff", "errors.version_mismatch")
def test_what_was_read_and_changed_since_is_not_overwritten(org: Organisation) -> None:
    agent, other = org.client(), org.client()
    other.result("memory_write", path=PATH, content="# Pricing\n\nStart: 10\n")
    session = agent.session()
    agent.result("memory_read", session=session, path=PATH)
    current = other.result("memory_write", path=PATH, content="# Pricing\n\nStart: 12\n")
    commits = org.commits()
    details = _mismatch(agent, session, "# Pricing\n\nStart: 11\n")
    assert details["currentVersion"] == current["version"]
    assert {"-Start: 10", "+Start: 12"} <= set(details["diff"].splitlines())
    assert org.commits() == commits
    assert agent.result("memory_read", path=PATH)["content"] == "# Pricing\n\nStart: 12\n"


@pytest.mark.requirement("guard.written", "guard.diff")
@pytest.mark.parametrize("tool", ["memory_write", "memory_append"])
def test_what_was_written_and_changed_since_is_not_overwritten(org: Organisation, tool: str) -> None:
    agent, other = org.client(), org.client()
    session = agent.session()
    agent.result(tool, session=session, path=PATH, content="Start: 10\n")
    other.result("memory_append", path=PATH, content="Discount: 5\n")
    details = _mismatch(agent, session, "Start: 11\n")
    assert "+Discount: 5" in details["diff"].splitlines()


@pytest.mark.requirement("guard.read")
def test_another_session_of_the_same_key_is_somebody_else(client: RuntimeClient) -> None:
    first, second = client.session(), client.session()
    _write(client, first, "Start: 10\n")
    _write(client, second, "Start: 12\n")
    _mismatch(client, first, "Start: 11\n")


@pytest.mark.requirement("guard.unseen")
def test_a_session_that_never_saw_the_file_overwrites_it(client: RuntimeClient) -> None:
    first, second = client.session(), client.session()
    old = _write(client, first, "Start: 10\n")
    new = _write(client, second, "Start: 12\n")
    assert (new["changed"], new["previousVersion"]) == (True, old["version"])


@pytest.mark.requirement("guard.unseen")
def test_having_listed_or_found_the_file_is_not_having_read_it(client: RuntimeClient) -> None:
    first, second = client.session(), client.session()
    _write(client, first, "Start: 10\n")
    client.result("memory_ls", session=second, path="/topics")
    _write(client, first, "Start: 12\n")
    assert _write(client, second, "Start: 11\n")["changed"] is True


@pytest.mark.requirement("guard.own")
def test_a_sessions_own_changes_do_not_stand_in_its_way(client: RuntimeClient) -> None:
    session = client.session()
    for number in range(4):
        assert _write(client, session, f"Start: {number}\n")["changed"] is True
        client.result("memory_append", session=session, path=PATH, content="- Note\n")
    client.result("memory_read", session=session, path=PATH)
    assert _write(client, session, "Start: 5\n")["changed"] is True


@pytest.mark.requirement("guard.again")
def test_after_reading_what_is_there_the_session_writes(client: RuntimeClient) -> None:
    session = client.session()
    _write(client, session, "Start: 10\n")
    client.result("memory_write", path=PATH, content="Start: 12\n")
    _mismatch(client, session, "Start: 11\n")
    client.result("memory_read", session=session, path=PATH)
    assert _write(client, session, "Start: 13\n")["changed"] is True


@pytest.mark.requirement("guard.again")
def test_a_refusal_alone_does_not_open_the_way(client: RuntimeClient) -> None:
    session = client.session()
    _write(client, session, "Start: 10\n")
    client.result("memory_write", path=PATH, content="Start: 12\n")
    _mismatch(client, session, "Start: 11\n")
    _mismatch(client, session, "Start: 11\n")


@pytest.mark.requirement("guard.expected_version", "write.expected_version")
def test_with_an_expected_version_that_alone_decides(client: RuntimeClient) -> None:
    session = client.session()
    _write(client, session, "Start: 10\n")
    current = client.result("memory_write", path=PATH, content="Start: 12\n")
    assert _write(client, session, "Start: 11\n", expectedVersion=current["version"])["changed"] is True


@pytest.mark.requirement("guard.read")
def test_an_append_is_never_in_the_way_of_anybody(client: RuntimeClient) -> None:
    session = client.session()
    client.result("memory_append", session=session, path=PATH, content="- One")
    client.result("memory_append", path=PATH, content="- Two")
    client.result("memory_append", session=session, path=PATH, content="- Three")
    lines = client.result("memory_read", path=PATH)["content"].splitlines()
    assert lines == ["- One", "- Two", "- Three"]


@pytest.mark.requirement("guard.read")
def test_appending_blindly_is_not_having_seen_the_file(client: RuntimeClient) -> None:
    """A session that appended to what others wrote has not seen their lines: overwriting them would be unknowing."""
    session = client.session()
    _write(client, session, "- One\n")
    client.result("memory_append", path=PATH, content="- Two")
    client.result("memory_append", session=session, path=PATH, content="- Three")
    details = _mismatch(client, session, "- Four\n")
    assert "+- Two" in details["diff"].splitlines()
