"""What the command line tells of pushes, and how an organisation takes them."""

from datetime import UTC, datetime, timedelta

import pytest

from memory_service.domain.ids import CommitId, OrgId, PushId
from memory_service.domain.pushes import PushMode, PushRecord
from memory_service.service import open_service
from memory_service.settings import Settings
from tests.unit.cli.test_commands import Shell, shell

__all__ = ["shell"]


def test_an_organisation_merges_pushes_until_it_is_told_otherwise(shell: Shell) -> None:
    shell.json("org", "create", "acme")
    assert [org["push"] for org in shell.json("org", "list")["organisations"]] == ["merge"]
    assert shell.json("org", "set", "acme", "--push", "fast-forward") == {"name": "acme", "push": "fast-forward"}
    assert [org["push"] for org in shell.json("org", "list")["organisations"]] == ["fast-forward"]
    with open_service(Settings(data_dir=shell.data)) as service:
        assert [org.push for org in service.organisations.list()] == [PushMode.FAST_FORWARD]


def test_an_organisation_that_is_not_there_is_not_set(shell: Shell) -> None:
    assert shell.failure("org", "set", "acme", "--push", "merge") == (3, "org_not_found")
    assert shell.failure("org", "pushes", "acme") == (3, "org_not_found")


@pytest.mark.parametrize("arguments", [("acme",), ("acme", "--push", "rebase")])
def test_there_are_two_ways_to_take_pushes(shell: Shell, arguments: tuple[str, ...]) -> None:
    shell.json("org", "create", "acme")
    assert shell.run("org", "set", *arguments).exit_code == 2


def test_pushes_are_listed_with_whose_key_they_came_newest_first(shell: Shell) -> None:
    shell.json("org", "create", "acme")
    key = shell.json("key", "create", "--org", "acme", "--name", "Ada", "--scope", "git:write")
    at = datetime(2026, 4, 23, 8, tzinfo=UTC)
    with open_service(Settings(data_dir=shell.data)) as service:
        for number in range(3):
            service.pushes.add(
                PushRecord(
                    id=PushId(f"push_{number}"),
                    org=OrgId("acme"),
                    key_id=key["id"],
                    old=CommitId(f"{number:040}"),
                    new=CommitId(f"{number + 1:040}"),
                    commits=2,
                    at=at + timedelta(minutes=number),
                )
            )
    newest = {
        "id": "push_2",
        "at": "2026-04-23T08:02:00+00:00",
        "keyId": key["id"],
        "keyName": "Ada",
        "commits": 2,
        "old": f"{2:040}",
        "new": f"{3:040}",
    }
    assert [push["id"] for push in shell.json("org", "pushes", "acme")["pushes"]] == ["push_2", "push_1", "push_0"]
    assert shell.json("org", "pushes", "acme", "--limit", "1") == {"pushes": [newest]}
    assert "Ada" in shell.run("org", "pushes", "acme").stdout
