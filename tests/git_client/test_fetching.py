"""Clone, fetch and pull with the real git."""

import pytest

from tests.git_client.conftest import Host


@pytest.mark.parametrize("version", ["0", "1", "2"])
def test_a_clone_holds_what_agents_wrote(host: Host, version: str) -> None:
    agent = host.org.client()
    written = agent.result("memory_write", path="/topics/icp.md", content="# ICP\n")
    agent.result("memory_append", path="/daily/2026-04-15.md", content="- A note.")
    person = host.person()
    person.settings["protocol.version"] = version
    person.clone()
    assert person.read("topics/icp.md") == "# ICP\n"
    assert person.read("daily/2026-04-15.md") == "- A note.\n"
    assert person.run("rev-parse", "HEAD:topics/icp.md").stdout.strip() == written["version"]
    assert person.run("rev-list", "HEAD").stdout.split() == host.org.commits()
    assert person.git("fsck", "--full", "--strict").strip() == ""
    assert person.run("status", "--short", "--branch").stdout == "## main...origin/main\n"


def test_a_new_organisation_can_be_cloned(host: Host) -> None:
    person = host.clone()
    assert "merge=union" in person.read(".gitattributes")
    assert [file.name for file in person.folder.iterdir() if file.name != ".git"] == [".gitattributes"]


@pytest.mark.parametrize("version", ["0", "2"])
def test_a_pull_brings_what_is_new_and_nothing_else(host: Host, version: str) -> None:
    agent = host.org.client()
    person = host.person()
    person.settings["protocol.version"] = version
    person.clone()
    person.pull()
    for number in range(20):
        agent.result("memory_append", path="/daily/2026-04-15.md", content=f"- Note {number}.")
    person.pull()
    assert person.read("daily/2026-04-15.md").splitlines() == [f"- Note {number}." for number in range(20)]
    assert person.run("rev-list", "HEAD").stdout.split() == host.org.commits()
    assert person.git("fsck", "--full", "--strict").strip() == ""


def test_a_shallow_clone_holds_the_newest_and_can_be_deepened(host: Host) -> None:
    agent = host.org.client()
    for number in range(5):
        agent.result("memory_append", path="/daily/2026-04-15.md", content=f"- Note {number}.")
    person = host.clone("Ada", "--depth", "2")
    assert person.run("rev-list", "--count", "HEAD").stdout.strip() == "2"
    assert len(person.read("daily/2026-04-15.md").splitlines()) == 5
    person.git("fetch", "--depth", "4")
    assert person.run("rev-list", "--count", "HEAD").stdout.strip() == "4"
    person.git("fetch", "--unshallow")
    assert person.run("rev-list", "HEAD").stdout.split() == host.org.commits()
    assert person.git("fsck", "--full", "--strict").strip() == ""


def test_a_client_with_much_to_tell_is_understood(host: Host) -> None:
    """With hundreds of commits that the server has not got, git gzips what it says, and says it in several turns."""
    agent = host.org.client()
    person = host.clone()
    thoughts = [f"commit refs/heads/main\ncommitter Ada <a@b> {n} +0000\ndata 1\n{n % 10}\n" for n in range(300)]
    person.run("fast-import", "--quiet", "--force", stdin="".join(thoughts))
    agent.result("memory_write", path="/topics/icp.md", content="# ICP\n")
    person.git("fetch", "--quiet")
    assert person.run("show", "origin/main:topics/icp.md").stdout == "# ICP\n"


def test_a_clone_without_contents_fetches_them_when_they_are_needed(host: Host) -> None:
    agent = host.org.client()
    agent.result("memory_write", path="/topics/icp.md", content="# ICP\n")
    person = host.clone("Ada", "--filter=blob:none", "--no-checkout")
    person.git("checkout", "--quiet", "main")
    assert person.read("topics/icp.md") == "# ICP\n"


def test_a_commit_is_fetched_by_its_trailer(host: Host) -> None:
    agent = host.org.client("digest-agent")
    made = agent.invoke("memory_append", {"path": "/daily/2026-04-15.md", "content": "- A note."})
    person = host.clone()
    found = person.run("log", "--format=%H %an", "--grep", f"Execution-Id: {made['executionId']}").stdout
    assert found == f"{made['result']['commit']} digest-agent\n"
