"""Completion of arguments: the paths that ``memory_ls`` shows, and the subjects that the memory has pages about."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import mcp_types as types
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from memory_service.domain.errors import MemoryServiceError
from memory_service.mcp_server.callers import CallerOf, Context
from memory_service.mcp_server.prompts import PROMPTS
from memory_service.mcp_server.uris import TEMPLATE
from memory_service.runtime import AsyncRuntime, Invocation

_LOOKED_AT = 1000
"""Entries of one folder: what one answer of ``memory_ls`` may have."""
_MOST = 100
"""Values of one answer (schema of the protocol, ``CompleteResult``)."""
_TOPICS = "/topics"


class Completions:
    """Suggests values for arguments to whoever asks, of what its key may list."""

    def __init__(self, runtime: AsyncRuntime, caller_of: CallerOf) -> None:
        self._runtime = runtime
        self._caller_of = caller_of

    async def complete(self, ctx: Context, params: types.CompleteRequestParams) -> types.CompleteResult:
        """Values that begin with what has been typed; none where the argument is free text."""
        match params.ref, params.argument.name:
            case types.ResourceTemplateReference(uri=uri), "path" if uri == TEMPLATE:
                return await self._paths(ctx, params.argument.value)
            case types.PromptReference(name="recall"), "topic":
                return await self._topics(ctx, params.argument.value)
            case types.PromptReference(name=name), argument if name in PROMPTS and PROMPTS[name].argument == argument:
                return _answer((), more=False)
        raise MCPError(INVALID_PARAMS, "There is no such argument to be completed")

    async def _paths(self, ctx: Context, typed: str) -> types.CompleteResult:
        """Paths as the template takes them: without the slash that it has itself, a percent sign encoded."""
        beginning = "/" + unquote(typed).removeprefix("/")
        listed, more = await self._listed(ctx, beginning.rpartition("/")[0] or "/")
        paths = [entry["path"] + ("" if entry["type"] == "file" else "/") for entry in listed]
        found = [path for path in paths if path.casefold().startswith(beginning.casefold())]
        return _answer([path[1:].replace("%", "%25") for path in found], more=more)

    async def _topics(self, ctx: Context, typed: str) -> types.CompleteResult:
        listed, more = await self._listed(ctx, _TOPICS)
        titles = dict.fromkeys(entry["title"] for entry in listed if entry.get("title"))
        found = [title for title in titles if title.casefold().startswith(typed.casefold())]
        return _answer(found, more=more)

    async def _listed(self, ctx: Context, folder: str) -> tuple[Sequence[Mapping[str, Any]], bool]:
        """The first entries of a folder, and whether there are more; none of what is no folder."""
        caller = self._caller_of(ctx)
        try:
            asked = {"path": folder, "limit": _LOOKED_AT}
            invocation = Invocation(tool="memory_ls", input=asked, home=await caller.session())
            invoked = await self._runtime.invoke(caller.principal, invocation)
        except MemoryServiceError:
            return (), False
        listing: Mapping[str, Any] = invoked.execution.result or {"entries": ()}
        return listing["entries"], "nextCursor" in listing


def _answer(found: Sequence[str], *, more: bool) -> types.CompleteResult:
    total = None if more else len(found)
    completion = types.Completion(values=list(found[:_MOST]), total=total, has_more=more or len(found) > _MOST)
    return types.CompleteResult(completion=completion)
