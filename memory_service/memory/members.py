"""What a member of an input can be: how it is read, and the part of JSON Schema that says so."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import Field
from pydantic.functional_validators import AfterValidator, PlainValidator
from pydantic.json_schema import WithJsonSchema
from pydantic_core import PydanticCustomError

from memory_service.domain.ids import BlobId
from memory_service.domain.paths import MemoryPath
from memory_service.memory.editing import Absence, Expected
from memory_service.memory.limits import MAX_QUERY_LENGTH, MAX_SUBJECT_LENGTH, MAX_TAG_LENGTH, MAX_TAGS
from memory_service.memory.lines import encoded

ROOT = MemoryPath("/")

_VERSION = re.compile("^[0-9a-f]{40}$")
# The date and the date-time of RFC 3339, section 5.6; Python reads more than those.
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ][0-9:]{8}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2}))?")
_STRING = WithJsonSchema({"type": "string"})

T = TypeVar("T")


def _parsed(parse: Callable[[str], T]) -> PlainValidator:
    def read(value: object) -> T:
        if not isinstance(value, str):
            raise PydanticCustomError("string_type", "Input should be a valid string")
        return parse(value)

    return PlainValidator(read)


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "Input should hold more than white space")
    return text


def _one_line(text: str) -> str:
    if any(unicodedata.category(char) in {"Cc", "Zl", "Zp"} for char in text):
        raise PydanticCustomError("one_line", "Input should be one line without control characters")
    return text.strip()


def _expected(value: object) -> Expected:
    if value is None:
        return Absence.ABSENT
    if isinstance(value, str) and _VERSION.fullmatch(value):
        return BlobId(value)
    raise PydanticCustomError("version", "Input should be a version, 40 hexadecimal digits, or null")


def _moment(text: str) -> datetime:
    """A moment; a date is the first one of its day in UTC."""
    try:
        moment = datetime.fromisoformat(text.upper()) if _MOMENT.fullmatch(text) else None
    except ValueError:
        moment = None
    if moment is None:
        raise PydanticCustomError("moment", "Input should be a date or, with Z or an offset, a time as in RFC 3339")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Folder = Annotated[
    MemoryPath, _parsed(MemoryPath.parse_folder), WithJsonSchema({"type": "string", "default": ROOT.text})
]
AnyPath = Annotated[MemoryPath, _parsed(MemoryPath.parse), _STRING]
FilePath = Annotated[MemoryPath, _parsed(MemoryPath.parse_file), _STRING]
Words = Annotated[str, Field(min_length=1, max_length=MAX_QUERY_LENGTH), AfterValidator(_not_blank)]
Content = Annotated[bytes, _parsed(encoded), _STRING]
Addition = Annotated[bytes, _parsed(lambda text: encoded(_not_blank(text))), _STRING]
Subject = Annotated[str, Field(max_length=MAX_SUBJECT_LENGTH), AfterValidator(_one_line)]
Version = Annotated[
    Expected,
    PlainValidator(_expected),
    WithJsonSchema({"type": ["string", "null"], "pattern": _VERSION.pattern}),
]
Moment = Annotated[datetime | None, _parsed(_moment), _STRING]
Tags = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=MAX_TAG_LENGTH)]],
    Field(max_length=MAX_TAGS),
    WithJsonSchema({"type": "array", "items": {"type": "string"}}),
]
