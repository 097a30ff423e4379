"""Paths: which are taken, which are refused, and how they are written in answers."""

import pytest

from tests.runtime_client import RuntimeClient, refused
from tests.service_fixtures import Organisation

HOSTILE = {
    "path.parts": [
        "//a.md", "/a//b.md", "a//b.md", "/./a.md", "/a/./b.md", "./a.md", "/../a.md", "/a/../b.md", "../a.md",
        "/a/..", "../../etc/passwd.md", "/..", "/.", "///", "/a/../../b.md", "..", ".", "/a/b/./c.md", "/ok/..//x.md",
    ],
    "path.characters": [
        "/a\x00.md", "/\x00", "/a\n.md", "/a\r.md", "/a\t.md", "/a\x1b[0m.md", "/a\x7f.md", "/a\x85.md", "/a\u2028.md",
        "/a\u202e.md", "/a\u202d.md", "/a\u2066b\u2069.md", "/a\u200f.md", "/a\u061c.md",
        "/a\\b.md", "\\a.md", "/..\\a.md", "C:\\a.md",
    ],
    "path.git": [
        "/.git/a.md", "/.GIT/a.md", "/.Git/hooks/a.md", "/a/.git/b.md", "/.git", "/git~1/a.md", "/GIT~1/a.md",
        "/git~2/a.md", "/.git /a.md", "/.git./a.md", "/.git . ./a.md", "/.git:stream/a.md",
        "/.git::$INDEX_ALLOCATION/a.md", "/.g\u200cit/a.md", "/\u200d.git/a.md", "/.\u206agit/a.md",
        "/.git\ufeff/a.md", "/a/.GiT\u200e/b.md",
    ],
    "path.nfc": ["/e\u0301.md", "/a/Zu\u0308rich.md", "/\u1100\u1161.md", "/A\u030a/b.md"],
    "path.length": ["/" + "a" * 1024 + ".md", "/" + "d/" * 520 + "a.md", "/" + "é" * 600 + ".md"],
    "path.suffix": ["/a.md/"],
}  # fmt: skip

GOOD = [
    "/a.md", "/a b.md", "/a..md", "/...md", "/.hidden.md", "/.hidden/a.md", "/git.md", "/.gitx/a.md", "/git~/a.md",
    "/~a.md", "/-a.md", "/--help.md", "/é.md", "/日本語/メモ.md", "/🚀.md", "/a'b.md", "/a&b;c.md", "/%2e%2e/a.md",
    "/$HOME/a.md", "/a.md/b.md", "/HEAD/a.md", "/refs/heads/main.md", "/a,b=c@d!.md", "/" + "é" * 100 + ".md",
    "/" + "/".join(["d" * 100] * 10) + "/" + "f" * 10 + ".md",
]  # fmt: skip


@pytest.mark.requirement(
    "path.parts", "path.characters", "path.git", "path.nfc", "path.length", "path.suffix", "errors.path_invalid"
)
@pytest.mark.parametrize(
    "path", [path for paths in HOSTILE.values() for path in paths], ids=lambda path: ascii(path[:30])
)
def test_a_hostile_path_is_refused_by_every_tool_that_takes_a_file(shared_client: RuntimeClient, path: str) -> None:
    for tool, content in (
        ("memory_read", {}),
        ("memory_write", {"content": "A."}),
        ("memory_append", {"content": "A."}),
    ):
        answer = shared_client.call(tool, {"path": path, **content})
        details = refused(answer, 400, "path_invalid")
        assert details["rule"]
        assert "\x1b" not in answer.json()["error"]


@pytest.mark.requirement("path.suffix", "errors.path_invalid", "errors.memory_not_found")
@pytest.mark.parametrize("path", ["/a", "/a.txt", "/a.MD", "/a.md.txt", "/a.markdown", "/a.md~", "/md", "/a.mdx"])
def test_what_does_not_end_in_md_is_no_memory_file(shared_client: RuntimeClient, path: str) -> None:
    for tool in ("memory_write", "memory_append"):
        details = refused(shared_client.call(tool, {"path": path, "content": "A."}), 400, "path_invalid")
        assert details["rule"]
    refused(shared_client.call("memory_read", {"path": path}), 404, "memory_not_found")


