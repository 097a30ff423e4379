"""A backup of a server at work, restored: everything is as it was at one moment, and a retry finds its first answer."""

import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from memory_service.backup import opened_target
from memory_service.cli.app import app
from memory_service.domain.calls import Scope
from memory_service.domain.ids import OrgId
from memory_service.domain.progress import Progress, no_progress
from memory_service.service import open_service
from memory_service.settings import Settings
from tests.git_client.people import Person
from tests.real_git import git
from tests.runtime_client import Json, RuntimeClient
from tests.server_process import ServerProcess, server_process
from tests.unit.backup.places import assert_same, rows

PUBLIC_URL = "http://memory.example"
"""One for all servers, so that an answer is the same whichever of them gives it."""
WRITERS = 4
FEW, MANY = 5, 15
"""Lines that are written together."""
_SECONDS = 60


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with open_service(Settings(data_dir=tmp_path / "data")) as service:
        service.organisations.create("acme", Path("sample_memory"))
        service.organisations.create("other")
    return tmp_path / "data"


@pytest.fixture
def key(data: Path) -> str:
    with open_service(Settings(data_dir=data)) as service:
        return service.keyring.create("acme", "agent", [Scope.RUNTIME, Scope.GIT_WRITE])[1]


def person(folder: Path, server: ServerProcess, key: str) -> Person:
    """Somebody with a clone."""
    (folder / "person").mkdir()
    address = server.address.replace("http://", f"http://bart:{key}@")
    return Person("Bart", folder / "person", f"{address}/git/acme.git", lambda: datetime.now(UTC)).clone()


def run(data: Path, *arguments: str) -> Result:
    """Run a command on a data folder."""
    return CliRunner().invoke(app, [*arguments, "--data", str(data), "--json"])


def printed(data: Path, *arguments: str) -> Json:
    """What a command that succeeds prints."""
    ran = run(data, *arguments)
    assert ran.exit_code == 0, ran.stderr
    found: Json = json.loads(ran.stdout)
    return found


@contextmanager
def client_of(data: Path, key: str) -> Iterator[RuntimeClient]:
    """A client of a server of its own."""
    with server_process(data, public_url=PUBLIC_URL) as server, server.client(key) as client:
        yield client


def test_what_is_restored_is_all_that_was_there(data: Path, key: str, tmp_path: Path) -> None:
    line = {"path": "/daily/2026-05-04.md", "content": "- Said once."}
    search: Json = {"query": "enterprise fintech", "limit": 50}
    printed(data, "org", "set", "acme", "--push", "fast-forward")
    with server_process(data, public_url=PUBLIC_URL) as server, server.client(key) as client:
        appended = client.invoke("memory_append", line, headers={"Idempotency-Key": "once"})
        bart = person(tmp_path, server, key)
        bart.commit("By hand", {"topics/hand.md": "# By hand\n"})
        bart.git("push", "--quiet", "origin", "main")
        found = client.result("memory_search", **search)
        printed(data, "backup", str(tmp_path / "backup.tar"))
    printed(tmp_path / "again", "restore", str(tmp_path / "backup.tar"))
    assert_same(data, tmp_path / "again")
    with client_of(tmp_path / "again", key) as client:
        replayed = client.invoke("memory_append", line, headers={"Idempotency-Key": "once"})
        assert replayed == appended
        execution = client.execution(appended["executionId"])
        assert execution["status"] == "completed"
        assert [event.type for event in client.events(execution["id"])][-1] == "done"
        assert client.result("memory_search", **search) == found
        assert client.result("memory_read", path="/topics/hand.md")["content"] == "# By hand\n"
    log = ("log", "--format=%H", "main")
    assert git(data / "orgs/acme.git", *log) == git(tmp_path / "again/orgs/acme.git", *log)
    modes = {org["name"]: org["push"] for org in printed(tmp_path / "again", "org", "list")["organisations"]}
    assert modes == {"acme": "fast-forward", "other": "merge"}
    assert len(printed(tmp_path / "again", "org", "pushes", "acme")["pushes"]) == 1
    assert printed(tmp_path / "again", "doctor")["healthy"]


