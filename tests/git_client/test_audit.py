"""Who pushed what: kept by the service, whatever the commits say of their authors."""

import pytest

from memory_service.domain.ids import OrgId
from memory_service.domain.pushes import PushRecord
from tests.git_client.conftest import ON_ONE_SERVER, Host

pytestmark = ON_ONE_SERVER


def pushes(host: Host) -> list[PushRecord]:
    """The pushes that the service knows of, oldest first."""
    return list(reversed(host.running.service.pushes.list(OrgId(host.org.name), 100)))


def key_of(host: Host, name: str) -> str:
    (key,) = [key for key in host.running.service.keyring.list(host.org.name) if key.name == name]
    return key.id


@pytest.mark.requirement("git.audit")
def test_every_push_has_a_row_and_a_line_of_the_reflog(host: Host) -> None:
    agent = host.org.client()
    ada, bo = host.clone("Ada"), host.clone("Bo")
    start = host.org.commits()[0]
    ada.commit("Add a page", {"a.md": "# A\n"})
    first = ada.commit("Add another", {"b.md": "# B\n"})
    ada.push()
    written = agent.result("memory_append", path="/daily/2026-04-15.md", content="- A note.")["commit"]
    bo.commit("Add a third", {"c.md": "# C\n"})
    bo.push()
    merge = host.org.commits()[0]
    rows = [(push.key_id, push.old, push.new, push.commits) for push in pushes(host)]
    assert rows == [(key_of(host, "Ada"), start, first, 2), (key_of(host, "Bo"), written, merge, 1)]
    reflog = host.org.git("reflog", "--format=%H %gs", "main").splitlines()
    assert [line for line in reflog if line.startswith((first, merge)) and "push" in line] == reflog[:1] + reflog[2:3]
    assert key_of(host, "Bo") in host.org.git("log", "-1", "--format=%B", merge)
    assert pushes(host)[1].id in host.org.git("log", "-1", "--format=%B", merge)


@pytest.mark.requirement("git.audit")
def test_a_push_is_the_key_holders_whoever_its_commits_claim_to_be_by(host: Host) -> None:
    person = host.clone("Eve")
    person.write("a.md", "# A\n")
    person.git("add", "a.md")
    person.git("commit", "--quiet", "--author", "Ada <ada@example.org>", "--message", "Add a page")
    person.push()
    (push,) = pushes(host)
    assert push.key_id == key_of(host, "Eve")
    assert host.org.git("log", "-1", "--format=%an", "main").strip() == "Ada"


def test_what_was_refused_or_changed_nothing_has_no_row(host: Host) -> None:
    person = host.clone("Ada")
    person.push()
    person.commit("Add a program", {"run.exe": "x"})
    person.refused("push", "origin", "main")
    assert pushes(host) == []
