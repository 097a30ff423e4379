"""The input of a tool: read strictly by a model of its members, whose schema is what an agent is told."""

from typing import ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from pydantic.alias_generators import to_camel

from memory_service.domain.calls import JsonObject
from memory_service.domain.errors import FieldError, InputInvalid

_MOST_ERRORS = 20

InputT = TypeVar("InputT", bound="ToolInput")


class ToolInput(BaseModel):
    """The input of a tool, read strictly; ``tool`` and ``about`` are its name and description."""

    # A default that a factory makes is not in the schema: it would tell a model nothing.
    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, alias_generator=to_camel, hide_input_in_errors=True
    )

    tool: ClassVar[str]
    about: ClassVar[str]

    @field_validator("*", mode="before")
    @classmethod
    def _integer(cls, value: object) -> object:
        """``1.0`` is an integer (JSON Schema 2020-12, core 4.2.3), and some clients write all numbers so."""
        return int(value) if isinstance(value, float) and value.is_integer() else value

    @classmethod
    def parse(cls: type[InputT], given: JsonObject) -> InputT:
        """Read the input of a call.

        Raises:
            InputInvalid: members are missing, unknown, of the wrong type or out of range.
            PathInvalid, ContentInvalid: a path or a content breaks a rule.
        """
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            errors = error.errors(include_url=False, include_context=False, include_input=False)[:_MOST_ERRORS]
            raise InputInvalid(cls.tool, [_field_error(e["loc"], e["msg"], e["type"]) for e in errors]) from error

    @classmethod
    def parameters(cls) -> JsonObject:
        """JSON Schema of the input, flat and without what a model need not read."""
        schema = cls.model_json_schema()
        properties = {
            name: {key: value for key, value in said.items() if key != "title"}
            for name, said in schema["properties"].items()
        }
        required = {"required": schema["required"]} if "required" in schema else {}
        return {"type": "object", "properties": properties, **required, "additionalProperties": False}


def _field_error(place: tuple[int | str, ...], message: str, rule: str) -> FieldError:
    field = ".".join(map(str, place)).encode("utf-8", "backslashreplace").decode()
    return {"field": field[:100], "message": message, "rule": rule}
