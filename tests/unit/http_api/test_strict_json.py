import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_service.domain.errors import RequestInvalid
from memory_service.http_api.strict_json import MAX_DEPTH, dumps, dumps_ascii, parse

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**300), 10**300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


@given(JSON)
def test_what_is_written_reads_back_the_same(value: object) -> None:
    assert parse(dumps(value)) == value
    assert parse(dumps_ascii(value).encode()) == value


@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,\\ud8NaInf-+.0eE \n', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        value = parse(body)
    except RequestInvalid:
        return
    assert json.loads(body) == value


@pytest.mark.requirement("json.not_finite")
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 400, "-" + "9" * 5000])
def test_a_number_that_no_float_holds_is_refused(number: str) -> None:
    with pytest.raises(RequestInvalid):
        parse(b'{"a": [%s]}' % number.encode())


def test_a_large_number_that_a_float_holds_is_read_to_the_digit() -> None:
    assert parse(b"1" * 305) == int("1" * 305)


@pytest.mark.requirement("json.duplicate_members")
@pytest.mark.parametrize("body", [b'{"a":1,"a":1}', b'[{"b":{"a":1,"c":2,"a":3}}]', rb'{"a":1,"\u0061":2}'])
def test_a_member_that_stands_twice_is_refused(body: bytes) -> None:
    with pytest.raises(RequestInvalid, match="'a' more than once"):
        parse(body)


@pytest.mark.requirement("json.lone_surrogates")
@pytest.mark.parametrize(
    "body",
    [
        rb'"\ud800"',
        rb'"\uDFFF x"',
        rb'{"\udc00":1}',
        rb'["\udc00\ud800"]',
        rb'{"a":{"b":["\ud83d"]}}',
        b'"\xed\xa0\x80"',  # the same in bytes, which are no UTF-8
    ],
)
def test_half_a_surrogate_pair_is_refused(body: bytes) -> None:
    with pytest.raises(RequestInvalid):
        parse(body)


@pytest.mark.parametrize("body", [rb'"\ud83d\ude00"', '"\U0001f600"'.encode()])
def test_a_whole_surrogate_pair_is_a_character(body: bytes) -> None:
    assert parse(body) == "\U0001f600"


def test_a_backslash_before_the_letters_of_an_escape_is_text() -> None:
    assert parse(rb'"\\ud800"') == "\\ud800"


@pytest.mark.requirement("json.nesting")
@pytest.mark.parametrize("open_and_close", [("[", "]"), ('{"a":', "}")])
def test_nesting_is_read_up_to_the_limit_and_refused_beyond(open_and_close: tuple[str, str]) -> None:
    opening, closing = open_and_close
    for depth in (1, MAX_DEPTH):
        parse(f"{opening * depth}1{closing * depth}".encode())
    for depth in (MAX_DEPTH + 1, 500, 100_000):
        with pytest.raises(RequestInvalid, match="nested more than 64 deep"):
            parse(f"{opening * depth}1{closing * depth}".encode())


def test_brackets_in_text_are_no_nesting() -> None:
    assert parse(dumps("[{" * 100)) == "[{" * 100


@pytest.mark.parametrize(
    "body", [b"", b" ", b"{", b'{"a"}', b"{} {}", b"\xef\xbb\xbf{}", b"\xff", b"'a'", b'"\n"', b"01", b"[1,]", b"\x00"]
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(RequestInvalid):
        parse(body)


def test_many_members_of_one_name_are_refused_at_once() -> None:
    members = ",".join(f'"m{number}":1' for number in range(50_000))
    with pytest.raises(RequestInvalid, match="'m7' more than once"):
        parse(f'{{{members},"m7":2}}'.encode())


def test_ascii_leaves_no_character_that_a_reader_could_take_for_a_line_break() -> None:
    written = dumps_ascii("a\u2028b\u0085c\r\nd")
    assert len(written.splitlines()) == 1
    assert written.isascii()
