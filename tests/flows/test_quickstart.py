"""What ``make run`` starts, as whoever tries the service for the first time meets it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.runtime_client import RuntimeClient

SAMPLE = Path(__file__).parents[2] / "sample_memory"
README = (SAMPLE.parent / "README.md").read_text("utf-8").partition('"result": {"hits": [')[2].partition("```")[0]
"""What it shows of the answer."""
WELCOME = re.compile(r"running at (http://\S+?),.*?\n  key +(\S+)\n.*?git clone \S+\n", re.DOTALL)


def test_each_start_welcomes_with_an_address_and_a_key_of_its_own_that_searches_the_sample(tmp_path: Path) -> None:
    keys = set()
    for _ in range(2):
        with started(tmp_path / "data") as (address, key), RuntimeClient(address, key) as client:
            found = client.result("memory_search", query="enterprise fintech ICP", limit=3)
            assert [*figures(json.dumps(found["hits"][0])), str(found["total"])] == figures(README)
            keys.add(key)
    assert len(keys) == 2


def figures(answer: str) -> list[str]:
    """The figures of a hit, and how many hits there are in all."""
    return re.findall(r'"(?:score|startLine|endLine|total)": ([0-9.]+)', answer)


@contextmanager
def started(data: Path) -> Iterator[tuple[str, str]]:
    """The address and the key that a server welcomes with."""
    command = [sys.executable, "-m", "memory_service", "quickstart", "--sample", str(SAMPLE), "--data", str(data)]
    environment = {"PATH": os.environ["PATH"]}
    with subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield _welcome(process)
        finally:
            process.terminate()


def _welcome(process: subprocess.Popen[str]) -> tuple[str, str]:
    said = ""
    for line in process.stdout or ():
        said += line
        if found := WELCOME.search(said):
            return found[1], found[2]
    raise AssertionError(said)
