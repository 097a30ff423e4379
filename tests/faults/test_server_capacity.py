"""A full disk and a full queue: a clear answer, nothing half-written, and everything works again afterwards."""

import errno
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from memory_service.storage import disk
from tests.runtime_client import refused, succeeded
from tests.service_fixtures import running_service


@pytest.mark.requirement("errors.storage_full", "errors.should_retry", "idempotency.released")
@pytest.mark.parametrize("tool", ["memory_write", "memory_append"])
def test_a_full_disk_is_told_and_a_retry_writes_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: str
) -> None:
    def full(operation: str, path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    headers = {"Idempotency-Key": "note-1"}
    call = {"path": "/a.md", "content": "- Called Ada.\n"}
    with running_service(tmp_path) as running:
        org = running.organisation()
        client = org.client()
        client.result("memory_write", path="/b.md", content="A walrus.")
        commits = org.commits()
        with monkeypatch.context() as patched:
            patched.setattr(disk, "before", full)
            answer = client.call(tool, call, headers=headers)
            details = refused(answer, 503, "storage_full")
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.headers["x-should-retry"] == "true"
            assert client.events(details["executionId"])[-1].data["code"] == "storage_full"
            assert client.result("memory_read", path="/b.md")["content"] == "A walrus."
            refused(client.call("memory_read", {"path": "/a.md"}), 404, "memory_not_found")
        assert org.commits() == commits
        first = succeeded(client.call(tool, call, headers=headers))
        assert succeeded(client.call(tool, call, headers=headers)) == first
        assert client.result("memory_read", path="/a.md")["content"] == "- Called Ada.\n"
        assert len(org.commits()) == len(commits) + 1
        org.git("fsck", "--full", "--strict")


@pytest.mark.requirement("errors.overloaded", "errors.should_retry")
def test_a_call_that_finds_the_queue_full_is_told_to_come_back(tmp_path: Path) -> None:
    with running_service(tmp_path, workers=1, queue=1) as running, ThreadPoolExecutor(4) as pool:
        org = running.organisation()
        client, gate = org.client(), running.tools.gate("held")
        client.call("board_hold", {"gate": "held"}, headers={"Prefer": "respond-async"})
        gate.wait_entered()
        calls = [pool.submit(client.call, "board_hold", {"gate": "held"}) for _ in range(4)]
        answered, _ = wait(calls, timeout=20, return_when=FIRST_COMPLETED)
        gate.release()
        for call in answered:
            answer = call.result()
            refused(answer, 503, "overloaded")
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.headers["x-should-retry"] == "true"
        codes = sorted(call.result(timeout=20).status_code for call in calls)
        assert codes[0] == 200
        assert codes[-1] == 503
        assert succeeded(client.call("board_hold", {"gate": "held"}))["result"] == {"held": "held"}
