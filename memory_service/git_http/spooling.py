"""Bodies of requests: kept in a file without a name while they arrive, inflated, and bounded."""

import asyncio
import errno
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from memory_service.domain.errors import PayloadTooLarge, RequestInvalid, StorageFull, Timeout, UnsupportedMediaType
from memory_service.git_http.operations import in_thread
from memory_service.git_http.options import GitOptions

_PART = 256 * 1024
"""Bytes that are kept in memory before they are written, and of a body that is never written to disk."""
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


@asynccontextmanager
async def spooled(receive: Receive, headers: Headers, limit: int, options: GitOptions) -> AsyncIterator[BinaryIO]:
    """The body of a request, inflated, as a file to be read from its beginning; it is gone at the end of the block.

    What ``Content-Length`` says plays no part.

    Raises:
        UnsupportedMediaType: its ``Content-Encoding`` is neither gzip nor none.
        PayloadTooLarge: it is over the limit, as it came or inflated.
        RequestInvalid: it is no gzip although it should be.
        Timeout: it did not arrive in time. ClientDisconnect: it will not arrive.
        StorageFull: the disk has no room for it.
    """
    encoding = headers.get("content-encoding", "identity").lower()
    if encoding not in {"identity", "gzip", "x-gzip"}:
        raise UnsupportedMediaType
    with SpooledTemporaryFile(_PART, dir=options.spool_folder) as spooling:
        file = cast("BinaryIO", spooling)  # it is one in all but name
        spool = _Spool(file, limit, gzipped=encoding != "identity")
        try:
            async with asyncio.timeout(options.body_seconds):
                more = True
                while more:
                    part, more = await _next_part(receive, options.read_seconds)
                    await in_thread(partial(spool.add, part))
        except TimeoutError as error:
            raise Timeout("body") from error
        spool.finish()
        yield file


async def _next_part(receive: Receive, seconds: float) -> tuple[bytes, bool]:
    """What has arrived, at least a part unless the body ends before; and whether there is more."""
    part = bytearray()
    more = True
    while more and len(part) < _PART:
        async with asyncio.timeout(seconds):
            message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(part), more


class _Spool:
    """Writes what arrives. Blocks."""

    def __init__(self, file: BinaryIO, limit: int, *, gzipped: bool) -> None:
        self._file = file
        self._limit = limit
        self._came = 0
        self._inflater = zlib.decompressobj(zlib.MAX_WBITS | 16) if gzipped else None

    def add(self, part: bytes) -> None:
        self._came += len(part)
        if self._came > self._limit:
            raise PayloadTooLarge("The request", self._limit)
        try:
            for piece in self._inflated(part):
                self._file.write(piece)
                if self._file.tell() > self._limit:
                    raise PayloadTooLarge("The request", self._limit)
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise StorageFull from error
            raise

    def finish(self) -> None:
        if self._inflater and not self._inflater.eof:
            raise RequestInvalid("the gzip of its body is cut off")
        self._file.seek(0)

    def _inflated(self, part: bytes) -> Iterator[bytes]:
        if not self._inflater:
            yield part
            return
        left = part
        while left:
            if self._inflater.eof:
                raise RequestInvalid("something follows the gzip of its body")
            try:
                yield self._inflater.decompress(left, _PART)
            except zlib.error as error:
                raise RequestInvalid("its body is no gzip") from error
            left = self._inflater.unconsumed_tail or self._inflater.unused_data
