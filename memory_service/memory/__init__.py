"""The operations on a memory, and keeping the derived stores true to it. Knows neither HTTP nor executions."""

from memory_service.memory.limits import MemoryLimits
from memory_service.memory.service import Memory
from memory_service.memory.tools import memory_capabilities

__all__ = ["Memory", "MemoryLimits", "memory_capabilities"]
