import pytest

from memory_service.domain.errors import ContentInvalid, InputInvalid, PathInvalid, PayloadTooLarge, Timeout
from tests.fakes.store import MemoryStore, blob_id
from tests.unit.memory.agents import ACME, Agent

TODAY = "/daily/2026-04-15.md"
YESTERDAY = "/daily/2026-04-14.md"


def test_an_append_creates_the_file(agent: Agent, store: MemoryStore) -> None:
    outcome = agent.outcome("memory_append", {"path": TODAY, "content": "- met Dana\n- wrote it up"})

    assert outcome.result == {
        "path": TODAY,
        "version": blob_id(b"- met Dana\n- wrote it up\n"),
        "commit": store.head(ACME),
        "created": True,
        "startLine": 1,
        "endLine": 2,
    }
    assert (outcome.summary, outcome.commit) == ("Appended to /daily/2026-04-15.md", store.head(ACME))


def test_an_append_tells_the_lines_that_its_text_takes(agent: Agent) -> None:
    done = agent.append(YESTERDAY, "- met Dana\n- wrote it up")

    assert (done["created"], done["startLine"], done["endLine"]) == (False, 3, 4)
    shown = agent.read(YESTERDAY, startLine=done["startLine"], endLine=done["endLine"])
    assert shown["content"] == "- met Dana\n- wrote it up\n"


@pytest.mark.parametrize("old", ["one", "one\n", "one\n\n\n"])
@pytest.mark.parametrize("new", ["two", "\n\ntwo\n", "two\n\n"])
def test_an_append_keeps_exactly_one_line_break_between_old_and_new(agent: Agent, old: str, new: str) -> None:
    agent.write("/a.md", old)

    agent.append("/a.md", new)

    assert agent.read("/a.md")["content"] == "one\ntwo\n"


def test_an_append_takes_the_line_break_of_the_file(agent: Agent) -> None:
    agent.write("/a.md", "one\r\ntwo")

    done = agent.append("/a.md", "three")

    assert agent.read("/a.md")["content"] == "one\r\ntwo\r\nthree\r\n"
    assert (done["startLine"], done["endLine"]) == (3, 3)


def test_an_append_leaves_what_was_there_untouched_byte_for_byte(agent: Agent, store: MemoryStore) -> None:
    store.push(ACME, {"/old.md": b"caf\xe9\r\n"})

    assert agent.append("/old.md", "more")["version"] == blob_id(b"caf\xe9\r\nmore\r\n")


def test_the_same_text_is_appended_twice(agent: Agent) -> None:
    agent.append(TODAY, "- again")
    agent.append(TODAY, "- again")

    assert agent.read(TODAY)["content"] == "- again\n- again\n"


@pytest.mark.parametrize("content", ["", "\n\n", "  \t"])
def test_an_append_has_something_to_append(agent: Agent, content: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        agent.append(TODAY, content)

    assert caught.value.details["fieldErrors"][0]["field"] == "content"


def test_a_file_that_would_pass_the_limit_is_left_as_it_is(agent: Agent) -> None:
    agent.write("/a.md", "x" * 3990)

    with pytest.raises(PayloadTooLarge) as caught:
        agent.append("/a.md", "0123456789")

    assert caught.value.details == {"limitBytes": 4000}
    assert agent.read("/a.md")["content"] == "x" * 3990


def test_what_is_no_text_or_no_memory_file_is_refused(agent: Agent) -> None:
    with pytest.raises(ContentInvalid):
        agent.append(TODAY, "a\0b")
    with pytest.raises(PathInvalid):
        agent.append("/daily/2026-04-15", "text")


def test_a_call_past_its_deadline_appends_nothing(agent: Agent, store: MemoryStore) -> None:
    head = store.head(ACME)

    with pytest.raises(Timeout):
        agent.outcome(
            "memory_append",
            {"path": TODAY, "content": "late"},
            agent.timed_out("memory_append", Timeout("execution")),
        )

    assert store.head(ACME) == head


def test_appends_of_many_agents_are_all_kept(agent: Agent, other: Agent) -> None:
    for number in range(5):
        agent.append(TODAY, f"- agent {number}")
        other.append(TODAY, f"- other {number}")

    assert agent.read(TODAY)["totalLines"] == 10
