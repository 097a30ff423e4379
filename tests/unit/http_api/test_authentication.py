import pytest
from starlette.datastructures import Headers

from memory_service.domain.calls import Scope
from memory_service.http_api.authentication import credential
from tests.fakes.capabilities import CHANGING, ECHO, named
from tests.unit.http_api.application import TestBed, refused

pytestmark = pytest.mark.anyio

ADDRESSES = [
    ("GET", "/capabilities"),
    ("GET", "/sessions"),
    ("POST", "/sessions"),
    ("GET", "/sessions/session_1"),
    ("GET", "/sessions/session_1/capabilities"),
    ("GET", "/sessions/session_1/executions"),
    ("POST", "/sessions/session_1/archive"),
    ("POST", "/sessions/session_1/tools/echo"),
    ("POST", "/tools/echo"),
    ("GET", "/executions/exec_1"),
    ("GET", "/executions/exec_1/events"),
]


@pytest.mark.parametrize(
    ("headers", "secret"),
    [
        ({}, None),
        ({"authorization": "Bearer abc"}, "abc"),
        ({"authorization": "bearer  abc "}, "abc"),
        ({"x-api-key": "abc"}, "abc"),
        ({"authorization": "Bearer abc", "x-api-key": "def"}, "abc"),
        ({"authorization": "Basic YTpi", "x-api-key": "def"}, "def"),
        ({"authorization": "Bearer", "x-api-key": "def"}, "def"),
        ({"authorization": "Bearer "}, None),
        ({"authorization": "Basic YTpi"}, None),
        ({"authorization": "abc"}, None),
        ({"x-api-key": " "}, None),
    ],
)
async def test_the_key_is_read_from_either_header(headers: dict[str, str], secret: str | None) -> None:
    assert credential(Headers(headers)) == secret


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
async def test_every_address_of_the_runtime_wants_a_key_with_its_scope(method: str, path: str) -> None:
    bed = TestBed()
    async with bed.client() as client:
        for headers, status, code in [
            ({"Authorization": ""}, 401, "token_missing"),
            ({"Authorization": "Bearer nope"}, 401, "token_invalid"),
            ({"Authorization": "Bearer schl\xfcssel".encode("latin-1").decode("latin-1")}, 401, "token_invalid"),
            ({"Authorization": f"Bearer {bed.key(Scope.GIT_WRITE)}"}, 403, "scope_required"),
        ]:
            raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
            answer = await client.request(method, f"/api/runtime{path}", headers=raw)
            details = refused(answer, status, code)
            assert details == ({"requiredScopes": ["runtime"]} if status == 403 else {})
            assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
            assert answer.headers["x-should-retry"] == "false"


async def test_an_unknown_key_is_told_with_the_words_of_the_contract() -> None:
    async with TestBed().client("nope") as client:
        assert (await client.get("/api/runtime/sessions")).json()["error"] == "Invalid API key"


@pytest.mark.parametrize("scope", [Scope.RUNTIME, Scope.RUNTIME_READ, Scope.ALL])
async def test_a_key_that_opens_the_runtime_opens_all_of_it(scope: Scope) -> None:
    bed = TestBed()
    async with bed.client(bed.key(scope)) as client:
        for method, path in ADDRESSES:
            answer = await client.request(method, f"/api/runtime{path}")
            assert answer.status_code in {200, 404}, answer.text


async def test_a_key_that_only_reads_sees_and_runs_what_only_reads() -> None:
    bed = TestBed(named("change", ECHO.handler, CHANGING))
    async with bed.client(bed.key(Scope.RUNTIME_READ)) as client:
        names = [one["name"] for one in (await client.get("/api/runtime/capabilities")).json()["capabilities"]]
        assert (await client.post("/api/runtime/tools/echo", json={})).status_code == 200
        refused(await client.post("/api/runtime/tools/change", json={}), 403, "scope_required")
    assert names == ["echo", "board_list"]


async def test_a_key_over_its_rate_is_told_so_and_another_is_not() -> None:
    bed = TestBed(requests_per_second=1)
    async with bed.client() as client, bed.another_client() as other:
        answer = await client.get("/api/runtime/capabilities")
        while answer.status_code == 200:  # the window is a second of real time: a slow machine may pass one in between
            assert answer.headers["ratelimit"] == '"default";r=0;t=1'
            answer = await client.get("/api/runtime/capabilities")
        assert (await other.get("/api/runtime/capabilities")).status_code == 200
    refused(answer, 429, "rate_limited")
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["x-should-retry"] == "true"
    assert answer.headers["ratelimit-policy"] == '"default";q=1;w=1'


async def test_the_base_of_addresses_is_the_one_that_is_configured() -> None:
    async with TestBed(public_url="https://memory.example.com/x").client() as client:
        answer = await client.get("/api/runtime/capabilities", headers={"Host": '"><script>'})
    assert answer.json()["sessionCreateUrl"] == "https://memory.example.com/x/api/runtime/sessions"


@pytest.mark.parametrize("host", ["memory.test:8000", "127.0.0.1", "[::1]:80", "memory_service:1"])
async def test_the_base_of_addresses_is_otherwise_the_request_s_own(host: str) -> None:
    async with TestBed().client() as client:
        answer = await client.get("/api/runtime/capabilities", headers={"Host": host})
    assert answer.json()["sessionCreateUrl"] == f"http://{host}/api/runtime/sessions"


@pytest.mark.parametrize("host", ['"><script>', "a b", "evil.example/path", "user@host", "host:port", "", "a" * 300])
async def test_an_odd_host_is_refused_rather_than_repeated(host: str) -> None:
    async with TestBed().client() as client:
        answer = await client.get("/api/runtime/capabilities", headers={"Host": host})
    refused(answer, 400, "header_invalid")
    assert not host or host not in answer.text
