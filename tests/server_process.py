"""The service as an operator runs it: the command line, and a server process that can be killed."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from memory_service.domain.calls import Scope
from memory_service.service import open_service
from memory_service.settings import Settings
from tests.runtime_client import RuntimeClient

_SECONDS = 60


def command_line(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of ``memory-service`` on a data folder, whatever comes of it."""
    return subprocess.run(
        [sys.executable, "-m", "memory_service", *arguments, "--data", str(data)],
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )


def printed(data: Path, *arguments: str) -> str:
    """What a command that succeeds prints."""
    ran = command_line(data, *arguments)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


class ServerProcess:
    """``memory-service serve`` on a data folder, in a process of its own on a free port.

    ``fixture_tools``: the same with the tools of ``tests.fixture_tools``, whose gates nobody opens.
    ``descriptors``: how many it may have open. ``options``: those of the interpreter.
    """

    def __init__(
        self,
        data: Path,
        *,
        fixture_tools: bool = False,
        descriptors: int | None = None,
        options: Sequence[str] = (),
        **settings: str,
    ) -> None:
        served = ["memory_service", "serve", "--data", str(data), "--port", "0"]
        self._process = subprocess.Popen(
            [
                *(["sh", "-c", f'ulimit -n {descriptors} && exec "$@"', "sh"] if descriptors else []),
                *[sys.executable, *options, "-m", *(["tests.fixture_server", str(data)] if fixture_tools else served)],
            ],
            env=_environment(**settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._errors: list[str] = []
        self._readers = [threading.Thread(target=read, daemon=True) for read in (self._read_output, self._read_errors)]
        for reader in self._readers:
            reader.start()
        self.address = self._announced()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def client(self, key: str) -> RuntimeClient:
        """A client of the server."""
        return RuntimeClient(self.address, key)

    def kill(self) -> None:
        """End the process as a crash does: at once, between any two instructions."""
        self._process.kill()
        self._process.wait(_SECONDS)

    def terminate(self) -> None:
        """Ask the process to end."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float = _SECONDS) -> int:
        """Wait until the process has ended; its exit code."""
        return self._process.wait(seconds)

    @property
    def logged(self) -> str:
        """What the process has written to standard error."""
        return "".join(self._errors)

    def close(self) -> None:
        """Kill the process if it still runs."""
        if self._process.poll() is None:
            self.kill()
        for reader in self._readers:
            reader.join(_SECONDS)
        for stream in (self._process.stdout, self._process.stderr):
            if stream:
                stream.close()

    def _announced(self) -> str:
        while True:
            line = self._lines.get(timeout=_SECONDS)
            assert line, f"the server ended: {self.logged}"
            if line.startswith("Listening on "):
                return line.removeprefix("Listening on ").strip()

    def _read_output(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def _read_errors(self) -> None:
        assert self._process.stderr
        self._errors.extend(self._process.stderr)


@contextmanager
def server_process(
    data: Path,
    *,
    fixture_tools: bool = False,
    descriptors: int | None = None,
    options: Sequence[str] = (),
    **settings: str,
) -> Iterator[ServerProcess]:
    """A server process that does not outlive the block; settings are ``MEMORY_SERVICE_…`` without the prefix."""
    server = ServerProcess(data, fixture_tools=fixture_tools, descriptors=descriptors, options=options, **settings)
    try:
        yield server
    finally:
        server.close()


def new_data(folder: Path) -> tuple[Path, str]:
    """A data folder with the organisation ``acme``, and a key of it."""
    data = folder / "data"
    with open_service(Settings(data_dir=data)) as service:
        service.organisations.create("acme")
        _, secret = service.keyring.create("acme", "agent", [Scope.RUNTIME])
    return data, secret


def _environment(**settings: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, **{f"MEMORY_SERVICE_{name.upper()}": value for name, value in settings.items()}}