@pytest.mark.requirement("path.parts", "path.characters", "path.git", "path.nfc", "errors.path_invalid")
@pytest.mark.parametrize(
    "path",
    [path for rule, paths in HOSTILE.items() if rule not in {"path.suffix"} for path in paths],
    ids=lambda path: ascii(path[:30]),
)
def test_a_hostile_path_is_refused_by_the_tools_that_take_a_folder(shared_client: RuntimeClient, path: str) -> None:
    for call in ({"memory_ls": {"path": path}}, {"memory_search": {"query": "a", "path": path}}):
        ((tool, tool_input),) = call.items()
        refused(shared_client.call(tool, tool_input), 400, "path_invalid")


@pytest.mark.requirement("path.parts")
def test_nothing_of_a_hostile_path_is_written(shared_org: Organisation) -> None:
    """Runs in any order with the others: whatever they sent, the memory of this organisation stays empty."""
    assert shared_org.client().result("memory_ls", depth=10)["entries"] == []


@pytest.mark.requirement("errors.path_invalid")
def test_there_are_enough_of_them() -> None:
    assert sum(len(set(paths)) for paths in HOSTILE.values()) >= 60


@pytest.mark.requirement("path.folders", "path.nfc", "path.length", "path.leading_slash")
def test_unusual_paths_are_taken_as_they_are(org: Organisation) -> None:
    client = org.client()
    for path in GOOD:
        if path != "/a.md":  # a file of that name would stand in the way of the folder
            assert client.result("memory_write", path=path, content=path)["path"] == path
    for path in GOOD[1:]:
        assert client.result("memory_read", path=path[1:])["content"] == path
    listed = {entry["path"] for entry in client.result("memory_ls", depth=20)["entries"] if entry["type"] == "file"}
    assert listed == set(GOOD[1:])
    org.git("fsck", "--full", "--strict")


@pytest.mark.requirement("path.length")
@pytest.mark.parametrize(("length", "taken"), [(1024, True), (1025, False)])
def test_a_path_has_at_most_1024_bytes(client: RuntimeClient, length: int, taken: bool) -> None:
    folders = "/" + "/".join(["d" * 200] * 5)
    path = f"{folders}/{'é' * 2}{'f' * (length - len(folders) - 8)}.md"
    assert len(path.encode()) == length
    answer = client.call("memory_write", {"path": path, "content": "A."})
    if taken:
        assert answer.json()["result"]["path"] == path
    else:
        refused(answer, 400, "path_invalid")


@pytest.mark.requirement("path.leading_slash")
def test_a_missing_slash_is_supplied_and_answers_have_it(client: RuntimeClient) -> None:
    assert client.result("memory_write", path="topics/a.md", content="Walrus.")["path"] == "/topics/a.md"
    assert client.result("memory_append", path="topics/a.md", content="More.")["path"] == "/topics/a.md"
    assert client.result("memory_read", path="topics/a.md")["path"] == "/topics/a.md"
    assert client.result("memory_ls", path="topics")["path"] == "/topics"
    assert client.result("memory_search", query="walrus")["hits"][0]["path"] == "/topics/a.md"
    details = refused(client.call("memory_read", {"path": "topics/b.md"}), 404, "memory_not_found")
    assert details["path"] == "/topics/b.md"


@pytest.mark.requirement("path.twins", "errors.path_invalid", "errors.execution")
@pytest.mark.parametrize(
    ("first", "twin"),
    [
        ("/topics/plan.md", "/topics/Plan.md"),
        ("/topics/plan.md", "/Topics/other.md"),
        ("/topics/plan.md", "/topics/PLAN.md"),
        ("/straße.md", "/STRASSE.md"),
        ("/ÉTÉ.md", "/été.md"),
        ("/ﬁ.md", "/fi.md"),
        ("/a/b/c.md", "/a/B/d.md"),
        ("/topics/plan.md", "/TOPICS/plan.md"),
    ],
)
@pytest.mark.parametrize("tool", ["memory_write", "memory_append"])
def test_a_case_fold_twin_of_an_existing_path_is_refused(org: Organisation, tool: str, first: str, twin: str) -> None:
    client = org.client()
    client.result("memory_write", path=first, content="First.")
    commits = org.commits()
    details = refused(client.call(tool, {"path": twin, "content": "Twin."}), 400, "path_invalid")
    assert set(details) == {"rule", "executionId"}
    assert org.commits() == commits
    client.result(tool, path=first, content="Again.")
