"""memory_ls: what is in a folder."""

from pathlib import Path

import pytest

from tests.real_git import hash_object
from tests.runtime_client import TIME, Json, RuntimeClient, refused
from tests.service_fixtures import Organisation, RunningService

FILES = {
    "/MEMORY.md": "# Acme\n\nEvergreen facts.\n",
    "/daily/2026-04-14.md": "- Quiet.\n",
    "/daily/2026-04-15.md": "- Called Ada.\n",
    "/topics/icp.md": "# Ideal customer\n\nFintech.\n",
    "/topics/sales/objections.md": "## No first heading\n",
    "/topics/sales/emea/tone.md": "Zürich 🚀\n",
}


@pytest.fixture(scope="module")
def library(shared_org: Organisation) -> RuntimeClient:
    """A client of an organisation that holds the files."""
    client = shared_org.client()
    for path, content in FILES.items():
        client.result("memory_write", path=path, content=content)
    return client


def _paths(listing: Json) -> list[str]:
    return [entry["path"] for entry in listing["entries"]]


@pytest.mark.requirement("ls.shape", "ls.path", "ls.depth", "commit.full_id")
def test_the_root_is_listed_one_level_deep(library: RuntimeClient, shared_org: Organisation) -> None:
    listing = library.result("memory_ls")
    assert set(listing) == {"path", "commit", "entries"}
    assert listing["path"] == "/"
    assert listing["commit"] == shared_org.commits()[0]
    assert _paths(listing) == ["/MEMORY.md", "/daily", "/topics"]


@pytest.mark.requirement("ls.entries", "version.blob_id", "times.format")
def test_an_entry_tells_type_size_version_title_and_time(library: RuntimeClient) -> None:
    entries = {entry["path"]: entry for entry in library.result("memory_ls", depth=10)["entries"]}
    for path, content in FILES.items():
        entry = entries[path]
        assert set(entry) - {"title"} == {"path", "type", "size", "version", "updatedAt"}
        assert entry["type"] == "file"
        assert entry["size"] == len(content.encode())
        assert entry["version"] == hash_object(content)
        assert TIME.fullmatch(entry["updatedAt"])
    assert entries["/MEMORY.md"]["title"] == "Acme"
    assert entries["/topics/icp.md"]["title"] == "Ideal customer"
    for folder in ("/daily", "/topics", "/topics/sales"):
        assert entries[folder]["type"] == "directory"


@pytest.mark.requirement("ls.entries")
def test_the_time_of_a_file_is_that_of_its_last_commit(org: Organisation) -> None:
    client = org.client()
    for path in ("/a.md", "/b.md", "/a.md"):
        client.result("memory_append", path=path, content="Line.")
        org.running.clock.advance(hours=1)
    for entry in client.result("memory_ls")["entries"]:
        last = org.git(
            "log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%S", "main", "--", entry["path"][1:]
        )
        assert entry["updatedAt"].startswith(last.strip())


@pytest.mark.requirement("ls.path", "path.leading_slash")
@pytest.mark.parametrize("path", ["/topics", "topics", "/topics/"])
def test_a_folder_is_listed_however_its_path_is_written(library: RuntimeClient, path: str) -> None:
    listing = library.result("memory_ls", path=path)
    assert listing["path"] == "/topics"
    assert _paths(listing) == ["/topics/icp.md", "/topics/sales"]


@pytest.mark.requirement("ls.depth")
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_depth_says_how_many_levels_are_listed(library: RuntimeClient, depth: int) -> None:
    everything = {*FILES, "/daily", "/topics", "/topics/sales", "/topics/sales/emea"}
    expected = {path for path in everything if path.count("/") <= depth}
    assert set(_paths(library.result("memory_ls", depth=depth))) == expected


@pytest.mark.requirement("ls.depth")
def test_depth_counts_from_the_folder(library: RuntimeClient) -> None:
    listing = library.result("memory_ls", path="/topics", depth=2)
    assert set(_paths(listing)) == {
        "/topics/icp.md", "/topics/sales", "/topics/sales/objections.md", "/topics/sales/emea",
    }  # fmt: skip


