"""Bodies are read strictly: what two readers could take for two things is refused."""

import pytest

from tests.runtime_client import RuntimeClient, refused, succeeded

NOT_FINITE = [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"[1e400]"]

DUPLICATES = [
    b'{"input": {}, "input": {}}',
    b'{"input": {"filter": 1, "filter": 2}}',
    b'{"input": {"filter": {"a": 1, "\\u0061": 1}}}',
    b'{"input": {"filter": [{"a": {"b": 1, "b": 1}}]}}',
    b'{"title": "a", "input": {}, "title": "a"}',
]

SURROGATES = [b'"\\ud800"', b'"\\udc00"', b'"a\\ud83d"', b'"\\ude00\\ud83d"', b'{"\\ud800": 1}', b'["\\uDBFF\\u0041"]']

MALFORMED = [
    b"",
    b" ",
    b"{",
    b"}",
    b"{} {}",
    b"{}x",
    b"{'input': {}}",
    b'{"input": {},}',
    b'{"input": {"filter": [1,]}}',
    b'{"input": {"filter": 01}}',
    b'{"input": {"filter": .5}}',
    b'{"input": {"filter": +1}}',
    b'{"input": {"filter": undefined}}',
    b'{"input": {"filter": "a\nb"}}',
    b'{"input": {"filter": "\\x41"}}',
    b"/* comment */ {}",
    b"\xef\xbb\xbf{}",
    b"\xff\xfe{\x00}\x00",
    b'{"input": {"filter": "\xff"}}',
    b'{"input": {"filter": "\xed\xa0\x80"}}',
    b'{"input": {"filter": "\xc0\xaf"}}',
    b"null",
    b"[]",
    b'"{}"',
]

ADDRESSES = ["/tools/board_list", "/sessions"]


@pytest.mark.requirement("json.not_finite", "errors.request_invalid")
@pytest.mark.parametrize("number", NOT_FINITE)
def test_a_number_that_is_none_is_refused(shared_client: RuntimeClient, number: bytes) -> None:
    body = b'{"input": {"filter": %s}}' % number
    refused(shared_client.post_raw("/tools/board_list", body), 400, "request_invalid")


@pytest.mark.requirement("json.duplicate_members", "errors.request_invalid")
@pytest.mark.parametrize("body", DUPLICATES)
def test_a_member_that_stands_twice_is_refused(shared_client: RuntimeClient, body: bytes) -> None:
    refused(shared_client.post_raw("/tools/board_list", body), 400, "request_invalid")


@pytest.mark.requirement("json.lone_surrogates", "errors.request_invalid")
@pytest.mark.parametrize("text", SURROGATES)
def test_half_a_surrogate_pair_is_refused(shared_client: RuntimeClient, text: bytes) -> None:
    body = b'{"input": {"filter": %s}}' % text
    refused(shared_client.post_raw("/tools/board_list", body), 400, "request_invalid")


@pytest.mark.requirement("json.lone_surrogates")
def test_a_whole_surrogate_pair_is_a_character(shared_client: RuntimeClient) -> None:
    answer = shared_client.post_raw("/tools/board_list", b'{"input": {"filter": "\\ud83d\\ude80"}}')
    assert succeeded(answer)["result"]["input"] == {"filter": "🚀"}


@pytest.mark.requirement("json.nesting", "errors.request_invalid")
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")], ids=["lists", "objects"])
def test_nesting_goes_64_deep_and_no_deeper(shared_client: RuntimeClient, opening: bytes, closing: bytes) -> None:
    def nested(levels: int) -> bytes:
        inner = levels - 2  # the body and its input are two
        return b'{"input": {"filter": %s1%s}}' % (opening * inner, closing * inner)

    succeeded(shared_client.post_raw("/tools/board_list", nested(64)))
    for levels in (65, 66, 1_000, 100_000):
        refused(shared_client.post_raw("/tools/board_list", nested(levels)), 400, "request_invalid")


@pytest.mark.requirement("errors.request_invalid")
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("body", MALFORMED)
def test_what_is_no_json_object_is_refused(shared_client: RuntimeClient, address: str, body: bytes) -> None:
    refused(shared_client.post_raw(address, body), 400, "request_invalid")


@pytest.mark.requirement("errors.request_invalid")
def test_an_endless_number_is_refused_or_kept_whole(shared_client: RuntimeClient) -> None:
    answer = shared_client.post_raw("/tools/board_list", b'{"input": {"filter": %s}}' % (b"9" * 5_000))
    refused(answer, 400, "request_invalid")


@pytest.mark.requirement("json.never_stored")
def test_nothing_of_a_refused_body_is_kept(client: RuntimeClient) -> None:
    session = client.session()
    for value in [*NOT_FINITE, *SURROGATES]:
        body = b'{"sessionId": "%s", "input": {"filter": %s}}' % (session.encode(), value)
        refused(client.post_raw("/tools/board_list", body), 400, "request_invalid")
    assert succeeded(client.get(f"/sessions/{session}/executions"))["executions"] == []
    assert len(succeeded(client.get("/sessions"))["sessions"]) == 1


@pytest.mark.requirement("json.lone_surrogates", "content.text")
def test_half_a_surrogate_pair_is_no_content(client: RuntimeClient) -> None:
    body = b'{"input": {"path": "/a.md", "content": "\\ud800"}}'
    refused(client.post_raw("/tools/memory_write", body), 400, "request_invalid")
    refused(client.call("memory_read", {"path": "/a.md"}), 404, "memory_not_found")
