"""Subscriptions to resources: streams that tell what changes in a memory, by a tool or by a push."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence

import mcp_types as types
from mcp.server.subscriptions import ListenHandler, ResourcesListChanged, ResourceUpdated, ServerEvent

from memory_service.domain.errors import Overloaded, RateLimited
from memory_service.domain.ids import KeyId
from memory_service.mcp_server.callers import Caller, CallerOf, Context
from memory_service.mcp_server.uris import path_of
from memory_service.mcp_server.watching import Changes, Feed, Watch
from memory_service.runtime import AsyncRuntime

ASKED_SECONDS = 15.0
"""After which it is asked again whether whoever listens may."""
_NEVER_TOLD = {"tools_list_changed": None, "prompts_list_changed": None}
"""What the library would confirm, though it never happens."""


class Subscriptions:
    """The open streams of one process; as many as there may be streams of events."""

    def __init__(self, runtime: AsyncRuntime, caller_of: CallerOf, watch: Watch) -> None:
        self._runtime = runtime
        self._caller_of = caller_of
        self._watch = watch
        self._open: Counter[KeyId] = Counter()

    async def listen(
        self, ctx: Context, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        """Tell of changes until the client leaves, its key is revoked, or the server is about to end.

        Raises:
            RateLimited, Overloaded: the key, or the process, holds as many streams as it may.
        """
        caller = self._caller_of(ctx)
        key_id = caller.principal.key_id
        self._take_place(key_id)
        try:
            feed = await self._watch.feed(caller.principal.org)
            wanted = params.notifications.model_copy(update=_NEVER_TOLD)
            handler = ListenHandler(_Bus(feed, wanted.resource_subscriptions or ()))
            closing = asyncio.create_task(self._close_in_time(handler, caller))
            try:
                return await handler(ctx, params.model_copy(update={"notifications": wanted}))
            finally:
                closing.cancel()
        finally:
            self._open[key_id] -= 1
            self._open += Counter()  # forgets those that hold none

    def _take_place(self, key_id: KeyId) -> None:
        limits = self._runtime.core.limits
        if self._open.total() >= limits.streams:
            raise Overloaded("too many event streams are open")
        if self._open[key_id] >= limits.streams_per_key:
            raise RateLimited("open event streams")
        self._open[key_id] += 1

    async def _close_in_time(self, handler: ListenHandler, caller: Caller) -> None:
        while await self._goes_on(caller):
            pass
        handler.close()

    async def _goes_on(self, caller: Caller) -> bool:
        """Whether a stream may stay open, after a while or as soon as it is known that it may not."""
        try:
            await asyncio.wait_for(self._runtime.stopped(), ASKED_SECONDS)
        except TimeoutError:
            return await caller.is_welcome()
        return False


class _Bus:
    """The changes of one memory as the library's events, for one stream."""

    def __init__(self, feed: Feed, uris: Sequence[str]) -> None:
        self._feed = feed
        self._uris: dict[str, list[str]] = defaultdict(list)
        for uri in dict.fromkeys(uris):
            self._uris[path_of(uri) or ""].append(uri)

    async def publish(self, event: ServerEvent) -> None:
        """Nothing: what a stream tells comes from the memory alone."""

    def subscribe(self, listener: Callable[[ServerEvent], None]) -> Callable[[], None]:
        """Have a listener told of what changes; answers what ends that."""

        def hear(changes: Changes) -> None:
            for event in self._events(changes):
                listener(event)

        return self._feed.subscribe(hear)

    def _events(self, changes: Changes) -> Iterator[ServerEvent]:
        """A file is told of by the names that the client has for it."""
        changed = list(self._uris) if changes is None else [str(change.path) for change in changes]
        for path in changed:
            yield from (ResourceUpdated(uri=uri) for uri in self._uris.get(path, ()))
        if changes is None or any(change.old is None or change.new is None for change in changes):
            yield ResourcesListChanged()
