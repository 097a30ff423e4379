import pytest

from memory_service.domain.errors import VersionMismatch
from tests.fakes.store import MemoryStore, blob_id
from tests.unit.memory.agents import ACME, Agent
from tests.unit.memory.conftest import FILES

ICP = "/topics/icp.md"


def test_a_write_over_what_others_changed_since_it_was_read_is_refused_with_the_diff(
    agent: Agent, other: Agent
) -> None:
    agent.read(ICP)
    theirs = other.write(ICP, FILES[ICP].decode().replace("500", "900"))

    with pytest.raises(VersionMismatch) as caught:
        agent.write(ICP, "Mine.\n")

    assert caught.value.details["currentVersion"] == theirs["version"]
    assert "-Over 500 people.\n+Over 900 people.\n" in caught.value.details["diff"]
    assert other.read(ICP)["version"] == theirs["version"]


def test_a_write_over_what_others_changed_since_it_was_written_is_refused(agent: Agent, store: MemoryStore) -> None:
    agent.write(ICP, "Mine.\n")
    store.push(ACME, {ICP: b"Mine.\nA person's.\n"})

    with pytest.raises(VersionMismatch) as caught:
        agent.write(ICP, "Mine again.\n")

    assert "+A person's.\n" in caught.value.details["diff"]


def test_the_diff_begins_at_what_the_session_saw_last(agent: Agent, other: Agent) -> None:
    agent.read(ICP)
    other.write(ICP, "Second.\n")
    agent.read(ICP)
    other.write(ICP, "Third.\n")

    with pytest.raises(VersionMismatch) as caught:
        agent.write(ICP, "Mine.\n")

    assert caught.value.details["diff"].endswith("-Second.\n+Third.\n")


def test_a_write_over_what_others_removed_is_refused(agent: Agent, store: MemoryStore) -> None:
    agent.read(ICP)
    store.push(ACME, {ICP: None})

    with pytest.raises(VersionMismatch) as caught:
        agent.write(ICP, "Mine.\n")

    assert caught.value.details["currentVersion"] is None
    assert "-Over 500 people.\n" in caught.value.details["diff"]


def test_a_session_that_never_saw_the_file_may_overwrite_it(agent: Agent, other: Agent) -> None:
    theirs = other.write(ICP, "Theirs.\n")

    assert agent.write(ICP, "Mine.\n")["previousVersion"] == theirs["version"]


def test_a_sessions_own_changes_do_not_stand_in_its_way(agent: Agent) -> None:
    agent.read(ICP)
    agent.append(ICP, "Mine.")
    agent.write(ICP, "Mine.\n")

    assert agent.write(ICP, "Mine, too.\n")["changed"]


def test_after_reading_what_is_there_the_session_may_write(agent: Agent, other: Agent) -> None:
    agent.read(ICP)
    other.write(ICP, "Theirs.\n")
    with pytest.raises(VersionMismatch):
        agent.write(ICP, "Mine.\n")

    agent.read(ICP)

    assert agent.write(ICP, "Mine.\n")["changed"]


def test_with_an_expected_version_that_alone_decides(agent: Agent, other: Agent) -> None:
    agent.read(ICP)
    theirs = other.write(ICP, "Theirs.\n")

    assert agent.write(ICP, "Mine.\n", expectedVersion=theirs["version"])["changed"]


def test_what_others_wrote_is_not_in_the_way_of_writing_the_same(agent: Agent, other: Agent) -> None:
    agent.read(ICP)
    other.write(ICP, "Same.\n")

    assert not agent.write(ICP, "Same.\n")["changed"]


def test_what_others_put_back_is_what_the_session_saw(agent: Agent, other: Agent) -> None:
    seen = agent.read(ICP)
    other.write(ICP, "Theirs.\n")
    other.write(ICP, seen["content"])

    assert agent.write(ICP, "Mine.\n")["changed"]


def test_any_version_that_the_session_has_seen_may_be_there(agent: Agent, other: Agent) -> None:
    first = agent.read(ICP)
    agent.write(ICP, "Mine.\n")
    other.write(ICP, first["content"])

    assert agent.write(ICP, "Mine again.\n")["changed"]


def test_an_append_to_what_others_changed_does_not_show_it(agent: Agent, other: Agent) -> None:
    agent.read(ICP)
    other.write(ICP, "Theirs.\n")
    agent.append(ICP, "Mine.")

    with pytest.raises(VersionMismatch) as caught:
        agent.write(ICP, "Mine alone.\n")

    assert "+Theirs.\n+Mine.\n" in caught.value.details["diff"]


def test_who_has_only_appended_may_overwrite_as_long_as_nobody_else_has_changed_the_file(
    agent: Agent, other: Agent
) -> None:
    agent.append(ICP, "Mine.")
    agent.write(ICP, "All mine.\n")
    other.append(ICP, "Theirs.")

    with pytest.raises(VersionMismatch):
        agent.write(ICP, "Mine again.\n")


def test_who_has_appended_is_guarded_like_who_has_written(agent: Agent, other: Agent) -> None:
    agent.append(ICP, "Mine.")
    other.append(ICP, "Theirs.")

    with pytest.raises(VersionMismatch):
        agent.write(ICP, "Mine again.\n")


def test_an_append_past_an_unseen_change_does_not_show_it(agent: Agent, other: Agent) -> None:
    agent.read(ICP)
    other.append(ICP, "Theirs.")

    assert agent.outcome("memory_append", {"path": ICP, "content": "Mine."}).seen == {}


def test_an_append_that_made_the_file_or_added_to_what_was_seen_is_seen(agent: Agent) -> None:
    made = agent.outcome("memory_append", {"path": "/new.md", "content": "One."})
    added = agent.outcome("memory_append", {"path": "/new.md", "content": "Two."})

    assert made.seen == {"/new.md": blob_id(b"One.\n")}
    assert added.seen == {"/new.md": blob_id(b"One.\nTwo.\n")}


def test_another_session_of_the_same_key_is_guarded_by_what_it_has_seen_itself(agent: Agent, other: Agent) -> None:
    agent.read(ICP)
    other.principal = agent.principal

    other.write(ICP, "Theirs.\n")

    with pytest.raises(VersionMismatch):
        agent.write(ICP, "Mine.\n")
