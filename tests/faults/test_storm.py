"""What clients were told in a storm, held against what is there when it is over."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.storm import Outcome, Size, blow
from tests.real_git import git
from tests.runtime_client import Json
from tests.server_process import new_data, server_process

SHARE = Size(servers=2, clients=8, writes=12, kills=4, seconds=120)
WHOLE = Size(servers=8, clients=64, writes=23, kills=40, seconds=1800)
ENOUGH = 10_000


@pytest.mark.requirement("history.one_commit", "idempotency.replay", "append.twice", "execution.shape")
def test_a_storm_of_writers_and_kills_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    _rage(tmp_path, SHARE, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(WHOLE.seconds)
def test_a_storm_of_512_clients_on_8_servers_loses_nothing_of_10_000_writes(tmp_path: Path) -> None:
    outcome = _rage(tmp_path, WHOLE, seed=2)
    assert len(outcome.acknowledged) >= ENOUGH


def _rage(folder: Path, size: Size, seed: int) -> Outcome:
    data, key = new_data(folder)
    outcome = blow(data, key, size, seed)
    assert outcome.kills >= size.kills
    assert outcome.overlapping > 0, "servers were killed in the middle of writes"
    with server_process(data) as server, server.client(key) as client:
        paths = [entry["path"] for entry in client.result("memory_ls")["entries"]]
        files = [client.result("memory_read", path=path)["content"] for path in paths]
    lines = Counter(line for content in files for line in content.splitlines())
    assert lines == Counter(dict.fromkeys(outcome.acknowledged, 1))
    assert set(outcome.refused.values()) <= {"version_mismatch"}
    _agree(data, outcome)
    return outcome


def _agree(data: Path, outcome: Outcome) -> None:
    """Executions and trailers name each other, and each commit stands for one write that was acknowledged."""
    executions = _executions(data)
    assert not [one for one in executions.values() if one["status"] == "executing"]
    completed = {key: one["commit_id"] for key, one in executions.items() if one["commit_id"]}
    repository = data / "orgs" / "acme.git"
    log = git(repository, "log", "--format=%H %(trailers:key=Execution-Id,valueonly,separator=%x2C)", "main")
    pairs = [line.split(" ") for line in log.splitlines()]
    trailed = {execution: commit for commit, execution in pairs if execution}
    assert completed == trailed
    answered = {one["executionId"]: one["result"]["commit"] for one in outcome.acknowledged.values()}
    assert answered == completed
    assert len(log.splitlines()) == 1 + len(outcome.acknowledged), "the first commit and one of each write"
    git(repository, "fsck", "--full", "--strict")


def _executions(data: Path) -> dict[str, Json]:
    with closing(sqlite3.connect(data / "memory.db")) as database:
        database.row_factory = sqlite3.Row
        rows = database.execute(
            "SELECT id, status, commit_id, result FROM executions WHERE capability != 'memory_read'"
        )
        return {row["id"]: {**row, "result": json.loads(row["result"] or "null")} for row in rows}
