import pytest

from memory_service.domain.errors import InputInvalid, MemoryNotFound, PathInvalid
from memory_service.domain.paths import MemoryPath
from tests.fakes.store import MemoryStore, blob_id
from tests.unit.memory.agents import ACME, Agent
from tests.unit.memory.conftest import FILES


def paths(listing: dict[str, list[dict[str, str]]]) -> list[str]:
    return [entry["path"] for entry in listing["entries"]]


def test_a_listing_shows_what_is_directly_in_the_root(agent: Agent, store: MemoryStore) -> None:
    assert agent.ls() == {
        "path": "/",
        "commit": store.head(ACME),
        "entries": [
            {
                "path": "/MEMORY.md",
                "type": "file",
                "size": len(FILES["/MEMORY.md"]),
                "version": blob_id(FILES["/MEMORY.md"]),
                "title": "Memory",
                "updatedAt": "2026-04-15T10:00:00.000Z",
            },
            {"path": "/daily", "type": "directory", "size": None, "version": None, "updatedAt": None},
            {"path": "/topics", "type": "directory", "size": None, "version": None, "updatedAt": None},
        ],
    }


def test_a_file_without_a_title_is_listed_without_one(agent: Agent) -> None:
    (entry,) = agent.ls(path="/daily")["entries"]

    assert "title" not in entry


def test_depth_says_how_many_levels_are_listed(agent: Agent, store: MemoryStore) -> None:
    store.push(ACME, {"/a/b/c/d.md": b"d\n"})

    assert paths(agent.ls(path="/a", depth=1)) == ["/a/b"]
    assert paths(agent.ls(path="/a", depth=2)) == ["/a/b", "/a/b/c"]
    assert paths(agent.ls(path="/a", depth=32)) == ["/a/b", "/a/b/c", "/a/b/c/d.md"]


def test_folders_come_before_what_they_hold_and_siblings_in_the_order_of_their_names(
    agent: Agent, store: MemoryStore
) -> None:
    store.create(ACME, dict.fromkeys(["/b/z.md", "/b-1.md", "/b.md", "/a/é.md", "/a/z.md", "/B.md"], b"x\n"))

    assert paths(agent.ls(depth=32)) == ["/B.md", "/a", "/a/z.md", "/a/é.md", "/b", "/b/z.md", "/b-1.md", "/b.md"]


def test_a_folder_may_be_written_with_a_closing_slash_and_without_the_first(agent: Agent) -> None:
    assert agent.ls(path="topics/") == agent.ls(path="/topics")


def test_the_path_of_a_file_lists_that_file(agent: Agent) -> None:
    assert paths(agent.ls(path="/topics/icp.md", depth=3)) == ["/topics/icp.md"]


def test_an_empty_memory_lists_nothing(agent: Agent, store: MemoryStore) -> None:
    store.create(ACME)

    assert agent.ls()["entries"] == []


def test_an_absent_folder_is_not_found_and_likely_ones_are_named(agent: Agent) -> None:
    with pytest.raises(MemoryNotFound) as caught:
        agent.ls(path="/topic")

    assert caught.value.details["path"] == "/topic"
    assert caught.value.details["similar"][0] == "/topics"


def test_pages_follow_one_another_without_gap_or_repetition(agent: Agent, store: MemoryStore) -> None:
    store.create(ACME, {f"/f{number % 3}/n{number}.md": b"x\n" for number in range(20)})
    whole = agent.ls(depth=32)

    pages = [agent.ls(depth=32, limit=4)]
    while "nextCursor" in pages[-1] and len(pages) < 20:
        assert len(pages[-1]["entries"]) == 4
        pages.append(agent.ls(depth=32, limit=4, cursor=pages[-1]["nextCursor"]))

    assert [entry for page in pages for entry in page["entries"]] == whole["entries"]
    assert len(pages) == 6


def test_a_last_page_that_is_full_has_no_cursor(agent: Agent) -> None:
    assert "nextCursor" not in agent.ls(limit=3)


def test_further_pages_show_the_commit_of_the_first(agent: Agent, store: MemoryStore) -> None:
    first = agent.ls(depth=32, limit=2)
    store.push(ACME, {"/MEMORY.md": None, "/A.md": b"new\n", "/topics/icp.md": b"changed\n"})

    second = agent.ls(depth=32, limit=20, cursor=first["nextCursor"])

    assert second["commit"] == first["commit"]
    assert paths(first) + paths(second) == ["/MEMORY.md", "/daily", "/daily/2026-04-14.md", "/topics", "/topics/icp.md"]


def test_what_changed_since_the_first_page_keeps_its_size_and_loses_its_time(agent: Agent, store: MemoryStore) -> None:
    first = agent.ls(path="/topics", limit=1)
    assert "nextCursor" not in first
    store.push(ACME, {"/topics/pricing.md": b"# Pricing\n"})
    first = agent.ls(path="/topics", limit=1)
    store.push(ACME, {"/topics/pricing.md": b"# Pricing\n\nmore\n"})

    (entry,) = agent.ls(path="/topics", limit=1, cursor=first["nextCursor"])["entries"]

    assert entry == {
        "path": "/topics/pricing.md",
        "type": "file",
        "size": 10,
        "version": blob_id(b"# Pricing\n"),
        "updatedAt": None,
    }


@pytest.mark.parametrize("cursor", ["x", "%%%", "AAAA", "é", "A" * 60, "-" * 200])
def test_a_made_up_cursor_is_refused(agent: Agent, cursor: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        agent.ls(cursor=cursor)

    assert caught.value.details["fieldErrors"][0]["field"] == "cursor"


def test_a_cursor_belongs_to_its_path_and_depth(agent: Agent) -> None:
    cursor = agent.ls(limit=1)["nextCursor"]

    with pytest.raises(InputInvalid):
        agent.ls(cursor=cursor, path="/topics")
    with pytest.raises(InputInvalid):
        agent.ls(cursor=cursor, depth=2)


def test_a_cursor_whose_commit_is_gone_is_refused(agent: Agent, store: MemoryStore) -> None:
    cursor = agent.ls(limit=1)["nextCursor"]
    store.create(ACME, {"/MEMORY.md": b"restored\n", "/b.md": b"b\n"})

    with pytest.raises(InputInvalid) as caught:
        agent.ls(cursor=cursor)

    assert "without it" in caught.value.message


@pytest.mark.parametrize("path", ["/.gitattributes", "/.gitignore", "/topics/picture.png"])
def test_what_is_kept_for_people_is_neither_listed_nor_found(agent: Agent, store: MemoryStore, path: str) -> None:
    head = store._head(ACME)
    store._publish(ACME, head, {**head.tree, MemoryPath(path): store._keep(ACME, b"*.md merge=union\n")}, {})

    assert path not in paths(agent.ls(depth=32))
    with pytest.raises(MemoryNotFound):
        agent.ls(path=path)
    with pytest.raises(MemoryNotFound):
        agent.read(path)
    with pytest.raises(PathInvalid):
        agent.write(path, "mine")
