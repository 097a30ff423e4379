"""What a push changed is what the tools answer, from the moment that git says ok."""

from datetime import UTC, datetime

import pytest

from tests.git_client.conftest import ON_ONE_SERVER, Host
from tests.runtime_client import RuntimeClient, refused

pytestmark = ON_ONE_SERVER


def found(agent: RuntimeClient, query: str) -> list[str]:
    return [hit["path"] for hit in agent.result("memory_search", query=query)["hits"]]


@pytest.mark.requirement("git.visible")
def test_a_pushed_page_is_found_listed_and_read_at_once(host: Host) -> None:
    agent = host.org.client()
    person = host.clone()
    assert found(agent, "wombat") == []
    for number in range(5):
        pushed = person.commit("Add a page", {f"topics/page-{number}.md": f"# Wombat {number}\n\nIt digs.\n"})
        person.push()
        paths = [f"/topics/page-{n}.md" for n in range(number + 1)]
        search = agent.result("memory_search", query="wombat")
        assert (search["commit"], sorted(hit["path"] for hit in search["hits"])) == (pushed, paths)
        listing = agent.result("memory_ls", path="/topics")
        assert (listing["commit"], [entry["path"] for entry in listing["entries"]]) == (pushed, paths)
        read = agent.result("memory_read", path=paths[-1])
        assert (read["commit"], read["content"]) == (pushed, f"# Wombat {number}\n\nIt digs.\n")


@pytest.mark.requirement("git.visible")
def test_pages_that_were_moved_or_removed_are_gone_from_every_answer(host: Host) -> None:
    agent = host.org.client()
    person = host.clone()
    person.commit("Add pages", {"a.md": "# Wombat\n\nIt digs.\n", "b.md": "# Quokka\n\nIt smiles.\n"})
    person.push()
    assert found(agent, "wombat quokka") == ["/a.md", "/b.md"]
    person.git("mv", "a.md", "moved.md")
    person.git("rm", "--quiet", "b.md")
    person.commit("Move one, remove one")
    person.push()
    assert found(agent, "wombat quokka") == ["/moved.md"]
    assert [entry["path"] for entry in agent.result("memory_ls")["entries"]] == ["/moved.md"]
    for path in ("/a.md", "/b.md"):
        refused(agent.call("memory_read", {"path": path}), 404, "memory_not_found")


def test_each_page_is_as_old_as_the_commit_that_last_changed_it(host: Host) -> None:
    agent = host.org.client()
    person = host.clone()
    moments = {}
    for number in range(5):
        host.running.clock.advance(minutes=1)
        commit = person.commit(f"Change page {number}", {f"{number}.md": "# Page\n", "all.md": f"# {number}\n"})
        moments[f"/{number}.md"] = moments["/all.md"] = person.run("log", "-1", "--format=%ct", commit).stdout
    host.running.clock.advance(hours=1)
    person.push()
    for entry in agent.result("memory_ls")["entries"]:
        at = datetime.fromtimestamp(int(moments[entry["path"]]), UTC)
        assert entry["updatedAt"] == at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_five_hundred_commits_in_one_push_are_all_there(host: Host) -> None:
    agent = host.org.client()
    person = host.clone()
    start = int(person.run("log", "-1", "--format=%ct").stdout)
    stream = ["reset refs/heads/main", f"from {person.id_of('HEAD')}", ""]
    for number in range(500):
        text = f"# Page {number}\n\nwombat{number % 50}\n"
        stream += [
            "commit refs/heads/main",
            f"committer Ada <ada@example.org> {start + number} +0000",
            f"data {len(str(number))}",
            str(number),
            f"M 100644 inline pages/{number % 100}.md",
            f"data {len(text)}",
            text,
        ]
    person.run("fast-import", "--quiet", "--force", stdin="\n".join(stream))
    person.push()
    assert len(host.org.commits()) == 501
    entries = agent.result("memory_ls", path="/pages")["entries"]
    assert len(entries) == 100
    for entry in entries:
        number = 400 + int(entry["path"].removeprefix("/pages/").removesuffix(".md"))
        at = datetime.fromtimestamp(start + number, UTC)
        assert entry["updatedAt"] == at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        assert entry["title"] == f"Page {number}"
    assert sorted(found(agent, "wombat7")) == ["/pages/57.md", "/pages/7.md"]


def test_files_for_people_arrive_and_stay_hidden(host: Host) -> None:
    agent = host.org.client()
    person = host.clone()
    person.commit("Ignore backups", {".gitignore": "*.bak\n", "a.md": "# A\n"})
    person.push()
    assert [entry["path"] for entry in agent.result("memory_ls")["entries"]] == ["/a.md"]
    refused(agent.call("memory_read", {"path": "/.gitignore"}), 404, "memory_not_found")
    assert host.clone("Bo").read(".gitignore") == "*.bak\n"


def test_files_of_an_allowed_suffix_arrive_and_stay_hidden(host: Host) -> None:
    agent = host.org.client()
    person = host.clone()
    person.write("drawings/owl.bin", bytes(range(256)))
    person.commit("Add a drawing", {"a.md": "# A\n"})
    person.push()
    entries = agent.result("memory_ls", depth=3)["entries"]
    assert [entry["path"] for entry in entries if entry["type"] == "file"] == ["/a.md"]
    assert (host.clone("Bo").folder / "drawings" / "owl.bin").read_bytes() == bytes(range(256))


def test_a_guard_keeps_a_session_from_overwriting_what_a_push_brought(host: Host) -> None:
    agent = host.org.client()
    agent.result("memory_write", path="/a.md", content="# A\n")
    session = agent.session()
    agent.result("memory_read", session=session, path="/a.md")
    person = host.clone()
    person.commit("Say more", {"a.md": "# A\n\nMore.\n"})
    person.push()
    details = refused(
        agent.call("memory_write", {"path": "/a.md", "content": "# B\n"}, sessionId=session), 412, "version_mismatch"
    )
    assert "+More." in details["diff"]
