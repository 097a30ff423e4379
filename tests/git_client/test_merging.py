"""A push over commits that its author has not seen: merged by the server, or refused with what stands in its way."""

import re

import pytest

from memory_service.domain.pushes import PushMode
from tests.git_client.conftest import Host

PAGE = "# Page\n\n" + "".join(f"Line {number}.\n\n" for number in range(20))


def with_line(number: int, text: str) -> str:
    """The page with another line of that number."""
    return PAGE.replace(f"Line {number}.\n", f"{text}\n")


@pytest.mark.requirement("git.merge")
def test_a_push_is_merged_with_what_agents_wrote_meanwhile(host: Host) -> None:
    agent = host.org.client()
    person = host.clone("Ada")
    theirs = agent.result("memory_append", path="/daily/2026-04-15.md", content="- A note.")["commit"]
    pushed = person.commit("Add a page", {"topics/page.md": "# Page\n"})
    told = person.push("--progress", "origin", "main")
    merge, *before = host.org.commits()
    assert before[0] == theirs
    assert host.org.git("rev-parse", "main^1", "main^2").split() == [theirs, pushed]
    assert merge[:7] in told
    assert host.org.git("log", "-1", "--format=%an", pushed).strip() == "Ada"
    message = host.org.git("log", "-1", "--format=%B", "main")
    (key,) = [key for key in host.running.service.keyring.list(host.org.name) if key.name == "Ada"]
    assert f"Key-Id: {key.id}" in message
    assert re.search(r"^Push-Id: push_\w+$", message, re.MULTILINE)
    assert person.run("status", "--short", "--branch").stdout == "## main...origin/main\n"
    person.git("pull", "--quiet", "--ff-only", "origin", "main")
    assert person.id_of("HEAD") == merge
    assert person.read("daily/2026-04-15.md") == "- A note.\n"


def test_nothing_is_merged_where_nothing_needs_it(host: Host) -> None:
    agent = host.org.client()
    person = host.clone()
    agent.result("memory_append", path="/daily/2026-04-15.md", content="- A note.")
    person.pull()
    pushed = person.commit("Add a page", {"topics/page.md": "# Page\n"})
    person.push()
    assert host.org.commits()[0] == pushed
    assert host.org.git("rev-list", "--merges", "main") == ""


def test_changes_to_different_lines_of_a_page_are_merged(host: Host) -> None:
    agent = host.org.client()
    agent.result("memory_write", path="/topics/page.md", content=PAGE)
    person = host.clone()
    agent.result("memory_write", path="/topics/page.md", content=with_line(2, "By an agent."))
    person.commit("Change the end", {"topics/page.md": with_line(17, "By Ada.")})
    person.push()
    content = agent.result("memory_read", path="/topics/page.md")["content"]
    assert content == with_line(2, "By an agent.").replace("Line 17.", "By Ada.")


@pytest.mark.requirement("git.union")
def test_notes_of_one_day_merge_on_the_server_and_in_every_clone(host: Host) -> None:
    agent = host.org.client()
    agent.result("memory_append", path="/daily/2026-04-15.md", content="- First.")
    ada, bo = host.clone("Ada"), host.clone("Bo")
    agent.result("memory_append", path="/daily/2026-04-15.md", content="- By an agent.")
    for person in (ada, bo):
        person.commit("Note something", {"daily/2026-04-15.md": f"- First.\n- By {person.name}.\n"})
        person.push()
    everybody = ["- By Ada.", "- By Bo.", "- By an agent.", "- First."]
    assert sorted(agent.result("memory_read", path="/daily/2026-04-15.md")["content"].splitlines()) == everybody
    ada.commit("Note more", {"daily/2026-04-15.md": "- First.\n- By Ada.\n- More.\n"})
    ada.pull()
    assert sorted(ada.read("daily/2026-04-15.md").splitlines()) == [*everybody, "- More."]


@pytest.mark.requirement("git.conflict")
def test_a_conflict_changes_nothing_and_names_file_lines_and_execution(host: Host) -> None:
    agent = host.org.client()
    agent.result("memory_write", path="/topics/page.md", content=PAGE)
    person = host.clone()
    theirs = agent.invoke("memory_write", {"path": "/topics/page.md", "content": with_line(2, "By an agent.")})
    person.commit("Change the same", {"topics/page.md": with_line(2, "By Ada."), "topics/other.md": "# Other\n"})
    before = host.org.git("show-ref")
    told = person.refused("push", "origin", "main")
    (named,) = [line for line in told.splitlines() if "topics/page.md" in line and "remote:" in line]
    assert re.search(r"\b7\b", named), named
    assert theirs["executionId"] in told
    assert theirs["result"]["commit"][:7] in told
    assert "topics/other.md" not in told
    assert "git pull" in told
    assert host.org.git("show-ref") == before
    assert agent.result("memory_ls", path="/topics")["entries"][0]["path"] == "/topics/page.md"


