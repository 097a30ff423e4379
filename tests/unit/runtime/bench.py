"""A runtime over fakes, with everything at hand that a test moves or looks at."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from memory_service.domain.calls import Call, JsonObject, Principal, Scope
from memory_service.domain.capabilities import Capability, Outcome
from memory_service.domain.errors import StorageFull
from memory_service.domain.executions import Checkpoint, Event, EventType
from memory_service.domain.ids import ExecutionId, KeyId, OrgId
from memory_service.domain.steps import Finish, Start
from memory_service.runtime.invocation import Invocation, Invoked
from memory_service.runtime.limits import RuntimeLimits
from memory_service.runtime.registry import Registry
from memory_service.runtime.runtime import Runtime
from tests.clocks import ManualClock
from tests.fakes.capabilities import CHANGING, ECHO, Gate, echo, integrations, named
from tests.fakes.runtime_store import InMemoryRuntimeStore


def principal(*scopes: Scope, org: str = "acme", key: str = "key_1") -> Principal:
    return Principal(org=OrgId(org), key_id=KeyId(key), key_name="Agent", scopes=frozenset(scopes or {Scope.RUNTIME}))


AGENT = principal()


class Processes:
    """The server processes of one data folder, as one of them sees them."""

    def __init__(self, own: str = "server_1") -> None:
        self.own = own
        self.gone: set[str] = set()

    def alive(self, owner: str) -> bool:
        return owner not in self.gone


class FaultyStore(InMemoryRuntimeStore):
    """Keeps what it is given, unless a test has filled its disk or broken its writing of ends."""

    def __init__(self) -> None:
        super().__init__()
        self.full = False
        self.refuse: Callable[[Finish], Exception | None] = lambda finish: None
        self.transactions: list[str] = []
        self.lasting: list[bool] = []

    def begin(self, start: Start) -> Any:
        self._writing("begin")
        self.lasting.append(start.lasting)
        return super().begin(start)

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        self._writing("add_checkpoint")
        super().add_checkpoint(checkpoint)

    def finish(self, finish: Finish) -> bool:
        self._writing("finish")
        error = self.refuse(finish)
        if error:
            raise error
        return super().finish(finish)

    def _writing(self, name: str) -> None:
        self.transactions.append(name)
        if self.full:
            raise StorageFull


class Bench:
    """One server process; a second one on the same data is a bench with the first one's store."""

    def __init__(
        self, *capabilities: Capability, store: FaultyStore | None = None, own: str = "server_1", **limits: Any
    ) -> None:
        self.store = store or FaultyStore()
        self.processes = Processes(own)
        self.clock = ManualClock()
        ids = itertools.count(1)
        self.faults: list[Exception] = []
        self.runtime = Runtime(
            self.store,
            Registry([ECHO, *capabilities], integrations),
            self.processes,
            self.clock,
            lambda prefix: f"{prefix}_{next(ids):06d}{own.removeprefix('server')}",
            RuntimeLimits(**limits),
            self.faults.append,
        )

    def invoke(self, tool: str, tool_input: JsonObject | None = None, by: Principal = AGENT, **members: Any) -> Invoked:
        return self.runtime.invoke(by, Invocation(tool=tool, input=tool_input or {}, **members))

    def events(self, execution_id: ExecutionId) -> Sequence[Event]:
        return list(self.runtime.event_log.after(execution_id, 0))

    def types(self, execution_id: ExecutionId) -> list[str]:
        return [event.type.value for event in self.events(execution_id)]

    def data(self, execution_id: ExecutionId, event_type: EventType) -> list[JsonObject]:
        return [event.data for event in self.events(execution_id) if event.type is event_type]

    def made_nothing(self) -> bool:
        """Whether no execution, no session and no event was kept."""
        return "begin" not in self.store.transactions and not self.store.sessions(OrgId("acme"), 10, None)


def outcome(result: JsonObject | None = None, **changes: Any) -> Outcome:
    return Outcome(result=result or {"done": True}, summary="Done", **changes)


HOLD = Invocation(tool="hold")


def held(handler: Callable[[Call, Any], Outcome] = echo, **members: Any) -> tuple[Bench, Gate]:
    """A bench with a tool that stands at a gate, once invoked by ``HOLD``, until it is let go."""
    gate = Gate(handler)
    return Bench(named("hold", gate, CHANGING), **members), gate
