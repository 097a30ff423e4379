"""The value in which the runtime and the families of tools meet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from memory_service.domain.calls import Call, JsonObject, Scope
from memory_service.domain.executions import Execution
from memory_service.domain.ids import CommitId


class CapabilityKind(StrEnum):
    """The families of capabilities that the wire contract names."""

    MEMORY = "memory"
    INTEGRATION = "integration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A connected account that a capability of kind ``integration`` can act through."""

    connected_account_id: str
    integration_id: str
    backend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a handler did."""

    result: JsonObject
    """The ``result`` of the wire: a JSON object."""
    summary: str
    """One line for people, like ``3 hits``."""
    commit: CommitId | None = None
    """The commit that the call made, if it made one."""
    seen: Mapping[str, str] = field(default_factory=dict)
    """Resource → version that the session has now seen; kept with the execution and given back by ``Call.seen``."""


class EffectUnknown(Exception):
    """What an execution that was cut off has done cannot be found out."""


def cannot_recall(execution: Execution) -> Outcome | None:
    """The ``recall`` of a capability that keeps no trace of its executions."""
    raise EffectUnknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """An operation that an organisation's agents can invoke."""

    name: str
    kind: CapabilityKind
    description: str
    parameters: JsonObject
    """JSON Schema of the input, with a description on every property."""
    output: JsonObject | None = None
    """JSON Schema of ``Outcome.result``, where it is known; a result may have further members."""
    parse: Callable[[JsonObject], Any]
    """Turns the input of a call into what the handler takes; raises ``InputInvalid`` or another ``InvalidInput``."""
    handler: Callable[[Call, Any], Outcome]
    recall: Callable[[Execution], Outcome | None] = cannot_recall
    """Finds what an execution that was cut off has done, from the truth it acts on: None when it did nothing, raises
    ``EffectUnknown`` when that cannot be told. Not asked of a read-only capability."""
    read_only: bool
    idempotent: bool
    destructive: bool = True
    """Whether it may replace what was there; says nothing of a read-only capability."""
    accounts: tuple[Account, ...] = ()

    @property
    def scope(self) -> Scope:
        """The scope that a key needs to invoke this."""
        return Scope.RUNTIME_READ if self.read_only else Scope.RUNTIME