def test_a_conflict_is_resolved_by_pulling_and_pushing_again(host: Host) -> None:
    agent = host.org.client()
    agent.result("memory_write", path="/topics/page.md", content=PAGE)
    person = host.clone()
    agent.result("memory_write", path="/topics/page.md", content=with_line(2, "By an agent."))
    person.commit("Change the same", {"topics/page.md": with_line(2, "By Ada.")})
    person.refused("push", "origin", "main")
    person.refused("pull", "--no-rebase", "--no-edit", "origin", "main")
    person.commit("Merge both", {"topics/page.md": with_line(2, "By an agent and Ada.")})
    person.push()
    assert host.org.commits()[0] == person.id_of("HEAD")
    assert agent.result("memory_read", path="/topics/page.md")["content"] == with_line(2, "By an agent and Ada.")


def test_every_file_that_is_in_conflict_is_named_at_once(host: Host) -> None:
    agent = host.org.client()
    names = [f"topics/page-{number}.md" for number in range(5)]
    for name in names:
        agent.result("memory_write", path=f"/{name}", content="# Page\n\nOne.\n")
    person = host.clone()
    for name in names:
        agent.result("memory_write", path=f"/{name}", content="# Page\n\nTwo.\n")
    person.commit("Change all", dict.fromkeys(names, "# Page\n\nThree.\n"))
    told = person.refused("push", "origin", "main")
    assert all(name in told for name in names)


@pytest.mark.parametrize("rebased", [False, True])
def test_a_page_that_one_removed_and_another_changed_is_in_conflict(host: Host, rebased: bool) -> None:
    agent = host.org.client()
    agent.result("memory_write", path="/topics/page.md", content="# Page\n")
    person = host.clone()
    agent.result("memory_write", path="/topics/page.md", content="# Page\n\nMore.\n")
    person.git("rm", "--quiet", "topics/page.md")
    person.commit("Remove the page")
    assert "topics/page.md" in person.refused("push", "origin", "main")
    if rebased:
        person.refused("pull", "--quiet", "--rebase", "origin", "main")
        person.git("rm", "--quiet", "topics/page.md")
        person.git("-c", "core.editor=true", "rebase", "--continue")
    else:
        person.refused("pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main")
        person.git("rm", "--quiet", "topics/page.md")
        person.commit("Remove it all the same")
    person.push()
    assert agent.result("memory_ls")["entries"] == []


def test_names_that_become_twins_only_by_the_merge_are_refused(host: Host) -> None:
    agent = host.org.client()
    person = host.clone()
    agent.result("memory_write", path="/topics/plan.md", content="# Plan\n")
    person.commit("Add a plan", {"topics/Plan.md": "# Another plan\n"})
    before = host.org.git("show-ref")
    told = person.refused("push", "origin", "main")
    assert "topics/Plan.md" in told
    assert host.org.git("show-ref") == before


def test_a_clone_that_is_far_behind_pushes_without_pulling(host: Host) -> None:
    agent = host.org.client()
    person = host.clone()
    for number in range(80):
        agent.result("memory_append", path=f"/daily/2026-04-{number % 30 + 1:02}.md", content=f"- {number}.")
    pushed = person.commit("Add a page", {"topics/page.md": "# Page\n"})
    person.push()
    assert host.org.git("rev-parse", "main^2").strip() == pushed
    assert len(host.org.commits()) == 82


@pytest.mark.requirement("git.strict")
def test_an_organisation_may_prefer_the_rule_of_git_itself(host: Host) -> None:
    host.running.service.organisations.set_push_mode(host.org.name, PushMode.FAST_FORWARD)
    agent = host.org.client()
    person = host.clone()
    agent.result("memory_append", path="/daily/2026-04-15.md", content="- A note.")
    before = host.org.commits()
    person.commit("Add a page", {"topics/page.md": "# Page\n"})
    assert "fetch first" in person.refused("push", "origin", "main")
    assert "[remote rejected]" in person.refused("push", "--force", "origin", "main")
    assert host.org.commits() == before
    person.pull()
    person.push()
    assert host.org.commits()[0] == person.id_of("HEAD")
    person.refused("push", "--delete", "origin", "main")
    assert host.org.commits()[0] == person.id_of("HEAD")
