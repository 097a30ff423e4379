"""Having pushes looked at in processes of their own."""

import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress

from memory_service.domain.errors import InternalError, Overloaded
from memory_service.storage.limits import PushLimits
from memory_service.storage.receive import inspector
from memory_service.storage.receive.inspection import Inspected, Job

_COMMAND = [sys.executable, "-s", "-P", "-c", f"from {inspector.__name__} import main; main()"]
_GRACE = 5
"""Seconds that the kernel is given to end a process."""


class Inspectors:
    """So many at once, all copies of one process that is started when it is first needed. Usable from any thread."""

    def __init__(self, limits: PushLimits, patience: float) -> None:
        self._limits = limits
        self._patience = patience
        self._free = threading.BoundedSemaphore(limits.processes)
        self._guard = threading.Lock()
        self._process: _Process | None = None

    def warm(self) -> None:
        """Start the process, for a push that is likely to come: that takes longer than most pushes."""
        with self._guard:
            if self._process and not self._process.lives:
                self._process.end()
                self._process = None
            self._process = self._process or _Process()

    def inspect(self, job: Job, sent: int) -> Inspected:
        """Have a push looked at in an open file.

        Raises:
            Overloaded: too many pushes are being looked at.
            OSError: the disk failed.
            InternalError: the process did.
        """
        if not self._free.acquire(timeout=self._patience):
            raise Overloaded("too many pushes are being received")
        try:
            ours, theirs = socket.socketpair()
            with ours:
                with theirs:
                    self._send(job, sent, theirs)
                return self._answer(ours)
        finally:
            self._free.release()

    def close(self) -> None:
        """End the process."""
        with self._guard:
            if self._process:
                self._process.end()
            self._process = None

    def _send(self, job: Job, sent: int, answer: socket.socket) -> None:
        self.warm()
        with self._guard:
            if self._process is None:
                raise Overloaded("the service is closing")
            self._process.send(inspector.message_of(job), [sent, answer.fileno()])

    def _answer(self, answer: socket.socket) -> Inspected:
        answer.settimeout(self._limits.seconds + _GRACE)
        message = b""
        try:
            while part := answer.recv(inspector.MESSAGE):
                message += part
        except TimeoutError:
            return inspector.TOO_MUCH
        if not message:
            return inspector.TOO_MUCH  # the kernel has ended it
        values = json.loads(message)
        if "errno" in values:
            raise OSError(values["errno"], os.strerror(values["errno"] or 0))
        if "failure" in values:
            raise InternalError from RuntimeError(values["failure"])
        return Inspected(**values | {"faults": tuple(values["faults"])})


class _Process:
    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                _COMMAND,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                start_new_session=True,
            )

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def send(self, message: bytes, descriptors: list[int]) -> None:
        socket.send_fds(self._socket, [message], descriptors)
        if self._socket.recv(len(inspector.TAKEN)) != inspector.TAKEN:
            raise InternalError("The process that looks at pushes has ended")

    def end(self) -> None:
        self._socket.close()
        with suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
