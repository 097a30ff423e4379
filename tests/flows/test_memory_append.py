"""memory_append: text at the end of a file."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.real_git import hash_object
from tests.runtime_client import RuntimeClient, succeeded
from tests.service_fixtures import Organisation

MEMBERS = {"path", "version", "commit", "created", "startLine", "endLine"}


@pytest.mark.requirement("append.shape", "append.creates", "version.blob_id", "commit.full_id")
def test_the_first_append_creates_the_file(org: Organisation) -> None:
    client = org.client()
    appended = client.result("memory_append", path="daily/2026-04-15.md", content="- Called Ada.\n- Called Bob.")
    assert set(appended) == MEMBERS
    assert appended["path"] == "/daily/2026-04-15.md"
    assert (appended["created"], appended["startLine"], appended["endLine"]) == (True, 1, 2)
    content = client.result("memory_read", path="/daily/2026-04-15.md")["content"]
    assert content.splitlines() == ["- Called Ada.", "- Called Bob."]
    assert appended["version"] == hash_object(content)
    assert appended["commit"] == org.commits()[0]


@pytest.mark.requirement("append.line_break")
@pytest.mark.parametrize("old", ["a", "a\n", "a\n\n", "a\n\n\n"])
@pytest.mark.parametrize("new", ["b", "b\n", "\nb", "\n\nb\n"])
def test_exactly_one_line_break_stands_between_old_and_new(client: RuntimeClient, old: str, new: str) -> None:
    client.result("memory_write", path="/a.md", content=old)
    client.result("memory_append", path="/a.md", content=new)
    assert client.result("memory_read", path="/a.md")["content"].rstrip("\n") == "a\nb"


@pytest.mark.requirement("append.line_break")
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "b", "b"),
        ("a\r\nb\r\n", "c", "a\r\nb\r\nc"),
        ("a\r\nb", "c", "a\r\nb\r\nc"),
        ("a\n  ", "  b", "a\n  \n  b"),
        ("# A\n\nOne.\n", "## B\n\nTwo.\n\nThree.\n", "# A\n\nOne.\n## B\n\nTwo.\n\nThree."),
    ],
)
def test_everything_else_is_kept(client: RuntimeClient, old: str, new: str, expected: str) -> None:
    client.result("memory_write", path="/a.md", content=old)
    client.result("memory_append", path="/a.md", content=new)
    assert client.result("memory_read", path="/a.md")["content"].rstrip("\r\n") == expected


@pytest.mark.requirement("append.shape")
def test_the_lines_are_where_the_new_text_stands(client: RuntimeClient) -> None:
    for number in range(5):
        text = "\n".join(f"- {number}.{line}" for line in range(number + 1))
        appended = client.result("memory_append", path="/a.md", content=text)
        lines = {"startLine": appended["startLine"], "endLine": appended["endLine"]}
        assert client.result("memory_read", path="/a.md", **lines)["content"].splitlines() == text.splitlines()


@pytest.mark.requirement("append.twice", "history.one_commit")
def test_appends_at_once_are_all_kept(org: Organisation) -> None:
    client = org.client()
    before = len(org.commits())
    notes = [f"- Note {number}" for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda note: client.call("memory_append", {"path": "/a.md", "content": note}), notes, timeout=60)
        )
    results = [succeeded(answer)["result"] for answer in answers]
    lines = client.result("memory_read", path="/a.md")["content"].splitlines()
    assert sorted(lines) == sorted(notes)
    assert [lines[result["startLine"] - 1] for result in results] == notes
    assert len(org.commits()) == before + len(notes)
    assert [result["created"] for result in results].count(True) == 1
    org.git("fsck", "--full", "--strict")
