"""The runtime's capabilities for agents that speak the Model Context Protocol, revisions 2025-11-25 and 2026-07-28."""

from memory_service.mcp_server.callers import Caller
from memory_service.mcp_server.endpoint import Admitted, McpHttp
from memory_service.mcp_server.server import mcp_server
from memory_service.mcp_server.stdio import speak
from memory_service.mcp_server.watching import Look

__all__ = ["Admitted", "Caller", "Look", "McpHttp", "mcp_server", "speak"]
