"""The description against the service: whatever is sent, what comes back is described."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.service_fixtures import Organisation, RunningService

CONFIG = """
[checks]
enabled = true

[warnings]
fail-on = ["missing_auth"]

[generation]
max-examples = 5
deterministic = true

[[operations]]
# The stream of an execution that runs has no end.
include-operation-id = "streamExecutionEvents"
enabled = false

[[operations]]
# No schema can tell which cursors a server has given out, or what a tool takes as its input.
include-operation-id = ["listSessions", "listSessionExecutions", "invokeTool", "invokeSessionTool"]
checks.positive_data_acceptance.enabled = false

[parameters]
"path.toolName" = "memory_ls"
"""


@pytest.mark.requirement("address.openapi")
def test_every_operation_answers_as_it_is_described(running: RunningService, org: Organisation, tmp_path: Path) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)
    tested = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", config),
            *("run", f"{running.address}/openapi.json", "--no-color"),
            *("--header", f"Authorization: Bearer {org.key()}"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr
