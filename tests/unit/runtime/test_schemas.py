from typing import Any

import pytest

from memory_service.domain.calls import JsonObject
from memory_service.domain.errors import InputInvalid
from memory_service.runtime.schemas import MAX_ERRORS, MAX_MESSAGE, schema_parser

SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "maxLength": 10},
        "guests": {"type": "array", "items": {"$ref": "#/$defs/guest"}},
    },
    "required": ["title"],
    "additionalProperties": False,
    "$defs": {"guest": {"type": "object", "properties": {"name": {"type": "string"}}}},
}


def field_errors(tool_input: JsonObject, schema: JsonObject = SCHEMA) -> list[dict[str, Any]]:
    with pytest.raises(InputInvalid) as caught:
        schema_parser("calendar_create_event", schema)(tool_input)
    errors: list[dict[str, Any]] = caught.value.details["fieldErrors"]
    return errors


def test_input_that_fits_is_given_back_as_it_is() -> None:
    tool_input = {"title": "Standup", "guests": [{"name": "Ada"}]}
    assert schema_parser("calendar_create_event", SCHEMA)(tool_input) == tool_input


@pytest.mark.parametrize(
    ("tool_input", "field", "rule"),
    [
        ({}, "input", "required"),
        ({"title": 3}, "title", "type"),
        ({"title": True}, "title", "type"),
        ({"title": "a", "guests": [{"name": "Ada"}, {"name": None}]}, "guests.1.name", "type"),
        ({"title": "a", "when": "now"}, "input", "additionalProperties"),
    ],
)
def test_what_does_not_fit_is_named_by_field_and_rule(tool_input: JsonObject, field: str, rule: str) -> None:
    (error,) = field_errors(tool_input)
    assert (error["field"], error["rule"]) == (field, rule)
    assert error["message"]


def test_every_wrong_member_is_named() -> None:
    assert {error["rule"] for error in field_errors({"guests": 1, "when": 2})} == {
        "required",
        "type",
        "additionalProperties",
    }


def test_an_answer_stays_small_whatever_was_sent() -> None:
    (error,) = field_errors({"title": "x" * 100_000})
    assert len(error["message"]) == MAX_MESSAGE
    many = {"type": "object", "additionalProperties": {"type": "string"}}
    assert len(field_errors({str(number): number for number in range(1000)}, many)) == MAX_ERRORS


@pytest.mark.parametrize("reference", ["https://example.com/schema.json", "other.json", "file:///etc/passwd"])
def test_a_schema_that_would_be_fetched_is_refused(reference: str) -> None:
    schema = {"type": "object", "properties": {"a": {"anyOf": [{"$ref": reference}]}}}
    with pytest.raises(ValueError, match="refer to another document"):
        schema_parser("calendar_create_event", schema)


def test_what_is_no_schema_is_refused() -> None:
    with pytest.raises(ValueError, match="no JSON Schema"):
        schema_parser("calendar_create_event", {"type": "objekt"})


def test_a_property_may_be_named_like_a_reference() -> None:
    schema = {"type": "object", "properties": {"$ref": {"type": "string"}}}
    assert schema_parser("calendar_create_event", schema)({"$ref": "https://example.com"})
