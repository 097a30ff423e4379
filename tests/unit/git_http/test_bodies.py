"""Bodies of requests: how they may come, and what is refused before anybody works on it."""

import gzip
from collections.abc import Mapping
from tempfile import SpooledTemporaryFile
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from tests.unit.git_http.bench import Bench, part

pytestmark = pytest.mark.anyio

UPLOAD = "git-upload-pack"
RECEIVE = "git-receive-pack"


async def test_a_body_arrives_whole_however_it_is_cut() -> None:
    bench = Bench()
    pieces = [bytes([n % 251]) * size for n, size in enumerate([1, 0, 70_000, 300_000, 5, 1_000_000])]
    connection = bench.connection(RECEIVE, [part(piece, more=True) for piece in pieces] + [part(b"")])
    await connection.run()
    assert connection.status == 200
    assert bench.server.bodies == [b"".join(pieces)]


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
async def test_a_body_may_be_gzipped(encoding: str) -> None:
    bench = Bench()
    body = bytes(range(256)) * 4000
    packed = gzip.compress(body)
    connection = bench.connection(
        UPLOAD, [part(packed[:100], more=True), part(packed[100:])], **{"content-encoding": encoding}
    )
    await connection.run()
    assert connection.status == 200
    assert bench.server.bodies == [body]


@pytest.mark.parametrize(
    ("body", "limit", "status"),
    [
        (gzip.compress(b"want")[:-3], 100, 400),
        (gzip.compress(b"want") + b"more", 100, 400),
        (b"want", 100, 400),
        (b"", 100, 400),
        (gzip.compress(bytes(101)), 100, 413),
        (gzip.compress(bytes(100_000_000)), 1_000_000, 413),
    ],
    ids=["cut off", "more after it", "no gzip", "empty", "one too many", "a hundred megabytes of nothing"],
)
async def test_a_bad_gzip_is_refused_before_anybody_works_on_it(body: bytes, limit: int, status: int) -> None:
    bench = Bench(max_fetch_bytes=limit)
    connection = bench.connection(UPLOAD, [part(body)], **{"content-encoding": "gzip"})
    await connection.run()
    assert connection.status == status
    assert bench.server.asked == []


async def test_other_codings_are_refused() -> None:
    bench = Bench()
    connection = bench.connection(UPLOAD, [part(b"want")], **{"content-encoding": "br"})
    await connection.run()
    assert connection.status == 415
    assert bench.server.asked == []


@pytest.mark.parametrize(("size", "status"), [(100, 200), (101, 413)])
@pytest.mark.parametrize("announced", ["5", "100", "101", "nonsense", None])
async def test_a_body_is_bounded_by_what_comes_and_not_by_what_is_announced(
    size: int, status: int, announced: str | None
) -> None:
    bench = Bench(max_push_bytes=100)
    headers = {} if announced is None else {"content-length": announced}
    connection = bench.connection(RECEIVE, [part(bytes(size))], **headers)
    await connection.run()
    assert connection.status == status
    assert bench.server.bodies == ([bytes(size)] if status == 200 else [])


@pytest.mark.parametrize("options", [{"read_seconds": 0.02}, {"body_seconds": 0.02}])
async def test_a_body_that_stops_coming_is_given_up_and_its_connection_closed(options: Mapping[str, Any]) -> None:
    bench = Bench(**options)
    connection = bench.connection(RECEIVE, [part(b"0000", more=True)])
    await connection.run()
    assert connection.status == 408
    assert (b"connection", b"close") in connection.sent[0]["headers"]
    assert bench.server.asked == []


async def test_a_client_that_leaves_before_its_body_is_whole_has_pushed_nothing() -> None:
    bench = Bench()
    connection = bench.connection(RECEIVE, [part(b"0000", more=True)])
    connection.leave()
    with pytest.raises(ClientDisconnect):
        await connection.run()
    assert connection.sent == []
    assert bench.server.asked == []
    assert bench.pushes.empty()


async def test_a_full_disk_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SpooledTemporaryFile, "write", full)
    bench = Bench()
    connection = bench.connection(RECEIVE, [part(b"0000")])
    await connection.run()
    assert connection.status == 503
    assert bench.server.asked == []
