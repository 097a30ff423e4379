"""People with a clone of the memory: the real git, as somebody at a terminal uses it."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

_SECONDS = 100


@dataclass
class Person:
    """Somebody with a key, and a folder for a clone."""

    name: str
    home: Path
    url: str
    """The address of the repository, with the key in it."""
    clock: Callable[[], datetime]
    settings: dict[str, str] = field(default_factory=dict)
    """Git's configuration, for each command."""

    @property
    def folder(self) -> Path:
        """The clone."""
        return self.home / "memory"

    def clone(self, *options: str) -> "Person":
        """Clone the memory."""
        self.run("clone", "--quiet", *options, self.url, str(self.folder), cwd=self.home)
        return self

    def git(self, *arguments: str) -> str:
        """Run a command that succeeds in the clone; what it prints, for people and for scripts."""
        ran = self.run(*arguments)
        return ran.stdout + ran.stderr

    def refused(self, *arguments: str) -> str:
        """Run a command that fails in the clone; what it prints."""
        ran = self.run(*arguments, succeeds=False)
        assert ran.returncode != 0, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr

    def run(
        self, *arguments: str, cwd: Path | None = None, succeeds: bool = True, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run git; fails where it should succeed and does not."""
        options = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        ran = subprocess.run(
            ["git", *options, *arguments],
            cwd=cwd or self.folder,
            env=self._environment(),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        assert ran.returncode == 0 or not succeeds, f"git {' '.join(arguments)}\n{ran.stdout}{ran.stderr}"
        return ran

    def write(self, path: str, text: str | bytes) -> None:
        """Write a file of the clone."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)

    def read(self, path: str) -> str:
        """A file of the clone."""
        return (self.folder / path).read_text("utf-8")

    def commit(self, message: str, files: dict[str, str] | None = None) -> str:
        """Write files and commit everything that is there; the commit's id."""
        for path, text in (files or {}).items():
            self.write(path, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.id_of("HEAD")

    def push(self, *arguments: str) -> str:
        """Push, as people type it; what they read."""
        return self.git("push", *(arguments or ("origin", "main")))

    def pull(self) -> None:
        """Fetch and merge what is new."""
        self.git("pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main")

    def id_of(self, revision: str) -> str:
        """The commit that a revision names."""
        return self.run("rev-parse", revision).stdout.strip()

    def subjects(self, revision: str = "HEAD") -> list[str]:
        """The subjects of the commits of a revision, newest first."""
        return self.run("log", "--format=%s", revision).stdout.splitlines()

    def _environment(self) -> dict[str, str]:
        now = self.clock().isoformat()
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": self.name,
            "GIT_AUTHOR_EMAIL": f"{self.name.lower()}@example.org",
            "GIT_COMMITTER_NAME": self.name,
            "GIT_COMMITTER_EMAIL": f"{self.name.lower()}@example.org",
            "GIT_AUTHOR_DATE": now,
            "GIT_COMMITTER_DATE": now,
        }
