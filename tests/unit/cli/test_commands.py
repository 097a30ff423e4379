"""The command line, as tools that are built on it use it: output, exit codes, and beside a running service."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from memory_service.cli.app import app
from memory_service.domain.ids import OrgId
from memory_service.identifiers import system_clock
from memory_service.service import open_service
from memory_service.settings import Settings
from memory_service.storage import Repositories, StorageLimits
from tests.edits import append
from tests.real_git import git


class Shell:
    """Runs commands on one data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--data", str(self.data)])

    def json(self, *arguments: str) -> Any:
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def failure(self, *arguments: str) -> tuple[int, str]:
        """The exit code, and the one sentence; with ``--json`` the same is told with its code."""
        plain = self.run(*arguments)
        assert plain.stdout == ""
        sentence = plain.stderr.removeprefix("Error: ")
        assert sentence.count("\n") == 1
        told = self.run(*arguments, "--json")
        assert told.exit_code == plain.exit_code
        assert json.loads(told.stderr)["error"] == sentence.strip()
        return plain.exit_code, json.loads(told.stderr)["code"]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "data")


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    (folder / "topics").mkdir(parents=True)
    (folder / "MEMORY.md").write_text("# Memory\n")
    (folder / "topics" / "icp.md").write_text("# ICP\n\nEnterprise fintech.\n")
    (folder / "logo.png").write_bytes(b"\x89PNG")
    return folder


def test_an_organisation_is_made_from_a_folder_and_tells_what_it_skipped(shell: Shell, notes: Path) -> None:
    created = shell.json("org", "create", "acme", "--from", str(notes))
    assert (created["name"], created["files"]) == ("acme", 2)
    assert [skipped["path"] for skipped in created["skipped"]] == ["logo.png"]
    assert created["skipped"][0]["reason"]
    assert git(shell.data / "orgs" / "acme.git", "rev-parse", "main").strip() == created["commit"]
    assert git(shell.data / "orgs" / "acme.git", "rev-list", "--count", "main").strip() == "1"


def test_for_people_skipped_files_are_named_beside_the_result(shell: Shell, notes: Path) -> None:
    result = shell.run("org", "create", "acme", "--from", str(notes))
    assert "logo.png" in result.stderr
    assert result.stdout.startswith("Created acme: 2 files, 1 skipped")


def test_organisations_are_listed_by_name(shell: Shell) -> None:
    for name in ("beta", "acme"):
        shell.json("org", "create", name)
    assert [org["name"] for org in shell.json("org", "list")["organisations"]] == ["acme", "beta"]
    assert "acme" in shell.run("org", "list").stdout


@pytest.mark.parametrize("name", ["", "A", "a_b", "a-", "a" * 64, "../a", "a.git"])
def test_an_organisation_has_a_name_that_an_address_can_hold(shell: Shell, name: str) -> None:
    assert shell.failure("org", "create", name) == (2, "request_invalid")


def test_an_organisation_is_made_once(shell: Shell) -> None:
    shell.json("org", "create", "acme")
    assert shell.failure("org", "create", "acme") == (4, "org_exists")


def test_a_source_that_is_no_folder_is_refused_and_leaves_nothing(shell: Shell, tmp_path: Path) -> None:
    assert shell.failure("org", "create", "acme", "--from", str(tmp_path / "absent")) == (2, "request_invalid")
    assert shell.json("org", "list") == {"organisations": []}
    shell.json("org", "create", "acme")


def test_a_repository_without_a_row_is_taken_over_and_never_replaced(shell: Shell, notes: Path) -> None:
    commit = shell.json("org", "create", "acme", "--from", str(notes))["commit"]
    for path in shell.data.glob("memory.db*"):
        path.unlink()
    assert shell.failure("org", "create", "acme", "--from", str(notes)) == (4, "org_exists")
    taken = shell.json("org", "create", "acme")
    assert (taken["commit"], taken["files"]) == (commit, 2)


def test_a_key_is_printed_alone_on_standard_output(shell: Shell) -> None:
    shell.json("org", "create", "acme")
    result = shell.run("key", "create", "--org", "acme", "--name", "agent")
    assert result.stdout.startswith("cmk_")
    assert result.stdout == result.stdout.split()[0] + "\n"
    (listed,) = shell.json("key", "list")["keys"]
    assert (listed["name"], listed["scopes"], listed["expiresAt"]) == ("agent", ["runtime"], None)
    assert result.stdout.strip() not in shell.run("key", "list", "--json").stdout
    assert result.stdout.strip().endswith(listed["hint"])


def test_a_key_has_the_scopes_and_the_days_that_it_is_given(shell: Shell) -> None:
    shell.json("org", "create", "acme")
    scopes = ("--scope", "runtime:read", "--scope", "git:read")
    key = shell.json("key", "create", "--org", "acme", "--name", "agent", *scopes, "--expires", "30")
    assert key["scopes"] == ["git:read", "runtime:read"]
    assert key["expiresAt"][:10] > key["createdAt"][:10]


