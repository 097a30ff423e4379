"""Clients that share no code with git, nor with the server."""

from pathlib import Path

import pygit2
import pytest

from memory_service.domain.calls import Scope
from tests.git_client.conftest import Host

ADA = pygit2.Signature("Ada", "ada@example.org", 1776247200, 0)


class Libgit2:
    """Somebody with a clone who uses libgit2, as editors and phones do."""

    def __init__(self, host: Host, folder: Path) -> None:
        self._key = host.org.key("Ada", [Scope.GIT_WRITE])
        self.told: dict[str, str | None] = {}
        self.repository = pygit2.clone_repository(host.address, str(folder), callbacks=self._callbacks())
        self.folder = folder

    def commit(self, path: str, text: str) -> str:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        index = self.repository.index
        index.read()
        index.add(path)
        index.write()
        head = self.repository.head.target
        return str(self.repository.create_commit("HEAD", ADA, ADA, "Change a page", index.write_tree(), [head]))

    def push(self, refspec: str = "refs/heads/main:refs/heads/main") -> str | None:
        """Push; what the server says against it, None if nothing."""
        self.told.clear()
        self.repository.remotes["origin"].push([refspec], callbacks=self._callbacks())
        return self.told["refs/heads/main"]

    def fetch(self) -> str:
        """Fetch; the commit that main names."""
        self.repository.remotes["origin"].fetch(callbacks=self._callbacks())
        return str(self.repository.references["refs/remotes/origin/main"].target)

    def _callbacks(self) -> pygit2.RemoteCallbacks:
        told = self.told

        class Callbacks(pygit2.RemoteCallbacks):
            def push_update_reference(self, refname: str, message: str | None) -> None:
                told[refname] = message

        return Callbacks(credentials=pygit2.UserPass("ada", self._key))


@pytest.fixture
def ada(host: Host, tmp_path: Path) -> Libgit2:
    host.org.client().result("memory_write", path="/topics/page.md", content="# Page\n\nOne.\n")
    return Libgit2(host, tmp_path / "libgit2")


def test_libgit2_clones_fetches_and_pushes(host: Host, ada: Libgit2) -> None:
    assert (ada.folder / "topics" / "page.md").read_text() == "# Page\n\nOne.\n"
    pushed = ada.commit("topics/other.md", "# Other\n")
    assert ada.push() is None
    assert host.org.commits()[0] == pushed
    host.org.client().result("memory_append", path="/daily/2026-04-15.md", content="- A note.")
    assert ada.fetch() == host.org.commits()[0]


def test_a_push_with_libgit2_is_merged(host: Host, ada: Libgit2) -> None:
    host.org.client().result("memory_append", path="/daily/2026-04-15.md", content="- A note.")
    pushed = ada.commit("topics/other.md", "# Other\n")
    assert ada.push() is None
    assert host.org.git("rev-parse", "main^2").strip() == pushed
    assert ada.fetch() == host.org.commits()[0]


def test_libgit2_is_told_of_a_conflict(host: Host, ada: Libgit2) -> None:
    host.org.client().result("memory_write", path="/topics/page.md", content="# Page\n\nTwo.\n")
    before = host.org.commits()
    ada.commit("topics/page.md", "# Page\n\nThree.\n")
    told = ada.push()
    assert told
    assert "conflict" in told
    assert host.org.commits() == before
