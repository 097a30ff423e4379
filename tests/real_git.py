"""The real git, the peer that repositories are judged by."""

import subprocess
from pathlib import Path

_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}


def git(repository: Path, *arguments: str, stdin: str = "", date: str = "") -> str:
    """Run git on a repository, on a date if one is given; what it prints."""
    return git_bytes(repository, *arguments, stdin=stdin.encode(), date=date).decode()


def git_bytes(repository: Path, *arguments: str, stdin: bytes = b"", date: str = "") -> bytes:
    """Run git on what is no text."""
    dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date} if date else {}
    ran = subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", str(repository), *arguments],
        env=_ENVIRONMENT | dates,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout


def hash_object(content: str) -> str:
    """The blob id that git gives a text."""
    return git(Path("/"), "hash-object", "--stdin", stdin=content).strip()
