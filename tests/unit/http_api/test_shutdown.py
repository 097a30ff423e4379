import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.unit.http_api.application import SECONDS, read_events

GRACE = 3


@contextmanager
def server_process() -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    command = [sys.executable, "-m", "tests.unit.http_api.server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            key, port = process.stdout.readline().strip(), process.stdout.readline().strip()
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}", headers={"x-api-key": key}, timeout=SECONDS, trust_env=False
            ) as client:
                yield process, client
        finally:
            process.kill()


@pytest.mark.requirement("events.shutdown")
def test_open_streams_get_a_last_event_and_do_not_keep_the_process_that_is_told_to_end() -> None:
    with server_process() as (process, client):
        started = client.post("/api/runtime/tools/slow", json={}, headers={"Prefer": "respond-async"}).json()
        received, told_at = "", 0.0
        with client.stream("GET", started["executionEventsUrl"]) as stream:
            for part in stream.iter_text():
                received += part
                if "event: tool_use" in received and not told_at:
                    told_at = time.monotonic()
                    process.send_signal(signal.SIGTERM)
        # The stream was ended, not cut: the loop above would have raised.
        process.wait(timeout=GRACE - (time.monotonic() - told_at))
    *_, (event_id, kind, data) = read_events(received)
    assert (event_id, kind) == (None, "checkpoint")
    assert data == {
        "summary": "The server is shutting down; reconnect with Last-Event-ID",
        "executionId": started["executionId"],
        "runId": started["runId"],
    }