@pytest.mark.requirement("ls.pages")
@pytest.mark.parametrize("limit", [1, 2, 3, 9, 10, 11])
def test_pages_give_every_entry_once_in_the_same_order(library: RuntimeClient, limit: int) -> None:
    whole = _paths(library.result("memory_ls", depth=10))
    assert len(whole) == 10
    turned: list[str] = []
    page = library.result("memory_ls", depth=10, limit=limit)
    while True:
        assert len(page["entries"]) <= limit
        turned += _paths(page)
        if "nextCursor" not in page:
            break
        assert len(page["entries"]) == limit
        page = library.result("memory_ls", depth=10, limit=limit, cursor=page["nextCursor"])
    assert turned == whole


@pytest.mark.requirement("ls.pages")
def test_a_write_between_two_pages_neither_skips_nor_repeats_an_entry(client: RuntimeClient) -> None:
    for name in "bdfh":
        client.result("memory_write", path=f"/{name}.md", content=name)
    first = client.result("memory_ls", limit=2)
    client.result("memory_write", path="/a.md", content="a")
    client.result("memory_write", path="/h.md", content="H")
    second = client.result("memory_ls", limit=2, cursor=first["nextCursor"])
    assert _paths(first) + _paths(second) == ["/b.md", "/d.md", "/f.md", "/h.md"]


@pytest.mark.requirement("ls.pages")
def test_limit_defaults_to_200(running: RunningService, tmp_path: Path) -> None:
    for number in range(201):
        (tmp_path / f"{number:03}.md").write_text(f"# {number}\n")
    large = running.organisation(tmp_path)
    page = large.client().result("memory_ls")
    assert len(page["entries"]) == 200
    rest = large.client().result("memory_ls", cursor=page["nextCursor"])
    assert _paths(rest) == ["/200.md"]
    large.close()


@pytest.mark.requirement("ls.pages", "errors.input_invalid")
@pytest.mark.parametrize(
    "tool_input",
    [{"limit": 0}, {"limit": -1}, {"limit": 10**9}, {"limit": 2**70}, {"depth": 0}, {"depth": -1}, {"depth": 10**9}],
    ids=str,
)
def test_an_absurd_limit_or_depth_is_refused(shared_client: RuntimeClient, tool_input: Json) -> None:
    refused(shared_client.call("memory_ls", tool_input), 400, "input_invalid")


@pytest.mark.requirement("ls.pages", "errors.input_invalid")
@pytest.mark.parametrize("cursor", ["x", "===", "é", "../..", "\x00", "a" * 10_000, "MTIz"])
def test_a_forged_cursor_is_refused(library: RuntimeClient, cursor: str) -> None:
    refused(library.call("memory_ls", {"cursor": cursor}), 400, "input_invalid")


@pytest.mark.requirement("ls.pages", "errors.input_invalid")
def test_the_cursor_of_another_listing_is_refused(library: RuntimeClient) -> None:
    cursor = library.result("memory_ls", limit=1)["nextCursor"]
    refused(library.call("memory_ls", {"path": "/topics", "cursor": cursor}), 400, "input_invalid")


@pytest.mark.requirement("errors.memory_not_found")
def test_a_folder_that_is_not_there_is_not_found(library: RuntimeClient) -> None:
    details = refused(library.call("memory_ls", {"path": "/topic"}), 404, "memory_not_found")
    assert details["path"] == "/topic"
    assert "/topics" in details["similar"]


@pytest.mark.requirement("ls.shape")
def test_an_empty_memory_has_a_root_without_entries(client: RuntimeClient, org: Organisation) -> None:
    listing = client.result("memory_ls")
    assert (listing["path"], listing["entries"]) == ("/", [])
    assert listing["commit"] == org.commits()[0]
