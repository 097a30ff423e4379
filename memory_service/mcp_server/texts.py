"""Results and errors in words: what a model reads where it is not shown the structure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any


def text_of(first_line: str, told: Mapping[str, Any]) -> str:
    """An outline: a member a line, a dash for each object of a list, other lists as JSON; without what is null.

    Texts of several lines come last, exactly as they are: a model may have to send them back.
    """
    blocks = {name: value for name, value in told.items() if isinstance(value, str) and "\n" in value}
    lines = [first_line, *_members({name: value for name, value in told.items() if name not in blocks})]
    for name, block in blocks.items():
        lines += ["", f"{name}:", block]
    return "\n".join(lines)


def _members(members: Mapping[str, Any]) -> Iterator[str]:
    for name, value in members.items():
        if isinstance(value, str):
            if "\n" in value:
                yield f"{name}:"
                yield from (f"  {line}" for line in value.splitlines())
            else:
                yield f"{name}: {value}"
        elif value in ([], {}):
            yield f"{name}: none"
        elif isinstance(value, Mapping):
            yield f"{name}:"
            yield from (f"  {line}" for line in _members(value))
        elif isinstance(value, list | tuple) and all(isinstance(entry, Mapping) for entry in value):
            yield f"{name}:"
            yield from (line for entry in value for line in _entry(entry))
        elif value is not None:
            yield f"{name}: {json.dumps(value, ensure_ascii=False)}"


def _entry(entry: Mapping[str, Any]) -> Iterator[str]:
    sign = "-"
    for line in _members(entry):
        yield f"{sign} {line}"
        sign = " "
