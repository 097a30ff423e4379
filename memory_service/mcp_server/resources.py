"""Files as resources: what ``memory_ls`` and ``memory_read`` answer, for clients that show files to people."""

from collections.abc import Mapping, Sequence
from typing import Any

import mcp_types as types
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS

from memory_service.domain.errors import Conflict, MemoryServiceError
from memory_service.domain.executions import Failure
from memory_service.domain.ids import SessionId
from memory_service.domain.paths import MAX_DEPTH
from memory_service.mcp_server.callers import Caller, CallerOf, Context
from memory_service.mcp_server.failures import body
from memory_service.mcp_server.uris import TEMPLATE, path_of, uri_of
from memory_service.runtime import AsyncRuntime, Invocation, Invoked

MARKDOWN = "text/markdown"

_PAGE = 500
_TRIES = 3
_NOT_THERE = frozenset({"memory_not_found", "path_invalid", "input_invalid"})
"""Codes of failures that say: what was asked for cannot be."""


class Resources:
    """Lists and reads the files of whoever asks; each request is made of executions like any other."""

    def __init__(self, runtime: AsyncRuntime, caller_of: CallerOf) -> None:
        self._runtime = runtime
        self._caller_of = caller_of

    async def list(self, ctx: Context, params: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
        """All files, in the order of their paths."""
        cursor = {"cursor": params.cursor} if params and params.cursor else {}
        everything = {"path": "/", "depth": MAX_DEPTH, "limit": _PAGE, **cursor}
        invoked = await self._invoke(self._caller_of(ctx), "memory_ls", everything)
        listing: Mapping[str, Any] = invoked.execution.result or {}
        return types.ListResourcesResult(
            resources=[_resource(entry) for entry in listing["entries"] if entry["type"] == "file"],
            next_cursor=listing.get("nextCursor"),
        )

    async def templates(
        self, ctx: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        """How the URI of any file is made."""
        template = types.ResourceTemplate(
            uri_template=TEMPLATE,
            name="memory",
            title="Memory file",
            description="A file of the memory, by its path: memory:///topics/icp.md.",
            mime_type=MARKDOWN,
        )
        return types.ListResourceTemplatesResult(resource_templates=[template])

    async def read(self, ctx: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        """The whole of a file, at one version.

        Raises:
            Conflict: it is long, and changes again and again while it is read.
        """
        path = path_of(params.uri)
        if path is None:
            raise MCPError(INVALID_PARAMS, f"Resource not found: the template is {TEMPLATE}", {"uri": params.uri})
        caller = self._caller_of(ctx)
        for _ in range(_TRIES):
            parts = await self._parts(caller, path, params.uri)
            if len({part["version"] for part in parts}) == 1:
                break
        else:
            raise Conflict
        content = types.TextResourceContents(
            uri=params.uri,
            mime_type=MARKDOWN,
            text="".join(part["content"] for part in parts),
            _meta={name: parts[0][name] for name in ("version", "commit", "updatedAt")},
        )
        return types.ReadResourceResult(contents=[content])

    async def _parts(self, caller: Caller, path: str, uri: str) -> Sequence[Mapping[str, Any]]:
        """The answers that a file is read in; of different versions where somebody changed it meanwhile."""
        parts: list[Mapping[str, Any]] = []
        session, start = None, 1
        while not parts or (parts[-1]["truncated"] and parts[-1]["version"] == parts[0]["version"]):
            invoked = await self._invoke(caller, "memory_read", {"path": path, "startLine": start}, uri, session)
            parts.append(invoked.execution.result or {})
            session, start = invoked.session.id, parts[-1]["endLine"] + 1
        return parts

    async def _invoke(
        self,
        caller: Caller,
        tool: str,
        tool_input: Mapping[str, Any],
        uri: str | None = None,
        session: SessionId | None = None,
    ) -> Invoked:
        """Invoke a tool that succeeds; else there is an error of the protocol, about a URI where one is named."""
        try:
            home = session or await caller.session()
            invocation = Invocation(tool=tool, input=tool_input, home=home)
            invoked = await self._runtime.invoke(caller.principal, invocation)
        except MemoryServiceError as error:
            raise _refusal(error, uri) from error
        if invoked.execution.failure:
            raise _refusal(invoked.execution.failure, uri)
        return invoked


def _refusal(failure: MemoryServiceError | Failure, uri: str | None) -> MCPError:
    code = INVALID_PARAMS if failure.code in _NOT_THERE else INTERNAL_ERROR
    return MCPError(code, failure.message, {**body(failure), **({"uri": uri} if uri else {})})


def _resource(entry: Mapping[str, Any]) -> types.Resource:
    return types.Resource(
        uri=uri_of(entry["path"]),
        name=entry["path"],
        title=entry.get("title"),
        mime_type=MARKDOWN,
        size=entry["size"],
        annotations=types.Annotations(last_modified=entry["updatedAt"]) if entry["updatedAt"] else None,
    )
