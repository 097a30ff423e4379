"""Runs an execution that has begun, exactly once, and sees to its end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from memory_service.domain.calls import Call, Principal
from memory_service.domain.capabilities import Capability
from memory_service.domain.errors import InternalError, MemoryServiceError, Timeout
from memory_service.domain.executions import Execution, Session
from memory_service.domain.ids import Clock
from memory_service.runtime.endings import Ending, cut_off, failed
from memory_service.runtime.ends import Ends, OnFault
from memory_service.runtime.invocation import Invoked
from memory_service.runtime.ports import RuntimeStore
from memory_service.runtime.recording import Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """An execution that has begun and is to be run, once."""

    principal: Principal
    session: Session
    capability: Capability
    execution: Execution
    argument: Any
    """The input as the handler takes it."""
    recording: Recording
    keyed: bool
    """Whether an idempotency key came with the request."""

    @property
    def invoked(self) -> Invoked:
        """The answer to whoever asked for the start alone."""
        return Invoked(session=self.session, capability=self.capability, execution=self.execution)


class Runner:
    """Calls handlers and keeps how their executions ended."""

    def __init__(self, store: RuntimeStore, ends: Ends, clock: Clock, seconds: float, on_fault: OnFault) -> None:
        self._store = store
        self._ends = ends
        self._clock = clock
        self._seconds = seconds
        self._on_fault = on_fault

    def run(self, started: Started) -> Invoked:
        """Run the handler; what it raises becomes the execution's failure."""
        execution = self._keep(started, self._perform(started))
        session = replace(started.session, updated_at=execution.finished_at or started.session.updated_at)
        return Invoked(session=session, capability=started.capability, execution=execution)

    def _perform(self, started: Started) -> Ending:
        capability, execution, keyed = started.capability, started.execution, started.keyed
        try:
            return capability.handler(self._call(started), started.argument)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is the end of its execution
            if isinstance(error, MemoryServiceError) and not isinstance(error, InternalError):
                return failed(error, execution, idempotent=capability.idempotent, keyed=keyed)
            self._on_fault(error)
        # Nobody knows how far the handler came, just as after a crash of the process.
        try:
            return cut_off("Unexpected failure", capability, execution, keyed=keyed)
        except Exception as error:  # noqa: BLE001 - the truth itself is out of reach
            self._on_fault(error)
            return failed(InternalError(), execution, idempotent=capability.idempotent, keyed=keyed)

    def _keep(self, started: Started, ending: Ending) -> Execution:
        """Keep the end; where it is of a kind that cannot be kept, that becomes the end."""
        execution, capability = started.execution, started.capability
        lost = InternalError("The call has run, but how it ended could not be stored")
        instead = failed(lost, execution, idempotent=capability.idempotent, keyed=started.keyed)
        for attempt in (ending, instead):
            finish = started.recording.end(attempt, self._clock())
            execution = finish.execution
            try:
                if self._ends.keep(finish):
                    return execution
                return self._store.execution(execution.org, execution.id) or execution
            except Exception as error:  # noqa: BLE001 - the caller is answered whatever the store does
                self._on_fault(error)
        return execution

    def _call(self, started: Started) -> Call:
        execution = started.execution
        return Call(
            principal=started.principal,
            capability=execution.capability,
            session_id=execution.session_id,
            execution_id=execution.id,
            run_id=execution.run_id,
            connected_account_id=execution.connected_account_id,
            check=_deadline(self._seconds),
            checkpoint=started.recording.checkpoint,
            seen=partial(self._store.seen, execution.session_id),
        )


def _deadline(seconds: float) -> Callable[[], None]:
    until = time.monotonic() + seconds

    def check() -> None:
        if time.monotonic() >= until:
            raise Timeout("execution")

    return check
