"""The server of the protocol: which of its requests are answered, and by what."""

from importlib.metadata import version
from typing import Any

from mcp.server.caching import CacheHint
from mcp.server.lowlevel import Server
from mcp_types import ServerCapabilities

from memory_service.mcp_server.callers import CallerOf
from memory_service.mcp_server.completions import Completions
from memory_service.mcp_server.failures import Faults
from memory_service.mcp_server.prompts import get_prompt, list_prompts
from memory_service.mcp_server.resources import Resources
from memory_service.mcp_server.standing import StandingSubscriptions
from memory_service.mcp_server.subscriptions import Subscriptions
from memory_service.mcp_server.tools import Tools
from memory_service.mcp_server.watching import Look, Watch
from memory_service.runtime import AsyncRuntime

INSTRUCTIONS = (
    "The long-term memory of an organisation, shared by all its agents and people: markdown files under version "
    "control. Search it before you answer from what you know or start a task; write down what others will need later. "
    "/MEMORY.md holds evergreen facts, /daily/YYYY-MM-DD.md the notes of a day, /topics/*.md stable subjects."
)

_OF_THE_KEY = CacheHint(ttl_ms=60_000, scope="private")
_OF_THE_VERSION = CacheHint(ttl_ms=3_600_000, scope="public")


class _Server(Server):
    """The library's server. Where subscriptions are served, that one says of all lists that their changes are told."""

    def get_capabilities(self, *args: Any, **settings: Any) -> ServerCapabilities:
        """What the server offers: tools and prompts do not change while it runs."""
        offered = super().get_capabilities(*args, **settings)
        for part in (offered.tools, offered.prompts):
            if part:
                part.list_changed = False
        return offered


def mcp_server(runtime: AsyncRuntime, look: Look, caller_of: CallerOf, *, standing: bool = False) -> Server:
    """A server that acts through a runtime for whoever sends each message, and looks for changes in memories.

    Whether it is for the one client of a connection that is ``standing``, is for the revision 2025-11-25 to know: its
    subscriptions need one.
    """
    tools = Tools(runtime, caller_of)
    resources = Resources(runtime, caller_of)
    watch = Watch(runtime, look)
    subscriptions = Subscriptions(runtime, caller_of, watch)
    stood = StandingSubscriptions(caller_of, watch) if standing else None
    server = _Server(
        "memory-service",
        version=version("memory-service"),
        title="Memory",
        instructions=INSTRUCTIONS,
        # No parameter of a tool is repeated in a header; else the library lists all tools before it calls one.
        get_tool_input_schema=lambda name: None,
        cache_hints={
            "server/discover": _OF_THE_VERSION,
            "prompts/list": _OF_THE_VERSION,
            "resources/templates/list": _OF_THE_VERSION,
            "tools/list": _OF_THE_KEY,
        },
        on_list_tools=tools.list,
        on_call_tool=tools.call,
        on_list_resources=resources.list,
        on_list_resource_templates=resources.templates,
        on_read_resource=resources.read,
        on_subscriptions_listen=subscriptions.listen,
        on_subscribe_resource=stood.subscribe if stood else None,
        on_unsubscribe_resource=stood.unsubscribe if stood else None,
        on_completion=Completions(runtime, caller_of).complete,
        on_list_prompts=list_prompts,
        on_get_prompt=get_prompt,
    )
    server.middleware.append(Faults(runtime.core.on_fault))
    return server
