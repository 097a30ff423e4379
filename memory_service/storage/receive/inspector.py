"""The process in which one push is looked at; it has a socket in the place of its input.

It stands apart so that a push that was made to harm can take neither the memory nor the processor of the service.
"""

import json
import resource
import socket
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from memory_service.storage.limits import PushLimits, StorageLimits
from memory_service.storage.receive.inspection import Inspected, Job, inspect

MESSAGE = 1 << 16
"""Bytes that a job is at most."""


def main() -> None:
    """Wait for a job and a file, do the job, answer, end."""
    with socket.socket(fileno=0) as service:
        message, descriptors, _, _ = socket.recv_fds(service, MESSAGE, 1)
        if not descriptors:
            return
        job = job_of(message)
        _limit(job)
        try:
            answer: dict[str, Any] = asdict(inspect(job, descriptors[0]))
        except MemoryError:
            answer = asdict(Inspected(damage="it takes more memory to look at than is allowed"))
        except OSError as error:
            answer = {"errno": error.errno}
        service.sendall(json.dumps(answer).encode())


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
    limits = values["limits"]
    return Job(
        repository=Path(values["repository"]),
        aside=Path(values["aside"]),
        pack_start=values["pack_start"],
        tip=bytes.fromhex(values["tip"]),
        head=bytes.fromhex(values["head"]),
        now=datetime.fromisoformat(values["now"]),
        store=StorageLimits(**values["store"]),
        limits=PushLimits(**limits | {"suffixes": tuple(limits["suffixes"])}),
    )


def _limit(job: Job) -> None:
    """Take away what the job does not need, for good."""
    for what, most in (
        (resource.RLIMIT_AS, job.limits.memory_bytes),
        (resource.RLIMIT_CPU, job.limits.seconds),
        (resource.RLIMIT_FSIZE, job.limits.aside_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
