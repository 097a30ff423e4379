from collections.abc import AsyncIterator

import anyio
import pytest

from tests.unit.http_api.application import SECONDS, TestBed, refused

pytestmark = pytest.mark.anyio

INVOKE = "/api/runtime/tools/echo"
JSON = {"Content-Type": "application/json"}
LIMIT = 1000


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        (b'{"inputs":{}}', "inputs", "extra_forbidden"),
        (b'{"session_id":"session_1"}', "session_id", "extra_forbidden"),
        (b'{"input":[]}', "input", "dict_type"),
        (b'{"input":null}', "input", "dict_type"),
        (b'{"input":"{}"}', "input", "dict_type"),
        (b'{"sessionId":1}', "sessionId", "string_type"),
        (b'{"connectedAccountId":true}', "connectedAccountId", "string_type"),
        (b'{"title":7}', "title", "string_type"),
        (b'{"title":""}', "title", "string_too_short"),
        (b'{"title":"a\\nb"}', "title", "string_pattern_mismatch"),
        (b'{"title":"%s"}' % (b"x" * 201), "title", "string_too_long"),
    ],
)
async def test_a_member_that_does_not_fit_is_named(body: bytes, field: str, rule: str) -> None:
    bed = TestBed()
    async with bed.client() as client:
        answer = await client.post(INVOKE, content=body, headers=JSON)
    (fault,) = refused(answer, 400, "request_invalid")["fieldErrors"]
    assert (fault["field"], fault["rule"]) == (field, rule)
    assert fault["message"]
    assert bed.bench.made_nothing()


async def test_every_wrong_member_is_named_up_to_a_bound() -> None:
    async with TestBed().client() as client:
        two = await client.post(INVOKE, json={"a": 1, "title": 1})
        many = await client.post(INVOKE, json={f"{number}{'x' * 500}": 1 for number in range(500)})
    assert {fault["field"] for fault in refused(two, 400, "request_invalid")["fieldErrors"]} == {"a", "title"}
    assert len(refused(many, 400, "request_invalid")["fieldErrors"]) == 20
    assert len(many.content) < 10_000


@pytest.mark.requirement("json.never_stored")
@pytest.mark.parametrize(
    "body",
    [b"", b"nope", b"[]", b'"a"', b"null", b'{"input":{"a":NaN}}', b'{"input":{"a":1,"a":2}}', b"\xef\xbb\xbf{}"],
)
async def test_a_body_that_is_no_strict_json_object_is_refused_and_not_stored(body: bytes) -> None:
    bed = TestBed()
    async with bed.client() as client:
        refused(await client.post(INVOKE, content=body, headers=JSON), 400, "request_invalid")
    assert bed.bench.made_nothing()


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
async def test_json_in_utf8_is_read(content_type: str) -> None:
    async with TestBed().client() as client:
        answer = await client.post(INVOKE, content=b"{}", headers={"Content-Type": content_type})
    assert answer.status_code == 200


@pytest.mark.requirement("errors.unsupported_media_type")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": ""},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/jsonp"},
        {"Content-Type": "application/json; charset=latin-1"},
        {**JSON, "Content-Encoding": "gzip"},
        {**JSON, "Content-Encoding": "identity"},
    ],
)
async def test_a_body_of_another_type_is_refused(headers: dict[str, str]) -> None:
    async with TestBed().client() as client:
        refused(await client.post(INVOKE, content=b"{}", headers=headers), 415, "unsupported_media_type")


@pytest.mark.requirement("errors.payload_too_large", "json.size")
async def test_a_body_over_the_limit_is_refused_and_one_at_the_limit_is_read() -> None:
    async with TestBed(max_body_bytes=LIMIT).client() as client:
        at_limit = b'{"input":{"a":"%s"}}' % (b"x" * (LIMIT - 18))
        assert len(at_limit) == LIMIT
        assert (await client.post(INVOKE, content=at_limit, headers=JSON)).status_code == 200
        over = await client.post(INVOKE, content=at_limit + b" ", headers=JSON)
    assert refused(over, 413, "payload_too_large") == {"limitBytes": LIMIT}


async def test_a_large_body_is_read_by_the_same_rules() -> None:
    text = "ü" * 100_000
    async with TestBed().client() as client:
        answer = await client.post(INVOKE, json={"input": {"text": text}})
        assert answer.json()["result"]["input"] == {"text": text}
        body = b'{"input":{"text":"%s","text":1}}' % text.encode()
        refused(await client.post(INVOKE, content=body, headers=JSON), 400, "request_invalid")


@pytest.mark.parametrize("announced", [None, "2", "0", "-1", "99999999999999999999999999", "x"])
async def test_what_content_length_says_does_not_matter(announced: str | None) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 100
            yield b" " * 100

    async with TestBed(max_body_bytes=LIMIT).client() as client:
        headers = {**JSON, **({"Content-Length": announced} if announced else {})}
        with anyio.fail_after(SECONDS):
            answer = await client.post(INVOKE, content=endless(), headers=headers)
    refused(answer, 413, "payload_too_large")
    assert sent <= LIMIT + 100


@pytest.mark.requirement("errors.timeout.body")
async def test_a_body_that_arrives_too_slowly_is_refused() -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await anyio.sleep_forever()

    bed = TestBed(body_seconds=0.01)
    async with bed.client() as client:
        with anyio.fail_after(SECONDS):
            answer = await client.post(INVOKE, content=never(), headers=JSON)
    assert refused(answer, 408, "timeout") == {"phase": "body"}
    assert answer.headers["x-should-retry"] == "true"
    assert bed.bench.made_nothing()


async def test_other_endpoints_read_bodies_by_the_same_rules() -> None:
    async with TestBed().client() as client:
        session = (await client.post("/api/runtime/sessions", json={"title": "Mine"})).json()["session"]
        assert session["title"] == "Mine"
        refused(await client.post("/api/runtime/sessions", json={"name": "x"}), 400, "request_invalid")
        archive = f"/api/runtime/sessions/{session['id']}/archive"
        refused(await client.post(archive, json={"force": True}), 400, "request_invalid")
        assert (await client.post(archive, json={})).status_code == 200
        assert (await client.post(archive)).status_code == 200


async def test_a_wrong_key_is_told_before_a_wrong_body() -> None:
    async with TestBed().client(key="wrong") as client:
        refused(await client.post(INVOKE, content=b"nope", headers=JSON), 401, "token_invalid")
