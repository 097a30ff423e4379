"""Capabilities, sessions, executions and their events. Knows no capability in particular."""

from memory_service.runtime.invocation import Invocation, Invoked
from memory_service.runtime.limits import RuntimeLimits
from memory_service.runtime.pages import Page
from memory_service.runtime.registry import Registry
from memory_service.runtime.running import Started
from memory_service.runtime.runtime import Runtime
from memory_service.runtime.shell import AsyncRuntime
from memory_service.runtime.streams import Closing, EventStream

__all__ = [
    "AsyncRuntime",
    "Closing",
    "EventStream",
    "Invocation",
    "Invoked",
    "Page",
    "Registry",
    "Runtime",
    "RuntimeLimits",
    "Started",
]
