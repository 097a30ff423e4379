"""Work on repositories: so much at once, each piece in a thread of its own."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import copy_context
from threading import Thread
from typing import TypeVar

from memory_service.domain.errors import Overloaded
from memory_service.domain.ids import OrgId
from memory_service.git_http.options import GitOptions

Result = TypeVar("Result")

_RETRY_SECONDS = 5


class Turns:
    """Bounds what is worked on at once, in all and for one organisation; who waits is served in order."""

    def __init__(self, options: GitOptions) -> None:
        self._options = options
        self._waiting = 0
        self._all = asyncio.Semaphore(options.operations)
        self._of_org: dict[OrgId, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(options.operations_of_org))

    @asynccontextmanager
    async def turn(self, org: OrgId) -> AsyncIterator[None]:
        """A turn for one request of an organisation, which lasts as long as the block.

        Raises:
            Overloaded: as many wait as may, or this one has waited too long.
        """
        places = (self._of_org[org], self._all)
        if self._waiting >= self._options.waiting and any(place.locked() for place in places):
            raise Overloaded("too many git clients wait", retry_after=_RETRY_SECONDS)
        async with AsyncExitStack() as held:
            self._waiting += 1
            try:
                async with asyncio.timeout(self._options.wait_seconds):
                    for place in places:
                        await held.enter_async_context(place)
            except TimeoutError as error:
                raise Overloaded("other git clients keep it busy", retry_after=_RETRY_SECONDS) from error
            finally:
                self._waiting -= 1
            yield


async def in_thread(work: Callable[[], Result]) -> Result:
    """Do blocking work in a thread of its own. To stop waiting for the work does not stop it."""
    return await asyncio.shield(asyncio.wrap_future(begin(work)))


def begin(work: Callable[[], Result]) -> Future[Result]:
    """Begin blocking work in a thread of its own; what is logged in it names its request.

    It does not keep the process alive: what a crash may cut off, the end of the process may.
    """
    job: Future[Result] = Future()
    Thread(target=copy_context().run, args=(_do, job, work), name="git", daemon=True).start()
    return job


def _do(job: Future[Result], work: Callable[[], Result]) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - it is for whoever waits for the work
        job.set_exception(error)
    else:
        job.set_result(result)
