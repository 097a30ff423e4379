"""``make conformance``: the official suite on both revisions, and the inspector's view of the tools.

It ends with 1 when the suite fails otherwise than ``expected-REVISION.yml`` has it, in either direction.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conformance.node import HERE, Programs, installed
from tests.server_process import new_data, server_process

REVISIONS = ("2025-11-25", "2026-07-28")
ERAS = ("legacy", "modern")

_SCENARIO = re.compile(r"^\s*[✓✗] [a-z0-9-]+: (\d+) passed, (\d+) failed", re.MULTILINE)
_LISTED = re.compile(r"^  - (\S+)$", re.MULTILINE)


def main() -> None:
    """Run everything and print what came of it."""
    programs = installed()
    with tempfile.TemporaryDirectory() as folder:
        outcomes = [*_suite(programs, Path(folder)), *_inspected(programs, Path(folder))]
    sys.exit(0 if all(outcomes) else 1)


def _suite(programs: Programs, folder: Path) -> Iterator[bool]:
    with _fixture_server(folder / "suite") as url:
        for revision in REVISIONS:
            expected = HERE / f"expected-{revision}.yml"
            ran = programs.conformance(
                *("server", "--url", url, "--requirements", revision),
                *("--expected-failures", str(expected), "--output-dir", str(folder / revision)),
            )
            _say(f"{revision}: {_score(ran.stdout, expected.read_text(), programs.required(revision))}", ran)
            yield ran.returncode == 0


def _score(printed: str, expected: str, required: list[str]) -> str:
    """How many of the scenarios that the revision requires are passed, and how many checks of all that were run."""
    failing = _LISTED.findall(expected)
    counts = [(int(good), int(bad)) for good, bad in _SCENARIO.findall(printed)]
    good, bad = (sum(column) for column in zip(*counts, strict=True))
    passed = [name for name in required if name not in failing]
    return f"{len(passed)} of {len(required)} required scenarios, {good} of {good + bad} checks of all scenarios"


def _inspected(programs: Programs, folder: Path) -> Iterator[bool]:
    """What the inspector makes of the real server: schemas that every client can use, a call, a file."""
    data, key = new_data(folder)
    with server_process(data) as server:
        for era in ERAS:
            asked = ["--server-url", f"{server.address}/api/mcp", "--transport", "http", "--protocol-era", era]
            asked += ["--header", f"Authorization: Bearer {key}", "--method"]
            for method in (
                ["tools/list", "--strict"],
                ["tools/call", "--tool-name", "memory_append", "--tool-arg", "path=/a.md", "content=A walrus."],
                ["tools/call", "--tool-name", "memory_search", "--tool-arg", "query=walrus"],
                ["resources/list"],
                ["resources/read", "--uri", "memory:///a.md"],
                ["prompts/list"],
            ):
                ran = programs.inspector(*asked, *method)
                _say(f"inspector, {era}: {' '.join(method[:3])}", ran)
                yield ran.returncode == 0


@contextmanager
def _fixture_server(data: Path) -> Iterator[str]:
    """The address of ``tests.conformance.server`` in a process of its own."""
    command = [sys.executable, "-m", "tests.conformance.server", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def _say(what: str, ran: subprocess.CompletedProcess[str]) -> None:
    """Print one line, and everything where it was no success."""
    print(f"{what}: {'as expected' if ran.returncode == 0 else f'exit {ran.returncode}'}", flush=True)
    if ran.returncode:
        print(ran.stdout, ran.stderr, sep="\n", flush=True)


main()
