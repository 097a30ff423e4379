"""How a generation is made: at once where there is little to read, else in a process of its own.

To build takes long and holds the interpreter all the while, which other threads would wait for. The process is given
the files on its standard input: for each a line of JSON, which tells how many bytes of content follow, and ``null``
after the last. If that is missing, who asked has ended, and so does it. It holds the lock of those who build as long as
it lives, so that nobody begins in the same folder before.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from datetime import datetime
from itertools import chain
from pathlib import Path
from threading import Event
from typing import IO, cast

from memory_service.domain.errors import InternalError, Overloaded
from memory_service.domain.ids import BlobId, CommitId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File
from memory_service.search.generations import GenerationWriter

BESIDE = 1 << 18
"""Bytes of content up to which files are read in a fraction of a second, for which no process is started."""
NICENESS = 10
"""How much less urgent a build is than what the server answers."""
_LOOK = 0.1
"""Seconds between two looks at whether a build is to be given up."""


class Builders:
    """Makes generations, for any number of threads. ``close`` ends the processes and refuses further ones."""

    def __init__(self) -> None:
        self._closing = Event()

    def build(self, folder: Path, commit: CommitId, files: Iterable[File], lock: int) -> Path:
        """Write the files of a commit, which come in order of path, as a generation to a file in an empty folder.

        ``lock`` is the descriptor whose lock the process shares.

        Raises:
            Overloaded: the process was killed, or this is closed.
            OSError: the file cannot be written.
        """
        rest = iter(files)
        first = list(_up_to(rest, BESIDE))
        if sum(len(file.content) for file in first) < BESIDE:
            return _made(folder, commit, first)
        self._build_apart(folder, commit, chain(first, rest), lock)
        return folder / GenerationWriter.NAME

    def close(self) -> None:
        """Give up what is being built. It is safe to be called more than once."""
        self._closing.set()

    def _build_apart(self, folder: Path, commit: CommitId, files: Iterable[File], lock: int) -> None:
        with subprocess.Popen(
            [sys.executable, "-s", "-P", "-c", f"from {__name__} import main; main()", str(folder), commit],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            pass_fds=[lock],
            start_new_session=True,
        ) as process:
            into = cast("IO[bytes]", process.stdin)
            try:
                with suppress(BrokenPipeError):  # it has ended, and what it says tells why
                    self._send(files, into)
                said = self._answer(process)
            finally:
                process.kill()
                with suppress(BrokenPipeError):
                    into.close()
        if not said and process.returncode < 0:
            raise Overloaded("the process that built the search index was killed", retry_after=1)
        outcome = json.loads(said or "{}")
        if "errno" in outcome:
            raise OSError(outcome["errno"], os.strerror(outcome["errno"]))
        if "built" not in outcome:
            raise InternalError("The process that builds a search index has failed")

    def _send(self, files: Iterable[File], into: IO[bytes]) -> None:
        for file in files:
            self._check()
            head = (file.path.text, file.blob, file.updated_at.isoformat(), len(file.content))
            into.write(json.dumps(head).encode() + b"\n" + file.content)
        into.write(b"null\n")

    def _answer(self, process: "subprocess.Popen[bytes]") -> bytes:
        while True:
            with suppress(subprocess.TimeoutExpired):
                return process.communicate(timeout=_LOOK)[0]
            self._check()

    def _check(self) -> None:
        if self._closing.is_set():
            raise Overloaded("it is shutting down")


def main() -> None:
    """The process: makes a generation in the folder and of the commit that the arguments name."""
    os.nice(NICENESS)
    folder, commit = sys.argv[1:]
    outcome: dict[str, object] = {"built": True}
    try:
        _made(Path(folder), CommitId(commit), _received(sys.stdin.buffer))
    except OSError as error:
        outcome = {"errno": error.errno}
    sys.stdout.write(json.dumps(outcome))


def _made(folder: Path, commit: CommitId, files: Iterable[File]) -> Path:
    with closing(GenerationWriter(folder)) as writer:
        for file in files:
            writer.add(file)
        return writer.finish(commit)


def _received(source: IO[bytes]) -> Iterator[File]:
    while head := json.loads(source.readline() or sys.exit("whoever wanted a search index has ended")):
        path, blob, moment, size = head
        yield File(
            path=MemoryPath(path),
            blob=BlobId(blob),
            content=source.read(size),
            updated_at=datetime.fromisoformat(moment),
        )


def _up_to(files: Iterator[File], size: int) -> Iterator[File]:
    """The first files, until they have so many bytes."""
    for file in files:
        yield file
        size -= len(file.content)
        if size <= 0:
            return
