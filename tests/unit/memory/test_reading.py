from collections.abc import Iterator

import pytest

from memory_service.domain.errors import InputInvalid, MemoryNotFound, PathInvalid, Timeout
from tests.fakes.store import MemoryStore, blob_id
from tests.unit.memory.agents import ACME, Agent
from tests.unit.memory.conftest import FILES

ICP = "/topics/icp.md"


def test_a_file_is_read_with_its_version_its_commit_and_its_time(agent: Agent, store: MemoryStore) -> None:
    assert agent.read("topics/icp.md") == {
        "path": ICP,
        "content": FILES[ICP].decode(),
        "version": blob_id(FILES[ICP]),
        "commit": store.head(ACME),
        "updatedAt": "2026-04-15T10:00:00.000Z",
        "startLine": 1,
        "endLine": 7,
        "totalLines": 7,
        "truncated": False,
    }


def test_lines_are_counted_from_one_and_both_ends_are_included(agent: Agent) -> None:
    found = agent.read(ICP, startLine=3, endLine=5)

    assert (found["content"], found["startLine"], found["endLine"]) == ("Enterprise fintech.\n\n## Size\n", 3, 5)
    assert (found["totalLines"], found["truncated"]) == (7, False)


def test_an_end_beyond_the_end_means_the_end(agent: Agent) -> None:
    assert agent.read(ICP, startLine=7, endLine=1000)["endLine"] == 7


def test_content_is_given_exactly_as_it_is_kept(agent: Agent, store: MemoryStore) -> None:
    text = "\ufeffone\r\n\ttwo\u2028two\rtwo\x0c\n  \n\nno end"
    store.push(ACME, {"/a.md": text.encode()})

    found = agent.read("/a.md")

    assert (found["content"], found["totalLines"]) == (text, 5)


def test_an_empty_file_has_no_lines(agent: Agent, store: MemoryStore) -> None:
    store.push(ACME, {"/a.md": b""})

    found = agent.read("/a.md")

    assert (found["content"], found["startLine"], found["endLine"], found["totalLines"]) == ("", 1, 0, 0)


def test_a_reader_that_follows_a_file_may_ask_for_the_line_to_come(agent: Agent) -> None:
    found = agent.read(ICP, startLine=8)

    assert (found["content"], found["startLine"], found["endLine"]) == ("", 8, 7)


def test_a_start_further_out_is_refused_and_the_number_of_lines_is_told(agent: Agent) -> None:
    with pytest.raises(InputInvalid) as caught:
        agent.read(ICP, startLine=9)

    assert caught.value.details["fieldErrors"] == [
        {"field": "startLine", "message": "the file has 7 lines", "rule": "range"}
    ]


def test_a_long_file_is_read_in_turns_that_make_up_the_whole(agent: Agent, store: MemoryStore) -> None:
    content = "".join(f"{number} {'x' * (number % 150)}\n" for number in range(60))
    store.push(ACME, {"/long.md": content.encode()})

    parts = [agent.read("/long.md")]
    while parts[-1]["truncated"] and len(parts) < 100:
        parts.append(agent.read("/long.md", startLine=parts[-1]["endLine"] + 1))

    assert "".join(part["content"] for part in parts) == content
    assert parts[-1]["endLine"] == parts[-1]["totalLines"] == 60
    assert len(parts) > 10


@pytest.mark.parametrize(
    ("path", "similar"),
    [
        ("/topics/icp", ["/topics/icp.md"]),
        ("/topics", ["/topics/icp.md"]),
        ("/notes/icp.md", ["/topics/icp.md"]),
        ("/", ["/MEMORY.md", "/daily/2026-04-14.md", "/topics/icp.md"]),
        ("/topics/icp.md/section", []),
        ("/nothing/of/the/kind.txt", []),
    ],
)
def test_what_is_no_file_is_not_found_and_likely_files_are_named(agent: Agent, path: str, similar: list[str]) -> None:
    with pytest.raises(MemoryNotFound) as caught:
        agent.read(path)

    assert caught.value.details == {"path": path, "similar": similar}


def test_at_most_five_likely_files_are_named(agent: Agent, store: MemoryStore) -> None:
    store.push(ACME, {f"/many/{number}.md": b"x\n" for number in range(9)})

    with pytest.raises(MemoryNotFound) as caught:
        agent.read("/many")

    assert caught.value.details["similar"] == [f"/many/{number}.md" for number in range(5)]


def test_a_path_that_breaks_a_rule_is_no_missing_file(agent: Agent) -> None:
    with pytest.raises(PathInvalid) as caught:
        agent.read("/topics/../icp.md")

    assert caught.value.rule == "dots"


def test_a_file_older_than_the_service_is_read_although_it_is_no_utf8(agent: Agent, store: MemoryStore) -> None:
    store.push(ACME, {"/old.md": b"caf\xe9\n"})

    assert agent.read("/old.md")["content"] == "caf\ufffd\n"


def test_what_a_push_changed_is_what_is_read_next(agent: Agent, store: MemoryStore) -> None:
    agent.read(ICP)
    commit = store.push(ACME, {ICP: b"pushed\n"})

    found = agent.read(ICP)

    assert (found["content"], found["commit"], found["updatedAt"]) == ("pushed\n", commit, "2026-04-15T11:00:00.000Z")


@pytest.mark.parametrize(
    ("tool", "given", "looks"),
    [
        ("memory_ls", {"path": "/"}, 2),
        ("memory_read", {"path": ICP}, 1),
        ("memory_search", {"query": "Dana banks fintech"}, 1 + len(FILES)),
    ],
)
def test_a_call_that_reads_ends_past_its_deadline_however_far_it_is(
    agent: Agent, tool: str, given: dict[str, str], looks: int
) -> None:
    for last in range(1, looks + 1):
        steps = iter(range(1, last))

        def check(left: Iterator[int] = steps) -> None:
            if next(left, None) is None:
                raise Timeout("execution")

        with pytest.raises(Timeout):
            agent.outcome(tool, given, agent.call(tool, check))
        assert next(steps, None) is None
