"""Results and errors in words: what a model reads where it is not shown the structure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any


def text_of(first_line: str, told: Mapping[str, Any]) -> str:
    """An outline: a member a line and a dash for each entry of a list, without what is null.

    Texts of several lines come last, exactly as they are: a model may have to send them back.
    """
    blocks = {name: value for name, value in told.items() if _is_block(value)}
    lines = [first_line, *_members({name: value for name, value in told.items() if name not in blocks})]
    for name, block in blocks.items():
        lines += ["", f"{name}:", block]
    return "\n".join(lines)


def _members(members: Mapping[str, Any]) -> Iterator[str]:
    for name, value in members.items():
        if value in ([], {}):
            yield f"{name}: none"
        elif isinstance(value, Mapping | list | tuple) or _is_block(value):
            yield f"{name}:"
            yield from _indented(value)
        elif value is not None:
            yield f"{name}: {_word(value)}"


def _indented(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (f"  {line}" for line in value.splitlines())
    elif isinstance(value, Mapping):
        yield from (f"  {line}" for line in _members(value))
    else:
        for entry in value:
            first, *others = _entry(entry)
            yield f"- {first}"
            yield from (f"  {line}" for line in others)


def _entry(entry: Any) -> list[str]:
    lines = list(_members(entry)) if isinstance(entry, Mapping) else str(_word(entry)).splitlines()
    return lines or [""]


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_block(value: object) -> bool:
    return isinstance(value, str) and "\n" in value
