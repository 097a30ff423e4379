"""Serving repositories to git clients: what they fetch, and what they push."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from memory_service.domain.errors import Overloaded
from memory_service.domain.ids import Clock, NewId, OrgId
from memory_service.domain.pushes import Pusher, PushMode, PushRecord
from memory_service.storage.limits import PushLimits, UploadLimits
from memory_service.storage.receive.advertisement import advertisement
from memory_service.storage.receive.inspectors import Inspectors
from memory_service.storage.receive.receiving import Receiving, Surroundings
from memory_service.storage.repositories import Repositories
from memory_service.storage.repository import Repository
from memory_service.storage.upload import own_means
from memory_service.storage.upload.program import GitProgram

_LIMITS = PushLimits()
_UPLOAD_LIMITS = UploadLimits()


class GitServer:
    """The two services of git over the repositories of all organisations; usable from any thread.

    What is answered is the body of smart HTTP (gitprotocol-http), whole. Bodies of requests are files opened in binary,
    with a descriptor and without content coding; they are read from their beginning and stay the caller's.
    """

    def __init__(
        self,
        repositories: Repositories,
        *,
        clock: Clock,
        new_id: NewId,
        push_mode: Callable[[OrgId], PushMode],
        record: Callable[[PushRecord], None],
        git: Path | None = None,
        limits: PushLimits = _LIMITS,
        upload_limits: UploadLimits = _UPLOAD_LIMITS,
    ) -> None:
        """Serve with the program ``git`` what is fetched; without one, where None.

        ``record`` is told each push that has become part of main; what it raises undoes nothing.
        """
        store = repositories.limits
        self._repositories = repositories
        self._git = GitProgram(git, upload_limits) if git else None
        self._upload_limits = upload_limits
        self._uploads = threading.BoundedSemaphore(upload_limits.processes)
        self._patience = store.lock_seconds
        self._push_mode = push_mode
        self._inspectors = Inspectors(limits, store.lock_seconds)
        self._surroundings = Surroundings(
            inspect=self._inspectors.inspect, clock=clock, new_id=new_id, record=record, store=store, limits=limits
        )

    def advertise_upload(self, org: OrgId, protocol: str = "") -> Iterator[bytes]:
        """The answer to ``GET info/refs?service=git-upload-pack``.

        ``protocol`` is the header ``Git-Protocol`` of the request. Close what is answered if it is not read to its end.

        Raises:
            OrgNotFound: the organisation has no repository.
            Overloaded: too much is being fetched.
        """
        with self._fetching(org) as repository:
            if self._git:
                yield from self._git.advertise(repository.folder, protocol)
            else:
                yield from own_means.advertise(repository, protocol)

    def upload(self, org: OrgId, body: BinaryIO, protocol: str = "") -> Iterator[bytes]:
        """The answer to ``POST git-upload-pack``. Close it if it is not read to its end.

        Raises:
            OrgNotFound: the organisation has no repository.
            RequestInvalid: the body is no such request.
            Overloaded: too much is being fetched.
        """
        with self._fetching(org) as repository:
            if self._git:
                yield from self._git.upload(repository.folder, body, protocol)
            else:
                yield from own_means.upload(repository, body, self._upload_limits)

    def advertise_receive(self, org: OrgId) -> bytes:
        """The answer to ``GET info/refs?service=git-receive-pack``.

        Raises:
            OrgNotFound: the organisation has no repository.
        """
        with self._repositories.opened(org) as repository:
            landmarks = repository.landmarks.of(repository.main.read())
        self._inspectors.warm()
        return advertisement(self._push_mode(org), landmarks)

    def receive(self, org: OrgId, body: BinaryIO, pusher: Pusher) -> bytes:
        """Take in a push; the answer to ``POST git-receive-pack``.

        Whatever keeps the push from main is told within the answer, and then nothing of it is left.

        Raises:
            OrgNotFound: the organisation has no repository.
            RequestInvalid: the body is no such request.
        """
        with self._repositories.opened(org) as repository:
            return Receiving(org, repository, self._push_mode(org), self._surroundings).receive(body, pusher)

    def close(self) -> None:
        """End what is running for clients."""
        self._inspectors.close()

    @contextmanager
    def _fetching(self, org: OrgId) -> Iterator[Repository]:
        with self._repositories.opened(org) as repository:
            if not self._uploads.acquire(timeout=self._patience):
                raise Overloaded("too much is being fetched")
            try:
                yield repository
            finally:
                self._uploads.release()
