"""What the five memory capabilities take, and what a model is told of it.

A model reads every word of the definitions on each of its turns: together they stay under 1,500 tokens.
"""

from datetime import datetime
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from memory_service.domain.paths import MAX_DEPTH
from memory_service.domain.search import Query
from memory_service.memory.limits import MAX_HITS, MAX_LISTED, MIN_TOKENS
from memory_service.memory.lines import TO_THE_END
from memory_service.memory.members import (
    ROOT,
    Addition,
    AnyPath,
    Content,
    FilePath,
    Folder,
    Moment,
    Subject,
    Tags,
    Version,
    Words,
)
from memory_service.memory.tool_input import ToolInput

_MESSAGE = "Why, in one line, for the history."


class LsInput(ToolInput):
    """What ``memory_ls`` takes."""

    tool = "memory_ls"
    about = (
        "List files and folders of the organisation's long-term memory, a tree of markdown files: /MEMORY.md holds "
        "evergreen facts, /daily/YYYY-MM-DD.md the notes of a day, /topics/*.md stable subjects. To find by content, "
        "use memory_search."
    )

    path: Annotated[Folder, Field(description="Folder to list, such as /topics.")] = Field(default_factory=lambda: ROOT)
    depth: Annotated[
        int,
        Field(
            ge=1,
            le=MAX_DEPTH,
            description=f"Levels to list; {MAX_DEPTH} is everything below.",
        ),
    ] = 1
    limit: Annotated[int, Field(ge=1, le=MAX_LISTED, description="Most entries to answer.")] = 200
    cursor: Annotated[str, Field(description="nextCursor of the last answer; all else unchanged.")] = Field(
        default_factory=str
    )


class ReadInput(ToolInput):
    """What ``memory_read`` takes."""

    tool = "memory_read"
    about = (
        "Read a memory file, whole or some of its lines. The answer has its version, which memory_write "
        "takes as expectedVersion. If truncated is true, go on with startLine = endLine + 1."
    )

    path: Annotated[AnyPath, Field(description="Path of the file, such as /topics/icp.md.")]
    start_line: Annotated[int, Field(ge=1, description="First line to read, from 1.")] = 1
    end_line: Annotated[int, Field(ge=1, description="Last line to read; else to the end.")] = Field(
        default_factory=lambda: TO_THE_END
    )

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
        "Search the memory by words. Answers the best files first, each with its best section: heading, lines and a "
        "snippet. Search before you answer from memory and before you write, and read the lines of a hit for details."
    )

    query: Annotated[
        Words,
        Field(description='Words to look for; "a phrase" in quotes must occur if any file has it.'),
    ]
    limit: Annotated[int, Field(ge=1, le=MAX_HITS, description="Most hits to answer.")] = 10
    path: Annotated[Folder, Field(description="Only files at or below it, such as /daily.")] = Field(
        default_factory=lambda: ROOT
    )

    updated_after: Annotated[Moment, Field(description="Only files changed since, such as 2026-04-15.")] = Field(
        default_factory=lambda: None
    )
    updated_before: Annotated[Moment, Field(description="Only files not changed since.")] = Field(
        default_factory=lambda: None
    )
    tags: Annotated[Tags, Field(description="Only files with all these front-matter tags.")] = Field(
        default_factory=list
    )

    cursor: Annotated[str, Field(description="nextCursor of the last answer; all else unchanged.")] = Field(
        default_factory=str
    )
    max_tokens: Annotated[int, Field(ge=MIN_TOKENS, description="Most tokens to answer.")] = Field(default_factory=int)

    @field_validator("updated_before")
    @classmethod
    def _after_the_beginning(cls, end: datetime, info: ValidationInfo) -> datetime:
        begin = info.data.get("updated_after")
        if begin and end <= begin:
            raise PydanticCustomError("range", "Input should be later than updatedAfter")
        return end

    @property
    def asked(self) -> Query:
        """The query that this is."""
        return Query(
            text=self.query,
            limit=self.limit,
            folder=self.path,
            updated_after=self.updated_after,
            updated_before=self.updated_before,
            tags=tuple(self.tags),
        )


class WriteInput(ToolInput):
    """What ``memory_write`` takes."""

    tool = "memory_write"
    about = (
        "Create a memory file, or replace all of its content. To change a part, read the file, then send all of it "
        "back changed, with the version that you read as expectedVersion. If somebody changed it meanwhile, the write "
        "is refused with a diff: merge and retry. To only add text, use memory_append. All earlier versions are kept."
    )

    path: Annotated[FilePath, Field(description="Ends in .md; folders are made as needed.")]
    content: Annotated[Content, Field(description="All of the new content, in markdown.")]
    message: Annotated[Subject, Field(description=_MESSAGE)] = Field(default_factory=str)
    expected_version: Annotated[
        Version,
        Field(description="Version to replace, as read or listed; null if the file must not exist yet."),
    ] = Field(default_factory=lambda: None)


class AppendInput(ToolInput):
    """What ``memory_append`` takes."""

    tool = "memory_append"
    about = (
        "Add text at the end of a memory file, beginning on a new line; it is created if needed. "
        "Appends never conflict with what others write: the way to keep daily notes and logs."
    )

    path: Annotated[FilePath, Field(description="Such as /daily/2026-04-15.md; folders are made as needed.")]
    content: Annotated[Addition, Field(description="Markdown to add; line breaks around it are taken care of.")]
    message: Annotated[Subject, Field(description=_MESSAGE)] = Field(default_factory=str)
