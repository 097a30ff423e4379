"""The five memory capabilities: what a model is told of them, how their input is read, what they answer.

A model reads every word of the definitions on each of its turns: together they stay under 1,500 tokens.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from pydantic import Field, ValidationInfo, field_validator
from pydantic.functional_validators import AfterValidator, PlainValidator
from pydantic.json_schema import WithJsonSchema
from pydantic_core import PydanticCustomError

from memory_service.domain.calls import Call
from memory_service.domain.capabilities import Capability, CapabilityKind, Outcome
from memory_service.domain.executions import Execution
from memory_service.domain.ids import BlobId
from memory_service.domain.paths import MAX_DEPTH, MemoryPath
from memory_service.domain.search import Query
from memory_service.memory.editing import Absence, Expected
from memory_service.memory.limits import MAX_HITS, MAX_LISTED, MAX_QUERY_LENGTH, MAX_SUBJECT_LENGTH
from memory_service.memory.lines import encoded
from memory_service.memory.results import RESULTS
from memory_service.memory.service import TO_THE_END, Memory
from memory_service.memory.tool_input import InputT, ToolInput

_ROOT = MemoryPath("/")
_VERSION = re.compile("^[0-9a-f]{40}$")

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


_AString = WithJsonSchema({"type": "string"})
Folder = Annotated[
    MemoryPath, _parsed(MemoryPath.parse_folder), WithJsonSchema({"type": "string", "default": _ROOT.text})
]
AnyPath = Annotated[MemoryPath, _parsed(MemoryPath.parse), _AString]
FilePath = Annotated[MemoryPath, _parsed(MemoryPath.parse_file), _AString]
Subject = Annotated[str, Field(max_length=MAX_SUBJECT_LENGTH), AfterValidator(_one_line)]

_MESSAGE = "Why, in one line: the subject of this change in the memory's history."


class LsInput(ToolInput):
    """What ``memory_ls`` takes."""

    tool = "memory_ls"
    about = (
        "List files and folders of the organisation's long-term memory, a tree of markdown files. By convention "
        "/MEMORY.md holds evergreen facts, /daily/YYYY-MM-DD.md the notes of a day, /topics/*.md stable subjects. "
        "Use it to see what there is; to find something by what it says, use memory_search."
    )

    path: Annotated[
        Folder, Field(description="Folder to list, such as /topics; / is the root. The path of a file lists that file.")
    ] = Field(default_factory=lambda: _ROOT)
    depth: Annotated[
        int,
        Field(
            ge=1,
            le=MAX_DEPTH,
            description=f"Levels to list: 1 is what is directly in the folder, {MAX_DEPTH} everything below it.",
        ),
    ] = 1
    limit: Annotated[int, Field(ge=1, le=MAX_LISTED, description="Most entries to answer at once.")] = 200
    cursor: Annotated[
        str, Field(description="nextCursor of the previous answer, to go on after it with the same path and depth.")
    ] = Field(default_factory=str)


class ReadInput(ToolInput):
    """What ``memory_read`` takes."""

    tool = "memory_read"
    about = (
        "Read a memory file, whole or some of its lines. The answer carries the file's version, which memory_write "
        "takes as expectedVersion. If truncated is true, go on with startLine = endLine + 1."
    )

    path: Annotated[AnyPath, Field(description="Path of the file, such as /topics/icp.md.")]
    start_line: Annotated[int, Field(ge=1, description="First line to read, counting from 1.")] = 1
    end_line: Annotated[
        int, Field(ge=1, description="Last line to read, inclusive; without it, to the end of the file.")
    ] = Field(default_factory=lambda: TO_THE_END)

    @field_validator("end_line")
    @classmethod
    def _not_before_start(cls, end: int, info: ValidationInfo) -> int:
        if end < info.data.get("start_line", 1):
            raise PydanticCustomError("range", "Input should not be less than startLine")
        return end


class SearchInput(ToolInput):
    """What ``memory_search`` takes."""

    tool = "memory_search"
    about = (
        "Search the whole memory by words. Answers the best files first, each with its best section: heading, line "
        "range and a snippet. Search before you answer from memory and before you write, and read the lines of a hit "
        "for details. It sees everything written so far."
    )

    query: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_QUERY_LENGTH,
            description='Words to look for, in plain language. "A phrase" in double quotes has to occur as it stands.',
        ),
        AfterValidator(_not_blank),
    ]
    limit: Annotated[int, Field(ge=1, le=MAX_HITS, description="Most hits to answer.")] = 10
    path: Annotated[Folder, Field(description="Search only at or below this path, such as /daily.")] = Field(
        default_factory=lambda: _ROOT
    )


class WriteInput(ToolInput):
    """What ``memory_write`` takes."""

    tool = "memory_write"
    about = (
        "Create a memory file, or replace all of its content. To change a part, read the file, then send all of it "
        "back changed, with the version that you read as expectedVersion. If somebody changed it meanwhile, the write "
        "is refused with a diff: merge and retry. To only add text, use memory_append. All earlier versions are kept."
    )

    path: Annotated[FilePath, Field(description="Path of the file; ends in .md. Folders are made as needed.")]
    content: Annotated[
        bytes, _parsed(encoded), _AString, Field(description="All of the file's new content, in markdown.")
    ]
    message: Annotated[Subject, Field(description=_MESSAGE)] = Field(default_factory=str)
    expected_version: Annotated[
        Expected,
        PlainValidator(_expected),
        WithJsonSchema({"type": ["string", "null"], "pattern": _VERSION.pattern}),
        Field(
            description="Version to replace, as memory_read or memory_ls gave it; null if the file must not exist yet."
        ),
    ] = Field(default_factory=lambda: None)


class AppendInput(ToolInput):
    """What ``memory_append`` takes."""

    tool = "memory_append"
    about = (
        "Add text at the end of a memory file, beginning on a new line; the file is created if it does not exist. "
        "Appends never conflict with what others write, so this is the way to keep daily notes and logs."
    )

    path: Annotated[
        FilePath, Field(description="Path of the file, such as /daily/2026-04-15.md. Folders are made as needed.")
    ]
    content: Annotated[
        bytes,
        _parsed(lambda text: encoded(_not_blank(text))),
        _AString,
        Field(description="Text to add, in markdown. Line breaks around it are taken care of."),
    ]
    message: Annotated[Subject, Field(description=_MESSAGE)] = Field(default_factory=str)


def memory_capabilities(memory: Memory) -> Sequence[Capability]:
    """The five operations of a memory as capabilities, in the order of the wire contract."""

    def ls(call: Call, given: LsInput) -> Outcome:
        return memory.ls(call, given.path, depth=given.depth, limit=given.limit, cursor=given.cursor).outcome()

    def read(call: Call, given: ReadInput) -> Outcome:
        return memory.read(call, given.path, start_line=given.start_line, end_line=given.end_line).outcome()

    def search(call: Call, given: SearchInput) -> Outcome:
        return memory.search(call, Query(text=given.query, limit=given.limit, folder=given.path)).outcome()

    def write(call: Call, given: WriteInput) -> Outcome:
        expected = given.expected_version
        return memory.write(call, given.path, given.content, subject=given.message, expected=expected).outcome()

    def append(call: Call, given: AppendInput) -> Outcome:
        return memory.append(call, given.path, given.content, subject=given.message).outcome()

    def recall_write(execution: Execution) -> Outcome | None:
        done = memory.recall_write(execution)
        return done.outcome() if done else None

    def recall_append(execution: Execution) -> Outcome | None:
        done = memory.recall_append(execution)
        return done.outcome() if done else None

    return (
        _capability(LsInput, ls, read_only=True, idempotent=True),
        _capability(ReadInput, read, read_only=True, idempotent=True),
        _capability(SearchInput, search, read_only=True, idempotent=True),
        _capability(WriteInput, write, recall_write, idempotent=True),
        _capability(AppendInput, append, recall_append, idempotent=False, destructive=False),
    )


def _capability(
    model: type[InputT],
    handler: Callable[[Call, InputT], Outcome],
    recall: Callable[[Execution], Outcome | None] = lambda execution: None,
    *,
    read_only: bool = False,
    idempotent: bool,
    destructive: bool = True,
) -> Capability:
    return Capability(
        name=model.tool,
        kind=CapabilityKind.MEMORY,
        description=model.about,
        parameters=model.parameters(),
        output=RESULTS[model.tool],
        parse=model.parse,
        handler=handler,
        recall=recall,
        read_only=read_only,
        idempotent=idempotent,
        destructive=destructive,
    )
