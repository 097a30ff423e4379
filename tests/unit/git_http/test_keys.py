"""Who is let in, and what the others are told."""

from base64 import b64encode

import httpx
import pytest

from memory_service.domain.calls import Scope
from tests.unit.git_http.bench import Bench

pytestmark = pytest.mark.anyio

REQUESTS = [
    ("GET", "/info/refs?service=git-upload-pack"),
    ("GET", "/info/refs?service=git-receive-pack"),
    ("GET", "/info/refs"),
    ("POST", "/git-upload-pack"),
    ("POST", "/git-receive-pack"),
]


def told(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    return answer.status_code, dict(answer.headers), answer.content


@pytest.mark.parametrize(("method", "path"), REQUESTS)
async def test_who_sends_no_good_key_is_asked_for_one_whether_or_not_there_is_a_repository(
    method: str, path: str
) -> None:
    bench = Bench()
    for key in ("", "cmk_wrong"):
        async with bench.client(key) as client:
            there = await client.request(method, f"/git/acme.git{path}")
            nowhere = await client.request(method, f"/git/nowhere.git{path}")
        assert there.status_code == 401
        assert there.headers["www-authenticate"] == 'Basic realm="memory-service"'
        assert there.headers["content-type"] == "text/plain; charset=utf-8"
        assert told(there) == told(nowhere)
    assert bench.server.asked == []


@pytest.mark.parametrize(("method", "path"), REQUESTS)
@pytest.mark.parametrize("scope", [Scope.ALL, Scope.RUNTIME])
async def test_a_key_of_another_organisation_is_told_what_it_is_told_of_a_repository_that_is_not_there(
    method: str, path: str, scope: Scope
) -> None:
    bench = Bench()
    async with bench.client(bench.key(scope, org="globex")) as client:
        foreign = await client.request(method, f"/git/acme.git{path}")
        nowhere = await client.request(method, f"/git/nowhere.git{path}")
    assert foreign.status_code == 404
    assert told(foreign) == told(nowhere)
    assert bench.server.asked == []


async def test_a_lost_repository_is_told_of_as_one_that_never_was() -> None:
    bench = Bench()
    path = "/info/refs?service=git-upload-pack"
    async with bench.client(bench.key(Scope.ALL)) as client:
        foreign = await client.get(f"/git/globex.git{path}")
        bench.server.orgs = frozenset()
        lost = await client.get(f"/git/acme.git{path}")
    assert told(lost) == told(foreign)


@pytest.mark.parametrize(
    ("scope", "fetches", "pushes"),
    [
        (Scope.GIT_READ, True, False),
        (Scope.GIT_WRITE, True, True),
        (Scope.ALL, True, True),
        (Scope.RUNTIME, False, False),
    ],
)
async def test_reading_fetches_and_writing_pushes(scope: Scope, fetches: bool, pushes: bool) -> None:
    bench = Bench()
    async with bench.client(bench.key(scope)) as client:
        for service, allowed, needed in (
            ("git-upload-pack", fetches, "git:read"),
            ("git-receive-pack", pushes, "git:write"),
        ):
            media_type = {"Content-Type": f"application/x-{service}-request"}
            answers = [
                await client.get(f"/git/acme.git/info/refs?service={service}"),
                await client.post(f"/git/acme.git/{service}", content=b"0000", headers=media_type),
            ]
            for answer in answers:
                assert answer.status_code == (200 if allowed else 403)
                assert allowed or f'"{needed}"' in answer.text


@pytest.mark.parametrize("user", ["", "ada", "x-token-auth", "a b", "ada@example.org"])
async def test_any_user_name_will_do(user: str) -> None:
    bench = Bench()
    async with bench.client("") as client:
        answer = await client.get("/git/acme.git/info/refs?service=git-upload-pack", auth=(user, bench.key()))
    assert answer.status_code == 200


@pytest.mark.parametrize("header", ["Bearer {key}", "bearer  {key}", "basic {basic}", "BASIC {basic}"])
async def test_a_key_is_read_from_either_scheme(header: str) -> None:
    bench = Bench()
    key = bench.key()
    basic = b64encode(f"ada:{key}".encode()).decode()
    async with bench.client("") as client:
        answer = await client.get(
            "/git/acme.git/info/refs?service=git-upload-pack",
            headers={"Authorization": header.format(key=key, basic=basic)},
        )
    assert answer.status_code == 200
    assert [principal.org for principal in bench.principals] == ["acme"]


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic !!!",
        "Basic " + b64encode(b"\xff\xfe:x").decode(),
        "Basic " + b64encode(b"key").decode(),
        "Bearer",
        "Digest x",
        "Negotiate x",
        "",
    ],
)
async def test_what_is_no_credential_is_as_good_as_none(header: str) -> None:
    async with Bench().client("") as client:
        path = "/git/acme.git/info/refs?service=git-upload-pack"
        answer = await client.get(path, headers={"Authorization": header})
        none = await client.get(path)
    assert told(answer) == told(none)


async def test_an_address_that_guesses_keys_is_slowed_down_and_a_good_key_is_not() -> None:
    bench = Bench()
    path = "/git/acme.git/info/refs?service=git-upload-pack"
    async with bench.client("cmk_guess") as client:
        answers = [await client.get(path) for _ in range(6)]
        good = await client.get(path, auth=("ada", bench.key()))
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert good.status_code == 200
