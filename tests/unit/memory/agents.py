"""An agent in its session: invokes the capabilities of a memory as a runtime would, and remembers what it has seen."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from memory_service.domain.calls import Call, Principal, Scope
from memory_service.domain.capabilities import Outcome
from memory_service.domain.ids import ExecutionId, KeyId, OrgId, RunId, SessionId
from memory_service.memory.service import Memory
from memory_service.memory.tools import memory_capabilities

ACME = OrgId("acme")
_EXECUTIONS = itertools.count(1)


def principal(name: str = "Agent", org: OrgId = ACME) -> Principal:
    return Principal(org=org, key_id=KeyId(f"key_{name}"), key_name=name, scopes=frozenset({Scope.RUNTIME}))


class Agent:
    """One session of one key."""

    def __init__(self, memory: Memory, name: str = "Agent", org: OrgId = ACME) -> None:
        self.principal = principal(name, org)
        self.session = SessionId(f"session_{name}_{next(_EXECUTIONS)}")
        self.seen: dict[str, list[str]] = {}
        self._capabilities = {capability.name: capability for capability in memory_capabilities(memory)}

    def call(self, tool: str, check: Callable[[], None] = lambda: None) -> Call:
        """The next execution of the session."""
        number = next(_EXECUTIONS)
        return Call(
            principal=self.principal,
            capability=tool,
            session_id=self.session,
            execution_id=ExecutionId(f"exec_{number}"),
            run_id=RunId(f"run_{number}"),
            check=check,
            seen=lambda resource: tuple(self.seen.get(resource, ())),
        )

    def outcome(self, tool: str, given: dict[str, Any], call: Call | None = None) -> Outcome:
        """Invoke a tool with an input."""
        capability = self._capabilities[tool]
        outcome = capability.handler(call or self.call(tool), capability.parse(given))
        for resource, version in outcome.seen.items():
            self.seen.setdefault(resource, []).append(version)
        return outcome

    def ls(self, **given: Any) -> Any:
        return self.outcome("memory_ls", given).result

    def read(self, path: str, **given: Any) -> Any:
        return self.outcome("memory_read", {"path": path, **given}).result

    def search(self, query: str, **given: Any) -> Any:
        return self.outcome("memory_search", {"query": query, **given}).result

    def write(self, path: str, content: str, **given: Any) -> Any:
        return self.outcome("memory_write", {"path": path, "content": content, **given}).result

    def append(self, path: str, content: str, **given: Any) -> Any:
        return self.outcome("memory_append", {"path": path, "content": content, **given}).result

    def timed_out(self, tool: str, error: Exception) -> Call:
        """An execution whose deadline has passed."""

        def check() -> None:
            raise error

        return replace(self.call(tool), check=check)
