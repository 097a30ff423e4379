"""The git program as the server of what is fetched: protocols 0 to 2, shallow and partial clones."""

import os
import re
import resource
import select
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

from memory_service.domain.errors import InternalError, RequestInvalid
from memory_service.storage.git_environment import clean_environment
from memory_service.storage.limits import UploadLimits
from memory_service.storage.pkt_lines import FLUSH, pkt_line

_SETTINGS = {
    "safe.directory": "*",
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    "core.packedGitWindowSize": "32m",
    "core.packedGitLimit": "256m",
    "pack.windowMemory": "64m",
}
_PROTOCOL = re.compile(r"[a-z0-9=:.-]{0,200}")
_VERSION_2 = re.compile(r"(.*:)?version=2(:.*)?")
_PART = 1 << 16


class GitProgram:
    """Runs ``git upload-pack`` in a clean environment and within bounds, once for each request."""

    def __init__(self, git: Path, limits: UploadLimits) -> None:
        self._git = git
        self._limits = limits

    def advertise(self, repository: Path, protocol: str) -> Iterator[bytes]:
        """The answer to ``GET info/refs``; in version 2 it begins without the service's name (http-backend.c)."""
        if not _VERSION_2.fullmatch(protocol):
            yield pkt_line(b"# service=git-upload-pack\n") + FLUSH
        yield from self._run(["--advertise-refs", str(repository)], protocol, subprocess.DEVNULL)

    def upload(self, repository: Path, body: BinaryIO, protocol: str) -> Iterator[bytes]:
        """The answer to a request, as it comes.

        Raises:
            RequestInvalid: git could make nothing of the body.
            InternalError: git stands still.
        """
        os.lseek(body.fileno(), 0, os.SEEK_SET)
        yield from self._run([str(repository)], protocol, body.fileno())

    def _run(self, arguments: Sequence[str], protocol: str, stdin: int) -> Iterator[bytes]:
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        process = subprocess.Popen(
            [self._git, *settings, "upload-pack", "--stateless-rpc", *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._environment(protocol),
            start_new_session=True,
        )
        with process:
            try:
                self._limit(process.pid)
                yield from self._read(process)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def _read(self, process: "subprocess.Popen[bytes]") -> Iterator[bytes]:
        output = cast("BinaryIO", process.stdout).fileno()
        ready = select.poll()
        ready.register(output, select.POLLIN)
        begun = False
        while True:
            if not ready.poll(self._limits.silent_seconds * 1000):
                raise InternalError("git stands still")
            part = os.read(output, _PART)
            if not part:
                break
            begun = True
            yield part
        if process.wait() and not begun:
            raise RequestInvalid("git can make nothing of it")

    def _environment(self, protocol: str) -> dict[str, str]:
        return clean_environment(self._git) | {"GIT_PROTOCOL": protocol if _PROTOCOL.fullmatch(protocol) else ""}

    def _limit(self, process: int) -> None:
        """Bound what the process and those that it starts may take; it has not come to start any."""
        if hasattr(resource, "prlimit"):
            for what, most in (
                (resource.RLIMIT_AS, self._limits.memory_bytes),
                (resource.RLIMIT_CPU, self._limits.seconds),
                (resource.RLIMIT_CORE, 0),
            ):
                with suppress(ProcessLookupError):
                    resource.prlimit(process, what, (most, most))
