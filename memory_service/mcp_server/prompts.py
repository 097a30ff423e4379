"""Prompts that people choose: what an agent should do with the memory, said well once."""

from collections.abc import Mapping
from dataclasses import dataclass

import mcp_types as types
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from memory_service.mcp_server.callers import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prompt:
    """A prompt with one argument, whose name stands for it in the text."""

    title: str
    description: str
    argument: str
    about: str
    text: str

    def listed(self, name: str) -> types.Prompt:
        argument = types.PromptArgument(name=self.argument, description=self.about, required=True)
        return types.Prompt(name=name, title=self.title, description=self.description, arguments=[argument])


PROMPTS: Mapping[str, _Prompt] = {
    "recall": _Prompt(
        title="Recall",
        description="Find out what the organisation's memory knows about a topic.",
        argument="topic",
        about="What to look for, in plain language.",
        text=(
            "Find out what our memory knows about this topic:\n\n{topic}\n\n"
            "1. Call memory_search with the words that notes about it would use; try other words where hits are few.\n"
            "2. Call memory_read for the lines of the hits that matter, and for /MEMORY.md if it may bear on them.\n"
            "3. Answer with what is known, each fact with the path that it stands in. Say what is old, what "
            "contradicts something else, and what the memory does not know. Add nothing that it does not say."
        ),
    ),
    "remember": _Prompt(
        title="Remember",
        description="Keep something in the organisation's memory, where it will be found again.",
        argument="what",
        about="What is to be kept.",
        text=(
            "Keep this in our memory:\n\n{what}\n\n"
            "1. Call memory_search to see whether it is known, in part or otherwise.\n"
            "2. Choose its place. A lasting fact about a subject: the file in /topics/ that holds it, or a new one. "
            "What everybody should always know: /MEMORY.md, short. What happened or was decided today: append to "
            "/daily/YYYY-MM-DD.md.\n"
            "3. To add, call memory_append. To correct, call memory_read, then memory_write with all of the changed "
            "text and the version that you read as expectedVersion; if it is refused, read again and merge.\n"
            "4. Write so that somebody who was not here understands it: names in full, dates as dates, where it comes "
            "from. Keep no passwords or keys. Say at the end what you wrote where."
        ),
    ),
}


async def list_prompts(ctx: Context, params: types.PaginatedRequestParams | None) -> types.ListPromptsResult:
    """The prompts there are."""
    return types.ListPromptsResult(prompts=[prompt.listed(name) for name, prompt in PROMPTS.items()])


async def get_prompt(ctx: Context, params: types.GetPromptRequestParams) -> types.GetPromptResult:
    """A prompt with its argument filled in."""
    prompt = PROMPTS.get(params.name)
    if prompt is None:
        raise MCPError(INVALID_PARAMS, f"Prompt {params.name[:100]!r} not found", {"available": list(PROMPTS)})
    given = (params.arguments or {}).get(prompt.argument, "").strip()
    if not given:
        raise MCPError(INVALID_PARAMS, f"The argument {prompt.argument!r} is needed: {prompt.about}")
    text = prompt.text.replace(f"{{{prompt.argument}}}", given)
    message = types.PromptMessage(role="user", content=types.TextContent(type="text", text=text))
    return types.GetPromptResult(description=prompt.description, messages=[message])