@pytest.mark.parametrize(
    ("arguments", "failure"),
    [
        (("--org", "nobody", "--name", "agent"), (3, "org_not_found")),
        (("--org", "acme", "--name", "agent", "--scope", "root"), (2, "request_invalid")),
        (("--org", "acme", "--name", "two\nlines"), (2, "request_invalid")),
    ],
)
def test_a_key_that_cannot_be_is_not_made(shell: Shell, arguments: tuple[str, ...], failure: tuple[int, str]) -> None:
    shell.json("org", "create", "acme")
    assert shell.failure("key", "create", *arguments) == failure
    assert shell.json("key", "list") == {"keys": []}


def test_a_key_is_revoked_once_and_for_all(shell: Shell) -> None:
    shell.json("org", "create", "acme")
    key = shell.json("key", "create", "--org", "acme", "--name", "agent")
    revoked = shell.json("key", "revoke", key["id"])
    assert revoked["revokedAt"]
    assert shell.json("key", "revoke", key["id"])["revokedAt"] == revoked["revokedAt"]
    assert shell.failure("key", "revoke", "key_unknown") == (3, "key_not_found")


def test_reindex_builds_every_index_or_the_one_that_is_named(shell: Shell, notes: Path) -> None:
    shell.json("org", "create", "acme", "--from", str(notes))
    shell.json("org", "create", "beta")
    assert shell.json("reindex") == {"reindexed": ["acme", "beta"]}
    assert shell.json("reindex", "--org", "beta") == {"reindexed": ["beta"]}
    assert shell.failure("reindex", "--org", "nobody") == (3, "org_not_found")


def test_a_doctor_finds_a_sound_service_well(shell: Shell, notes: Path) -> None:
    shell.json("org", "create", "acme", "--from", str(notes))
    assert shell.json("doctor") == {"healthy": True, "findings": []}


def test_a_doctor_mends_what_is_derived(shell: Shell, notes: Path) -> None:
    shell.json("org", "create", "acme", "--from", str(notes))
    for path in (shell.data / "derived").rglob("*"):
        if path.is_file():
            path.write_bytes(b"garbage")
    examined = shell.json("doctor")
    assert examined["healthy"]
    assert {(finding["subject"], finding["mended"]) for finding in examined["findings"]} == {("index acme", True)}
    assert shell.json("doctor") == {"healthy": True, "findings": []}


def test_a_doctor_says_what_it_cannot_mend(shell: Shell, notes: Path) -> None:
    shell.json("org", "create", "acme", "--from", str(notes))
    (pack,) = (shell.data / "orgs" / "acme.git" / "objects" / "pack").glob("*.pack")
    pack.chmod(0o644)
    damaged = bytearray(pack.read_bytes())
    damaged[40:60] = bytes(20)
    pack.write_bytes(damaged)
    result = shell.run("doctor", "--json")
    assert result.exit_code == 1
    examined = json.loads(result.stdout)
    assert not examined["healthy"]
    assert "repository acme" in {finding["subject"] for finding in examined["findings"]}


def test_commands_work_beside_a_service_on_the_same_data(shell: Shell, notes: Path) -> None:
    with open_service(Settings(data_dir=shell.data)) as service:
        shell.json("org", "create", "acme", "--from", str(notes))
        assert [org.name for org in service.organisations.list()] == ["acme"]
        shell.json("reindex")
        assert shell.json("doctor")["healthy"]
        assert service.repositories.exists(OrgId("acme"))


def test_the_description_of_the_api_is_printed_as_json(shell: Shell) -> None:
    assert "/api/runtime/capabilities" in shell.json("openapi")["paths"]
    assert json.loads(shell.run("openapi").stdout) == shell.json("openapi")


def test_a_data_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert Shell(tmp_path / "file" / "data").failure("org", "list") == (6, "data_folder_unusable")


def test_a_setting_out_of_range_is_one_sentence(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMORY_SERVICE_WORKERS", "none")
    assert shell.failure("org", "list") == (2, "request_invalid")


def test_a_fault_is_one_sentence_and_no_traceback(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(settings: Settings) -> None:
        raise ZeroDivisionError("with something in it that nobody should read")

    monkeypatch.setattr("memory_service.cli.options.open_service", fails)
    result = shell.run("org", "list")
    assert result.exit_code == 1
    assert "Error: Unexpected failure (ZeroDivisionError)" in result.stderr
    assert "nobody should read" not in result.stderr


def test_upkeep_is_shown_and_done(shell: Shell) -> None:
    for org in ("acme", "beta"):
        shell.json("org", "create", org)
    idle = Repositories(shell.data / "orgs", system_clock, StorageLimits(packs=10_000))
    for number in range(30):
        idle.write(OrgId("acme"), append("/a.md", b"%d\n" % number))
    shown = shell.json("gc", "--dry-run")["organisations"]
    assert [(org["name"], org["packs"]) for org in shown] == [("acme", 31), ("beta", 1)]
    assert shown[0]["putTogether"] > 20
    assert shell.json("gc", "--dry-run")["organisations"] == shown
    assert shell.json("gc", "--org", "acme")["organisations"] == shown[:1]
    assert shell.json("gc", "--dry-run")["organisations"][0]["putTogether"] == 0
    assert "PUT TOGETHER" in shell.run("gc").stdout
    assert shell.failure("gc", "--org", "none") == (3, "org_not_found")
