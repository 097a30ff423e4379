"""JSON Schemas of what the five operations answer ("The five memory capabilities"), for agents that plan ahead.

As short as they can be: a model may be given them on each of its turns.
"""

from collections.abc import Mapping

from memory_service.domain.calls import JsonObject

_TEXT: JsonObject = {"type": "string"}
_TEXT_OR_NULL: JsonObject = {"type": ["string", "null"]}
_NUMBER: JsonObject = {"type": "integer"}
_FLAG: JsonObject = {"type": "boolean"}


def _object(optional: Mapping[str, JsonObject], **always: JsonObject) -> JsonObject:
    return {"type": "object", "properties": {**always, **optional}, "required": list(always)}


def _list(**always: JsonObject) -> JsonObject:
    return {"type": "array", "items": _object({}, **always)}


RESULTS: Mapping[str, JsonObject] = {
    "memory_ls": _object(
        {"nextCursor": _TEXT},
        commit=_TEXT,
        path=_TEXT,
        entries=_list(path=_TEXT, type=_TEXT, size={"type": ["integer", "null"]}, version=_TEXT_OR_NULL),
    ),
    "memory_read": _object(
        {},
        path=_TEXT,
        content=_TEXT,
        version=_TEXT,
        commit=_TEXT,
        updatedAt=_TEXT_OR_NULL,
        startLine=_NUMBER,
        endLine=_NUMBER,
        totalLines=_NUMBER,
        truncated=_FLAG,
    ),
    "memory_search": _object(
        {"nextCursor": _TEXT, "needsTokens": _NUMBER},
        hits=_list(
            path=_TEXT,
            score={"type": "number"},
            heading=_TEXT_OR_NULL,
            startLine=_NUMBER,
            endLine=_NUMBER,
            snippet=_TEXT,
            highlights={"type": "array"},
            matchedTerms={"type": "array"},
            version=_TEXT,
        ),
        total=_NUMBER,
        commit=_TEXT,
    ),
    "memory_write": _object(
        {"previousVersion": _TEXT}, path=_TEXT, version=_TEXT, commit=_TEXT, created=_FLAG, changed=_FLAG
    ),
    "memory_append": _object(
        {}, path=_TEXT, version=_TEXT, commit=_TEXT, created=_FLAG, startLine=_NUMBER, endLine=_NUMBER
    ),
}
"""What each tool answers when it succeeds."""