@dataclass
class Work:
    """Agents that append lines, as many as they are let, and somebody who pushes; until they are told to stop."""

    server: ServerProcess
    key: str
    acknowledged: dict[str, Json] = field(default_factory=dict)
    """Answers by the line that was written."""
    pushed: int = 0
    stopped: bool = False
    lines: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Those that may be written."""
    _moved: threading.Condition = field(default_factory=threading.Condition)

    def write(self, writer: int) -> None:
        """Append the lines of one agent."""
        with self.server.client(self.key) as client:
            number = 0
            while self.lines.acquire(timeout=_SECONDS) and not self.stopped:
                line, number = f"{writer}.{number}", number + 1
                answer = append(client, line)
                with self._moved:
                    self.acknowledged[line] = answer
                    self._moved.notify_all()

    def push(self, bart: Person) -> None:
        """Push one commit after the other."""
        while not self.stopped:
            bart.commit("More", {"topics/hand.md": f"# Push {self.pushed}\n"})
            bart.git("push", "--quiet", "origin", "main")
            bart.git("pull", "--quiet", "--rebase", "origin", "main")
            with self._moved:
                self.pushed += 1
                self._moved.notify_all()

    def await_more(self, writes: int, pushes: int = 0) -> None:
        """Let some lines be written, and wait for them."""
        self.lines.release(writes)
        with self._moved:
            wanted, pushed = len(self.acknowledged) + writes, self.pushed + pushes
            assert self._moved.wait_for(lambda: len(self.acknowledged) >= wanted and self.pushed >= pushed, _SECONDS)

    def stop(self) -> None:
        """Let everybody come to an end."""
        self.stopped = True
        self.lines.release(WRITERS)

    @contextmanager
    def stage(self, title: str) -> Iterator[Progress]:
        """A stage of a backup does not end before some more lines are written."""
        yield no_progress
        self.await_more(FEW)


def append(client: RuntimeClient, line: str) -> Json:
    sent = {"path": f"/daily/{line.partition('.')[0]}.md", "content": line}
    answer = client.invoke("memory_append", sent, headers={"Idempotency-Key": line})
    assert "result" in answer, answer
    return answer


def test_a_backup_made_while_agents_write_and_people_push_is_of_one_moment(
    data: Path, key: str, tmp_path: Path
) -> None:
    known: list[frozenset[str]] = []
    with server_process(data, public_url=PUBLIC_URL) as server:
        work = Work(server, key)
        bart = person(tmp_path, server, key)
        with ThreadPoolExecutor(WRITERS + 1) as pool:
            running = [pool.submit(work.write, writer) for writer in range(WRITERS)] + [pool.submit(work.push, bart)]
            try:
                for number in range(2):
                    work.await_more(FEW, pushes=1)
                    known.append(frozenset(work.acknowledged))
                    work.lines.release(MANY)  # some are under way at the moment that the backup is of
                    _back_up(data, tmp_path / "backup", work)
                    printed(tmp_path / f"again {number}", "restore", str(tmp_path / "backup"))
            finally:
                work.stop()
            for one in running:
                one.result(_SECONDS)
    for number, before in enumerate(known):
        _assert_of_one_moment(tmp_path / f"again {number}", work.acknowledged, before)
        _assert_retries_are_answered(tmp_path / f"again {number}", key, work.acknowledged, before)


def _back_up(data: Path, place: Path, work: Work) -> None:
    with open_service(Settings(data_dir=data)) as service, opened_target(place) as target:
        made = service.backups.make(target, str(place), work.stage)
    assert made.written[OrgId("acme")] != "unchanged", "so there were two stages, while which lines were written"


def _assert_of_one_moment(data: Path, acknowledged: dict[str, Json], before: frozenset[str]) -> None:
    """The database names no commit that is not there, and no commit names an execution that it does not know."""
    repository = data / "orgs" / "acme.git"
    git(repository, "fsck", "--full", "--strict")
    commits = _commits(repository)
    with closing(sqlite3.connect(data / "memory.db")) as database:
        executions = dict(database.execute("SELECT id, commit_id FROM executions"))
        pushes = [new for (new,) in database.execute("SELECT new FROM pushes")]
    named = {execution: commit for execution, commit in executions.items() if commit}
    assert named.items() <= commits.items()
    assert commits.keys() <= executions.keys()
    assert set(pushes) <= set(git(repository, "rev-list", "main").split())
    for line in before:
        answer = acknowledged[line]
        assert named[answer["executionId"]] == answer["result"]["commit"]


def _assert_retries_are_answered(data: Path, key: str, acknowledged: dict[str, Json], before: frozenset[str]) -> None:
    """Who was answered before the backup gets the same answer again, and no line is there twice."""
    with client_of(data, key) as client:
        assert {line: append(client, line) for line in before} == {line: acknowledged[line] for line in before}
        again = {line: append(client, line) for line in acknowledged}
        files = [client.result("memory_read", path=f"/daily/{writer}.md")["content"] for writer in range(WRITERS)]
    lines = Counter(line for content in files for line in content.splitlines())
    assert lines == Counter(dict.fromkeys(acknowledged, 1))
    assert _commits(data / "orgs/acme.git") == {one["executionId"]: one["result"]["commit"] for one in again.values()}
    assert not [row for row in rows(data)["executions"] if "executing" in row]


def _commits(repository: Path) -> dict[str, str]:
    """The commit of each execution that made one."""
    log = git(repository, "log", "--format=%H %(trailers:key=Execution-Id,valueonly,separator=%x2C)", "main")
    pairs = [line.split(" ") for line in log.splitlines()]
    return {execution: commit for commit, execution in pairs if execution}


def test_a_backup_of_nothing_and_a_restore_of_nothing_fail_with_a_sentence(tmp_path: Path) -> None:
    for command, code in (("backup", 6), ("restore", 3)):
        ran = run(tmp_path / "data", command, str(tmp_path / "place"))
        assert ran.exit_code == code
        assert json.loads(ran.stderr)["code"] == {6: "data_folder_unusable", 3: "backup_not_found"}[code]
        assert list(tmp_path.iterdir()) == []
