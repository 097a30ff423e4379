"""Every command that README and docs show is run, as a reader would paste it, against what `make run` starts."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server_process import ServerProcess, printed

ROOT = Path(__file__).parents[2]
SHOWN_ADDRESS = "http://127.0.0.1:8000"
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = [(page.name, block) for page in PAGES for block in BLOCK.findall(page.read_text())]


class Reader:
    """Somebody who pastes commands into a shell, in a folder where `make run` has made its data."""

    def __init__(self, folder: Path, address: str, key: str) -> None:
        self._folder = folder
        self._address = address
        self._key = key

    def paste(self, commands: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", commands.replace(SHOWN_ADDRESS, self._address)],
            cwd=self._folder,
            env={
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "MEMORY_KEY": self._key,
                "HOME": str(self._folder),
                "GIT_CONFIG_NOSYSTEM": "1",
                **{f"GIT_{role}_{what}": "reader" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("reader")
    data = folder / "data"
    printed(data, "org", "create", "acme", "--from", str(ROOT / "sample_memory"))
    scopes = ("--scope", "runtime", "--scope", "git:write")
    key = printed(data, "key", "create", "--org", "acme", "--name", "reader", *scopes)
    server = ServerProcess(data)
    try:
        yield Reader(folder, server.address, key)
    finally:
        server.close()


def test_pages_show_commands() -> None:
    assert len(COMMANDS) > 10


@pytest.mark.parametrize(("page", "commands"), COMMANDS, ids=[f"{page}-{n}" for n, (page, _) in enumerate(COMMANDS)])
def test_a_shown_command_does_what_the_page_says(reader: Reader, page: str, commands: str) -> None:
    done = reader.paste(commands)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert '"code":' not in done.stdout


def test_the_question_of_the_readme_finds_the_ideal_customer_profile_first(reader: Reader) -> None:
    (question,) = [commands for page, commands in COMMANDS if page == "README.md" and "enterprise fintech" in commands]
    first = reader.paste(question).stdout.partition('"hits":[')[2]
    assert first.startswith('{"path":"/topics/icp.md"')
