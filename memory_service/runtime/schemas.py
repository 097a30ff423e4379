"""Input checked against a JSON Schema: the ``parse`` of a capability whose parameters are data, not code."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from jsonschema import ValidationError
from jsonschema.exceptions import SchemaError
from jsonschema.validators import Draft202012Validator, validator_for

from memory_service.domain.calls import JsonObject
from memory_service.domain.errors import FieldError, InputInvalid

MAX_ERRORS = 20
MAX_MESSAGE = 300
"""Characters; the messages of the library quote what was sent, whatever its size."""


def schema_parser(capability_name: str, schema: JsonObject) -> Callable[[JsonObject], JsonObject]:
    """A ``Capability.parse`` that gives back an input which fits the schema, and raises ``InputInvalid`` for others.

    Raises:
        ValueError: this is no JSON Schema, or it refers to a document outside itself (which would be fetched).
    """
    reference = next(_references(dict(schema)), None)
    if reference is not None:
        raise ValueError(f"the parameters of {capability_name} refer to another document: {reference}")
    validator_class = validator_for(schema, default=Draft202012Validator)
    try:
        validator_class.check_schema(dict(schema))
    except SchemaError as error:
        raise ValueError(f"the parameters of {capability_name} are no JSON Schema: {error.message}") from error
    validator = validator_class(dict(schema))

    def parse(tool_input: JsonObject) -> JsonObject:
        document: Any = dict(tool_input)
        errors = [
            field_error
            for error in islice(validator.iter_errors(document), MAX_ERRORS)
            for field_error in _field_errors(error)
        ]
        if errors:
            raise InputInvalid(capability_name, errors)
        return tool_input

    return parse


def _references(part: object) -> Iterator[str]:
    """The references in a schema that lead out of it."""
    if isinstance(part, dict):
        for keyword in ("$ref", "$dynamicRef"):
            reference = part.get(keyword)
            if isinstance(reference, str) and not reference.startswith("#"):
                yield reference
        part = list(part.values())
    if isinstance(part, list):
        for member in part:
            yield from _references(member)


def _field_errors(error: ValidationError) -> Iterator[FieldError]:
    path = ".".join(map(str, error.absolute_path)) or "input"
    yield {"field": path, "message": error.message[:MAX_MESSAGE], "rule": str(error.validator)}
