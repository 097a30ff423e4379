"""Notices what changes in memories, whoever changes it and in whatever process: by looking where ``main`` is."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from memory_service.domain.errors import MemoryServiceError
from memory_service.domain.ids import CommitId, OrgId
from memory_service.domain.trees import Change
from memory_service.runtime import AsyncRuntime

Changes = Sequence[Change] | None
"""What has changed, each file once; None where that is not known and everything may have."""

Look = Callable[[OrgId, CommitId | None], tuple[CommitId, Changes]]
"""The head of an organisation's memory, and what has changed from an earlier commit to it: nothing, from None."""

Listener = Callable[[Changes], None]


class Feed:
    """The changes of one organisation's memory from a commit on."""

    def __init__(self, head: CommitId) -> None:
        self.head = head
        self._listeners: dict[object, Listener] = {}

    @property
    def heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have a listener told of what changes; answers what ends that."""
        token = object()
        self._listeners[token] = listener
        return lambda: self._listeners.pop(token, None) and None

    def tell(self, head: CommitId, changes: Changes) -> None:
        """The head has moved, and this has changed with it."""
        self.head = head
        for listener in list(self._listeners.values()):
            listener(changes)


class Watch:
    """Looks at the memories that somebody listens to, all in one go every so many seconds. For one event loop."""

    def __init__(self, runtime: AsyncRuntime, look: Look) -> None:
        self._runtime = runtime
        self._look = look
        self._feeds: dict[OrgId, Feed] = {}
        self._watching: asyncio.Task[None] | None = None

    async def feed(self, org: OrgId) -> Feed:
        """The changes of a memory from now on, to be subscribed to at once.

        Raises:
            OrgNotFound, Overloaded: as the runtime and the memory do.
        """
        if org not in self._feeds:
            head, _ = await self._runtime.call(self._look, org, None)
            self._feeds.setdefault(org, Feed(head))
        if self._watching is None or self._watching.done():
            self._watching = asyncio.get_running_loop().create_task(self._watch())
        return self._feeds[org]

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._runtime.core.limits.poll_seconds)
            self._feeds = {org: feed for org, feed in self._feeds.items() if feed.heard}
            if not self._feeds:
                return
            try:
                moved = await self._runtime.call(self._moved, {org: feed.head for org, feed in self._feeds.items()})
            except MemoryServiceError:
                continue  # the server is busy: the next look sees all that this one would have
            for org, (head, changes) in moved.items():
                self._feeds[org].tell(head, changes)

    def _moved(self, heads: Mapping[OrgId, CommitId]) -> Mapping[OrgId, tuple[CommitId, Changes]]:
        """Where the head has moved, and what has changed; a memory that cannot be looked at has not moved."""
        moved = {}
        for org, known in heads.items():
            try:
                head, changes = self._look(org, known)
            except MemoryServiceError:
                continue
            except Exception as error:  # noqa: BLE001 - one broken repository must not silence the others
                self._runtime.core.on_fault(error)
                continue
            if head != known:
                moved[org] = (head, changes)
        return moved
