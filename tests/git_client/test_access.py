"""What git tells people about their keys."""

import pytest

from memory_service.domain.calls import Scope
from tests.git_client.conftest import ON_ONE_SERVER, Host

pytestmark = ON_ONE_SERVER


@pytest.mark.requirement("address.git", "auth.git.basic")
def test_any_user_name_and_the_key_as_password_open_the_repository(host: Host) -> None:
    key = host.org.key("Ada", [Scope.GIT_READ])
    person = host.person("Bo")
    for user in ("x", "ada@example.org".replace("@", "%40"), "Ada%20L"):
        person.url = host.address.replace("://", f"://{user}:{key}@")
        assert "refs/heads/main" in person.run("ls-remote", person.url, cwd=person.home).stdout


@pytest.mark.requirement("auth.git.bearer")
def test_the_key_may_come_as_a_bearer_token(host: Host) -> None:
    person = host.person()
    person.settings["http.extraHeader"] = f"Authorization: Bearer {host.org.key('Bo', [Scope.GIT_READ])}"
    assert "refs/heads/main" in person.run("ls-remote", host.address, cwd=person.home).stdout


@pytest.mark.requirement("auth.git.asked")
def test_git_asks_for_a_key_where_there_is_a_repository_and_where_there_is_none(host: Host) -> None:
    person = host.person()
    told = [
        person.run("ls-remote", address, cwd=person.home, succeeds=False).stderr
        for address in (host.address, host.address.replace(host.org.name, "nowhere"))
    ]
    assert "could not read Username" in told[0]
    assert told[0] == told[1]


def test_a_wrong_key_is_told_to_be_one(host: Host) -> None:
    person = host.person()
    told = person.run("ls-remote", host.address_with("cmk_wrong"), cwd=person.home, succeeds=False).stderr
    assert "remote: Invalid API key" in told
    assert "Authentication failed" in told


@pytest.mark.requirement("isolation.repository")
def test_a_key_of_another_organisation_finds_no_repository(host: Host) -> None:
    stranger = host.running.organisation()
    key = stranger.key("Eve", [Scope.ALL])
    person = host.person()
    told = [
        person.run("ls-remote", address.replace("://", f"://eve:{key}@"), cwd=person.home, succeeds=False).stderr
        for address in (host.address, host.address.replace(host.org.name, "nowhere"))
    ]
    stranger.close()
    assert "remote: Repository not found" in told[0]
    assert told[0] == told[1].replace("nowhere", host.org.name)


@pytest.mark.requirement("auth.git.read")
def test_a_key_that_reads_clones_and_is_told_what_it_lacks_when_it_pushes(host: Host) -> None:
    reader = host.person(scope=Scope.GIT_READ).clone()
    reader.commit("Add a page", {"topics/page.md": "# Page\n"})
    told = reader.refused("push", "origin", "main")
    assert 'remote: API key lacks scope "git:write"' in told
    assert host.org.commits() == [reader.id_of("origin/main")]


def test_a_key_of_an_agent_is_told_what_it_lacks_when_it_clones(host: Host) -> None:
    agent = host.person(scope=Scope.RUNTIME)
    told = agent.run("clone", agent.url, cwd=agent.home, succeeds=False).stderr
    assert 'remote: API key lacks scope "git:read"' in told


@pytest.mark.requirement("auth.git.write")
def test_a_key_that_writes_clones_and_pushes(host: Host) -> None:
    person = host.clone()
    pushed = person.commit("Add a page", {"topics/page.md": "# Page\n"})
    person.push()
    assert host.org.commits()[0] == pushed


def test_a_revoked_key_opens_nothing_any_more(host: Host) -> None:
    person = host.clone("Ada")
    host.org.revoke("Ada")
    assert "Authentication failed" in person.refused("fetch")
