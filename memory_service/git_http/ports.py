"""What the room needs of those who know the keys and the repositories."""

from collections.abc import Awaitable, Callable, Generator
from typing import BinaryIO, Protocol

from starlette.types import Scope

from memory_service.domain.calls import Principal
from memory_service.domain.ids import OrgId

Authenticate = Callable[[str | None, str], Awaitable[Principal]]
"""Turns a secret and the address that it came from into its bearer; raises ``TokenMissing``, ``TokenInvalid``,
``AuthThrottled`` or ``Overloaded``."""

Chunks = Generator[bytes, None, None]
"""Parts of an answer, made one by one and in one thread; closed when the client leaves before the last."""

OnPrincipal = Callable[[Scope, Principal], None]
"""Told who sends a request, for the log."""


class Repositories(Protocol):
    """The repositories as git's own clients talk to them. Every method blocks. ``protocol`` is what the client
    sent as ``Git-Protocol``, empty if nothing.

    Whatever is wrong with a request in git's own words is answered in git's own words; what is raised is:

    OrgNotFound: the organisation has no repository. Overloaded, StorageFull: nothing was done.
    RequestInvalid: the request is none that a git client sends.
    """

    def advertise_upload(self, org: OrgId, protocol: str) -> Chunks:
        """What can be fetched: the refs and capabilities, as pkt-lines up to the flush."""

    def advertise_receive(self, org: OrgId) -> Chunks:
        """What can be pushed to, as pkt-lines up to the flush."""

    def upload(self, org: OrgId, request: BinaryIO, protocol: str) -> Chunks:
        """The answer to one request of a fetch, which is read from its beginning."""

    def receive(self, org: OrgId, request: BinaryIO, pusher: Principal) -> Chunks:
        """The answer to a push, which is read from its beginning: it says ``ok`` only once the push is durable."""

    def pushed(self, org: OrgId) -> None:
        """Told after each push, when its client has had the whole answer."""
