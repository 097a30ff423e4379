"""JSON Schemas of what the five operations answer ("The five memory capabilities"), for agents that plan ahead.

As short as they can be, since a model may be given them on each of its turns: they name what a next call takes from an
answer and what is always there, and leave the rest open. All that is answered is in docs/memory.md.
"""

from collections.abc import Mapping

from memory_service.domain.calls import JsonObject

_TEXT: JsonObject = {"type": "string"}
_TEXT_OR_NULL: JsonObject = {"type": ["string", "null"]}
_NUMBER: JsonObject = {"type": "integer"}
_FLAG: JsonObject = {"type": "boolean"}


def _object(*required: str, **properties: JsonObject) -> JsonObject:
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def _list(**properties: JsonObject) -> JsonObject:
    return {"type": "array", "items": _object(**properties)}


RESULTS: Mapping[str, JsonObject] = {
    "memory_ls": _object(
        "entries",
        entries=_list(path=_TEXT, type=_TEXT, version=_TEXT_OR_NULL),
        nextCursor=_TEXT,
    ),
    "memory_read": _object(
        "content",
        "version",
        content=_TEXT,
        version=_TEXT,
        startLine=_NUMBER,
        endLine=_NUMBER,
        totalLines=_NUMBER,
        truncated=_FLAG,
    ),
    "memory_search": _object(
        "hits",
        hits=_list(path=_TEXT, startLine=_NUMBER, endLine=_NUMBER, snippet=_TEXT, version=_TEXT),
        nextCursor=_TEXT,
    ),
    "memory_write": _object("version", version=_TEXT, previousVersion=_TEXT, changed=_FLAG),
    "memory_append": _object("version", version=_TEXT, startLine=_NUMBER, endLine=_NUMBER),
}
"""What each tool answers when it succeeds."""
