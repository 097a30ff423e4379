"""Processes in which pushes are looked at: each for one push, started before it is needed where that can be known."""

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
_TOO_LONG = Inspected(damage="it takes longer to look at than is allowed")


class Inspectors:
    """So many at once, and one that waits. Usable from any thread."""

    def __init__(self, limits: PushLimits, patience: float) -> None:
        self._limits = limits
        self._patience = patience
        self._free = threading.BoundedSemaphore(limits.processes)
        self._guard = threading.Lock()
        self._waiting: _Process | None = None
        self._closed = False

    def warm(self) -> None:
        """Have a process wait for a push that is likely to come: to start one takes longer than most pushes."""
        with self._guard:
            if self._waiting is None and not self._closed:
                self._waiting = _Process()

    def inspect(self, job: Job, sent: int) -> Inspected:
        """Let a process look at a push in an open file.

        Raises:
            Overloaded: too many pushes are being looked at.
            OSError: the disk failed.
            InternalError: the process did.
        """
        if not self._free.acquire(timeout=self._patience):
            raise Overloaded("too many pushes are being received")
        try:
            process = self._take()
            try:
                return process.inspect(job, sent, self._limits.seconds)
            finally:
                process.end()
                # Who pushes once pushes again, and other people do.
                with suppress(OSError):
                    self.warm()
        finally:
            self._free.release()

    def close(self) -> None:
        """End the process that waits."""
        with self._guard:
            self._closed = True
            if self._waiting:
                self._waiting.end()
            self._waiting = None

    def _take(self) -> "_Process":
        with self._guard:
            process, self._waiting = self._waiting, None
        if process and process.lives:
            return process
        if process:
            process.end()
        return _Process()


class _Process:
    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self._socket = ours
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

    def inspect(self, job: Job, sent: int, seconds: int) -> Inspected:
        answer = b""
        self._socket.settimeout(seconds)
        try:
            socket.send_fds(self._socket, [inspector.message_of(job)], [sent])
            while part := self._socket.recv(inspector.MESSAGE):
                answer += part
        except TimeoutError:
            return _TOO_LONG
        except OSError as error:
            raise InternalError from error
        if not answer:
            # A process that has used up its time is killed by the kernel.
            if self._process.wait() < 0:
                return _TOO_LONG
            raise InternalError
        values = json.loads(answer)
        if "errno" in values:
            raise OSError(values["errno"], os.strerror(values["errno"] or 0))
        return Inspected(**values | {"faults": tuple(values["faults"])})

    def end(self) -> None:
        self._socket.close()
        with suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
