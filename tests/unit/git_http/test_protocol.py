"""What git's clients rely on in an answer (gitprotocol-http)."""

import pytest

from memory_service.domain.errors import MemoryServiceError, Overloaded, RequestInvalid, StorageFull
from tests.unit.git_http.bench import SECONDS, Bench, ScriptedGitServer

pytestmark = pytest.mark.anyio

NEVER_CACHED = {
    "expires": "Fri, 01 Jan 1980 00:00:00 GMT",
    "pragma": "no-cache",
    "cache-control": "no-cache, max-age=0, must-revalidate",
}


@pytest.mark.parametrize("service", ["git-upload-pack", "git-receive-pack"])
async def test_an_advertisement_is_sent_as_what_it_is_and_never_kept(service: str) -> None:
    bench = Bench(ScriptedGitServer(lambda: iter([b"one", b"two"])))
    async with bench.client() as client:
        answer = await client.get(f"/git/acme.git/info/refs?service={service}")
    assert answer.status_code == 200
    assert answer.content == b"onetwo"
    assert answer.headers["content-type"] == f"application/x-{service}-advertisement"
    assert NEVER_CACHED.items() <= dict(answer.headers).items()


@pytest.mark.parametrize("service", ["git-upload-pack", "git-receive-pack"])
async def test_the_answer_to_a_request_is_sent_as_what_it_is_and_never_kept(service: str) -> None:
    bench = Bench(ScriptedGitServer(lambda: iter([b"one", b"two"])))
    async with bench.client() as client:
        answer = await client.post(
            f"/git/acme.git/{service}", content=b"want", headers={"Content-Type": f"application/x-{service}-request"}
        )
    assert answer.status_code == 200
    assert answer.content == b"onetwo"
    assert answer.headers["content-type"] == f"application/x-{service}-result"
    assert NEVER_CACHED.items() <= dict(answer.headers).items()
    assert bench.server.bodies == [b"want"]


async def test_an_empty_answer_is_an_answer() -> None:
    bench = Bench(ScriptedGitServer(lambda: iter([])))
    async with bench.client() as client:
        answer = await client.post(
            "/git/acme.git/git-receive-pack",
            content=b"0000",
            headers={"Content-Type": "application/x-git-receive-pack-request"},
        )
    assert (answer.status_code, answer.content) == (200, b"")


async def test_a_push_names_its_key_and_is_told_of_when_it_is_answered() -> None:
    bench = Bench()
    async with bench.client() as client:
        await client.get("/git/acme.git/info/refs?service=git-receive-pack")
        assert bench.pushes.empty()
        await client.post(
            "/git/acme.git/git-receive-pack",
            content=b"push",
            headers={"Content-Type": "application/x-git-receive-pack-request"},
        )
    (key,) = bench.keys.keys()
    assert bench.server.asked == [("advertise_receive", "acme"), ("receive", "acme", key.id, "Ada")]
    assert bench.pushes.get(timeout=SECONDS) == "acme"
    assert bench.pushes.empty()


@pytest.mark.parametrize(
    ("sent", "taken"), [("version=2", "version=2"), ("version=2\x01", ""), ("v" * 101, ""), ("a;b", ""), ("", "")]
)
async def test_the_version_that_a_client_asks_for_is_passed_on_and_nonsense_is_not(sent: str, taken: str) -> None:
    bench = Bench()
    async with bench.client() as client:
        await client.get("/git/acme.git/info/refs?service=git-upload-pack", headers={"Git-Protocol": sent})
        await client.post(
            "/git/acme.git/git-upload-pack",
            headers={"Git-Protocol": sent, "Content-Type": "application/x-git-upload-pack-request"},
        )
    assert bench.server.asked == [("advertise_upload", "acme", taken), ("upload", "acme", taken)]


@pytest.mark.parametrize("query", ["", "?service=", "?service=git-upload-archive", "?service=upload-pack", "?x"])
async def test_the_dumb_protocol_and_other_services_are_refused_in_words(query: str) -> None:
    bench = Bench()
    async with bench.client() as client:
        answer = await client.get(f"/git/acme.git/info/refs{query}")
    assert answer.status_code == 400
    assert "smart" in answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert bench.server.asked == []


@pytest.mark.parametrize("media_type", ["", "application/json", "application/x-git-receive-pack-request"])
async def test_a_body_of_another_kind_is_refused(media_type: str) -> None:
    bench = Bench()
    async with bench.client() as client:
        answer = await client.post(
            "/git/acme.git/git-upload-pack", content=b"0000", headers={"Content-Type": media_type}
        )
    assert answer.status_code == 415
    assert bench.server.asked == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/git/acme.git", 404),
        ("/git/acme.git/HEAD", 404),
        ("/git/acme/info/refs?service=git-upload-pack", 404),
        ("/git/a/b.git/info/refs", 404),
        ("/git/acme.git/git-upload-pack", 405),
    ],
)
async def test_there_is_nothing_else_at_a_repository(path: str, status: int) -> None:
    async with Bench().client() as client:
        assert (await client.get(path)).status_code == status


@pytest.mark.parametrize(
    ("error", "status", "retry"),
    [(Overloaded("busy", retry_after=7), 503, "7"), (StorageFull(), 503, "30"), (RequestInvalid("odd"), 400, None)],
)
async def test_what_fails_before_an_answer_has_begun_is_told_by_its_status(
    error: MemoryServiceError, status: int, retry: str | None
) -> None:
    def failing() -> "object":
        raise error

    bench = Bench(ScriptedGitServer(lambda: iter(failing, None)))  # type: ignore[arg-type] # it never gives anything
    async with bench.client() as client:
        answer = await client.get("/git/acme.git/info/refs?service=git-upload-pack")
    assert answer.status_code == status
    assert answer.headers.get("retry-after") == retry
    assert answer.text == f"{error.message}\n"
