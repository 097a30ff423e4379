"""JSON as the wire contract reads it: what other readers would understand differently is refused, never stored."""

import json
import re
from collections import Counter
from math import isinf
from typing import Any, NoReturn

from memory_service.domain.errors import RequestInvalid

MAX_DEPTH = 64

_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_DIGITS_OF_A_DOUBLE = 300


def parse(body: bytes) -> Any:
    """Read one JSON text in UTF-8.

    Raises:
        RequestInvalid: it is no JSON, or holds NaN, an infinite number, a member twice, half a surrogate pair, or
            more than ``MAX_DEPTH`` containers inside one another.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestInvalid(f"the body is not UTF-8 (byte {error.start})") from error
    if text.startswith("\ufeff"):
        raise RequestInvalid("the body begins with a byte order mark")
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise RequestInvalid(f"the body is not JSON ({error.msg}, character {error.pos})") from error
    except RecursionError as error:
        raise _too_deep() from error
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth_exceeds(value, MAX_DEPTH):
        raise _too_deep()
    # A whole pair of escapes has become one character; a half stays, and only an escape can have brought it in.
    if _SURROGATE_ESCAPE.search(body) and _SURROGATE.search(dumps_text(value)):
        raise RequestInvalid("a string holds half a surrogate pair, which is no character")
    return value


def dumps(value: object) -> bytes:
    """Write a value as one line of JSON in UTF-8."""
    return dumps_text(value).encode()


def dumps_text(value: object) -> str:
    """Write a value as one line of JSON."""
    return _ENCODER.encode(value)


def dumps_ascii(value: object) -> str:
    """Write a value as one line of ASCII JSON, for readers that take U+2028 and the like for line breaks."""
    return _ASCII_ENCODER.encode(value)


def _depth_exceeds(value: object, limit: int) -> bool:
    depth, level = 0, [value]
    while containers := [member for member in level if isinstance(member, dict | list)]:
        depth += 1
        if depth > limit:
            return True
        level = [member for inner in containers for member in (inner.values() if isinstance(inner, dict) else inner)]
    return False


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        name = Counter(name for name, _ in members).most_common(1)[0][0]
        raise RequestInvalid(f"an object has the member {name[:100]!a} more than once")
    return found


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS_OF_A_DOUBLE:
        _float(digits)
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise RequestInvalid("a number is beyond what a 64-bit float holds")
    return number


def _constant(name: str) -> NoReturn:
    raise RequestInvalid(f"{name} is not JSON")


def _too_deep() -> RequestInvalid:
    return RequestInvalid(f"values are nested more than {MAX_DEPTH} deep")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_ASCII_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
