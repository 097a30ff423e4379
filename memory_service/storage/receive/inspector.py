"""The process from which pushes are looked at; it has a socket in the place of its input.

For each push it makes a copy of itself, which takes little time, and in which a push that was made to harm can take
neither the memory nor the processor of the service. It does nothing else, so nothing is copied in the midst of work.
"""

import errno
import json
import os
import resource
import signal
import socket
import traceback
from contextlib import closing, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from memory_service.storage.limits import PushLimits, StorageLimits
from memory_service.storage.receive.inspection import Inspected, Job, inspect

MESSAGE = 1 << 16
"""Bytes that a job is at most."""
TAKEN = b"."
"""Told when a job has been taken, and another one may be sent."""
TOO_MUCH = Inspected(damage="it takes more time or memory to look at than is allowed")


def main() -> None:
    """Take jobs until the service is gone: each with the file that was sent, and a socket for the answer."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=0) as service:
        while True:
            message, descriptors, _, _ = socket.recv_fds(service, MESSAGE, 2)
            if not descriptors:
                return
            if os.fork() == 0:
                try:
                    service.close()
                    _answer(message, *descriptors)
                finally:
                    os._exit(0)
            for descriptor in descriptors:
                os.close(descriptor)
            service.send(TAKEN)


def _answer(message: bytes, sent: int, answer: int) -> None:
    with closing(socket.socket(fileno=answer)) as service:
        try:
            job = job_of(message)
            _limit(job.limits)
            found: dict[str, Any] = asdict(inspect(job, sent))
        except MemoryError:
            found = asdict(TOO_MUCH)
        except OSError as error:
            found = asdict(TOO_MUCH) if error.errno == errno.ENOMEM else {"errno": error.errno}
        except BaseException:  # noqa: BLE001 whatever it is, nothing of it may go on in a copy
            found = {"failure": traceback.format_exc()}
        with suppress(OSError):
            service.sendall(json.dumps(found).encode())


def message_of(job: Job) -> bytes:
    """A job as it is sent."""
    values = asdict(job) | {
        "repository": str(job.repository),
        "aside": str(job.aside),
        "tip": job.tip.hex(),
        "head": job.head.hex(),
        "now": job.now.isoformat(),
    }
    return json.dumps(values).encode()


def job_of(message: bytes) -> Job:
    """The job that was sent."""
    values = json.loads(message)
    store = values["store"]
    return Job(
        repository=Path(values["repository"]),
        aside=Path(values["aside"]),
        pack_start=values["pack_start"],
        tip=bytes.fromhex(values["tip"]),
        head=bytes.fromhex(values["head"]),
        now=datetime.fromisoformat(values["now"]),
        store=StorageLimits(**store | {"suffixes": tuple(store["suffixes"])}),
        limits=PushLimits(**values["limits"]),
    )


def _limit(limits: PushLimits) -> None:
    """Take away what the job does not need, for good. Who takes too long is ended by the kernel."""
    signal.alarm(limits.seconds)
    for what, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, limits.aside_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
