"""Parts of the application that are loaded when they are first asked for: no start of a server waits for them."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from memory_service.runtime import AsyncRuntime

# Threads that load modules which need one another would be given half of them, where Python sees that they would
# otherwise wait for each other for ever.
_LOADING = threading.Lock()


class OnDemand:
    """Answers at its addresses with an application that is loaded for the first request there.

    ``load`` imports and makes it, in a thread, so that other requests are answered meanwhile. Where that fails, the
    requests that wait for it fail with it, and the next one tries again.
    """

    _loaded: asyncio.Future[ASGIApp]
    """The application, once there is a keeper of it."""

    def __init__(
        self, load: Callable[[], AbstractAsyncContextManager[ASGIApp]], runtime: AsyncRuntime, *paths: str, method: str
    ) -> None:
        self._load = load
        self._runtime = runtime
        self._paths: Sequence[str] = paths
        self._method = method
        self._keeper: asyncio.Task[None] | None = None

    def routes(self) -> list[BaseRoute]:
        """The addresses, for the application that it is part of."""
        return [Route(path, self, methods=[self._method]) for path in self._paths]

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """What has to run while requests are answered; once."""
        try:
            yield
        finally:
            if self._keeper:
                self._keeper.cancel()
                await asyncio.wait([self._keeper])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            Overloaded: it is not loaded, and too many calls wait, or the server is shutting down.
            what loading it, or the application itself, raises.
        """
        if self._keeper is None or self._keeper.done():
            self._loaded = asyncio.get_running_loop().create_future()
            self._keeper = asyncio.create_task(self._keep(self._loaded))
        # Whoever leaves while it is loaded takes it from nobody else.
        application = await asyncio.shield(self._loaded)
        await application(scope, receive, send)

    async def _keep(self, loaded: asyncio.Future[ASGIApp]) -> None:
        """Hold the application until cancelled: what runs beside it has to be entered and left by one task."""
        try:
            async with await self._runtime.call(self._load_alone) as application:
                loaded.set_result(application)
                await asyncio.get_running_loop().create_future()
        except Exception as error:
            if loaded.done():
                raise
            loaded.set_exception(error)
        finally:
            loaded.cancel()

    def _load_alone(self) -> AbstractAsyncContextManager[ASGIApp]:
        with _LOADING:
            return self._load()
