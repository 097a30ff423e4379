"""Subscriptions of revision 2025-11-25: for one client whose connection stays, as that on standard input and output."""

import asyncio
from collections.abc import Callable

import mcp_types as types
from mcp.server.session import ServerSession
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from memory_service.domain.errors import RateLimited
from memory_service.mcp_server.callers import CallerOf, Context
from memory_service.mcp_server.uris import TEMPLATE, path_of
from memory_service.mcp_server.watching import Changes, Watch

_MOST = 1000


class StandingSubscriptions:
    """What the client has subscribed to; told as it reads, a file that changes again meanwhile only once."""

    def __init__(self, caller_of: CallerOf, watch: Watch) -> None:
        self._caller_of = caller_of
        self._watch = watch
        self._wanted: dict[str, str] = {}
        self._to_tell: dict[str, None] = {}
        self._telling: asyncio.Task[None] | None = None
        self._end: Callable[[], None] | None = None

    async def subscribe(self, ctx: Context, params: types.SubscribeRequestParams) -> types.EmptyResult:
        """Tell of a file's changes from now on.

        Raises:
            RateLimited: there are as many subscriptions as there may be.
        """
        path = path_of(params.uri)
        if path is None:
            raise MCPError(INVALID_PARAMS, f"Resource not found: the template is {TEMPLATE}", {"uri": params.uri})
        if len(self._wanted) >= _MOST and params.uri not in self._wanted:
            raise RateLimited("subscriptions")
        feed = await self._watch.feed(self._caller_of(ctx).principal.org)
        self._wanted[params.uri] = path
        if self._end is None:
            session = ctx.session
            self._end = feed.subscribe(lambda changes: self._hear(session, changes))
        return types.EmptyResult()

    async def unsubscribe(self, ctx: Context, params: types.UnsubscribeRequestParams) -> types.EmptyResult:
        """Tell of a file no more, by this name."""
        self._wanted.pop(params.uri, None)
        self._to_tell.pop(params.uri, None)
        if not self._wanted and self._end:
            self._end()
            self._end = None
        return types.EmptyResult()

    def _hear(self, session: ServerSession, changes: Changes) -> None:
        changed = None if changes is None else {str(change.path) for change in changes}
        self._to_tell.update({uri: None for uri, path in self._wanted.items() if changed is None or path in changed})
        if self._to_tell and (self._telling is None or self._telling.done()):
            self._telling = asyncio.get_running_loop().create_task(self._tell(session))

    async def _tell(self, session: ServerSession) -> None:
        while self._to_tell:
            uri = next(iter(self._to_tell))
            del self._to_tell[uri]
            await session.send_resource_updated(uri)
