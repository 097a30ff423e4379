"""The server of the protocol: which of its requests are answered, and by what."""

from importlib.metadata import version

from mcp.server.lowlevel import Server

from memory_service.mcp_server.callers import CallerOf
from memory_service.mcp_server.failures import Faults
from memory_service.mcp_server.tools import Tools
from memory_service.runtime import AsyncRuntime

INSTRUCTIONS = (
    "The long-term memory of an organisation, shared by all its agents and people: markdown files under version "
    "control. Search it before you answer from what you know or start a task; write down what others will need later. "
    "/MEMORY.md holds evergreen facts, /daily/YYYY-MM-DD.md the notes of a day, /topics/*.md stable subjects."
)


def mcp_server(runtime: AsyncRuntime, caller_of: CallerOf) -> Server:
    """A server that acts through a runtime for whoever sends each message."""
    tools = Tools(runtime, caller_of)
    server = Server(
        "memory-service",
        version=version("memory-service"),
        title="Memory",
        instructions=INSTRUCTIONS,
        # No parameter of a tool is repeated in a header; else the library lists all tools before it calls one.
        get_tool_input_schema=lambda name: None,
        on_list_tools=tools.list,
        on_call_tool=tools.call,
    )
    server.middleware.append(Faults(runtime.core.on_fault))
    return server
