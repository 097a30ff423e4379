"""Files that are kept for people: the tools neither list nor change them."""

from pathlib import Path

import pytest

from tests.real_git import git
from tests.runtime_client import RuntimeClient, refused
from tests.service_fixtures import Organisation, RunningService

KEPT = {".gitattributes": "daily/*.md merge=union\n", ".gitignore": "*.tmp\n"}


@pytest.fixture
def imported(running: RunningService, tmp_path: Path) -> Organisation:
    """An organisation made from a git repository that has them."""
    for name, content in {**KEPT, "MEMORY.md": "# Acme\n\nUnion of walruses.\n"}.items():
        (tmp_path / name).write_text(content)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "-c", "user.name=Ada", "-c", "user.email=ada@acme.example", "commit", "-q", "-m", "Begin")
    return running.organisation(tmp_path)


@pytest.fixture
def reader(imported: Organisation) -> RuntimeClient:
    """A client of that organisation."""
    return imported.client()


@pytest.mark.requirement("people.hidden")
def test_they_are_neither_listed_nor_found(reader: RuntimeClient) -> None:
    assert [entry["path"] for entry in reader.result("memory_ls", depth=10)["entries"]] == ["/MEMORY.md"]
    assert [hit["path"] for hit in reader.result("memory_search", query="merge union tmp")["hits"]] == ["/MEMORY.md"]


@pytest.mark.requirement("people.hidden")
@pytest.mark.parametrize("name", KEPT)
def test_they_are_not_changed(imported: Organisation, reader: RuntimeClient, name: str) -> None:
    commits = imported.commits()
    for tool in ("memory_write", "memory_append"):
        refused(reader.call(tool, {"path": f"/{name}", "content": "* -diff"}), 400, "path_invalid")
    assert imported.commits() == commits


@pytest.mark.requirement("people.hidden", "history.one_commit")
def test_they_stay_in_the_tree_that_the_tools_write(imported: Organisation, reader: RuntimeClient) -> None:
    reader.result("memory_write", path="/topics/a.md", content="A.")
    for name, content in KEPT.items():
        assert imported.git("show", f"main:{name}") == content
    subjects = imported.git("log", "--format=%an: %s", "main").splitlines()
    assert subjects[-1] == "Ada: Begin"
