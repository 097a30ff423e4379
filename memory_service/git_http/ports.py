"""What the room needs of those who know the keys, the repositories and what else follows from a push."""

from collections.abc import Awaitable, Callable, Iterator
from typing import BinaryIO, Protocol

from starlette.types import Scope

from memory_service.domain.calls import Principal
from memory_service.domain.ids import OrgId
from memory_service.domain.pushes import Pusher

Authenticate = Callable[[str | None, str], Awaitable[Principal]]
"""Turns a secret and the address that it came from into its bearer; raises ``TokenMissing``, ``TokenInvalid``,
``AuthThrottled`` or ``Overloaded``."""

OnPrincipal = Callable[[Scope, Principal], None]
"""Told who sends a request, for the log."""

OnPush = Callable[[OrgId], None]
"""Told after each push, in a thread of its own, when its client has had the whole answer."""


class GitServer(Protocol):
    """The two services of git, over repositories. Every method blocks, and so does every step of an iterator, which is
    made, read and closed in one thread; it is closed early when its client leaves.

    Bodies are files with a descriptor, without content coding, at their beginning. ``protocol`` is what the client sent
    as ``Git-Protocol``, empty if nothing. What git has words for is answered in these; otherwise each method raises

    OrgNotFound: the organisation has no repository.
    RequestInvalid: the body is no such request.
    Overloaded, StorageFull: nothing was done.
    """

    def advertise_upload(self, org: OrgId, protocol: str) -> Iterator[bytes]:
        """The answer to ``GET info/refs?service=git-upload-pack``."""

    def upload(self, org: OrgId, body: BinaryIO, protocol: str) -> Iterator[bytes]:
        """The answer to ``POST git-upload-pack``."""

    def advertise_receive(self, org: OrgId) -> bytes:
        """The answer to ``GET info/refs?service=git-receive-pack``."""

    def receive(self, org: OrgId, body: BinaryIO, pusher: Pusher) -> bytes:
        """The answer to ``POST git-receive-pack``; says ``ok`` only of a push that is durable and part of main."""
