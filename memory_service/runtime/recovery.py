"""Law 3 after a crash: an execution left behind is settled by what it left in the truth that it acts on."""

from memory_service.domain.errors import CapabilityNotFound
from memory_service.domain.executions import Execution
from memory_service.domain.ids import Clock
from memory_service.runtime.endings import Ending, cut_off, failed, finish
from memory_service.runtime.ends import OnFault
from memory_service.runtime.ports import Instances, RuntimeStore
from memory_service.runtime.recording import Announce
from memory_service.runtime.registry import Registry


class Recovery:
    """Settles the executions of processes that are gone. Any number of processes may do so at the same time."""

    def __init__(
        self,
        store: RuntimeStore,
        registry: Registry,
        instances: Instances,
        clock: Clock,
        announce: Announce,
        on_fault: OnFault,
    ) -> None:
        self._store = store
        self._registry = registry
        self._instances = instances
        self._clock = clock
        self._announce = announce
        self._on_fault = on_fault

    def settle(self) -> tuple[Execution, ...]:
        """End every execution whose process is gone; those that this call has ended, in their final state.

        One that cannot be settled now (its repository cannot be read, say) is left for another time.
        """
        abandoned = [one for one in self._store.unfinished() if not self._instances.alive(one.owner)]
        return tuple(settled for settled in map(self._settle, abandoned) if settled is not None)

    def _settle(self, execution: Execution) -> Execution | None:
        try:
            end = finish(execution, self._ending(execution), self._clock())
            kept = self._store.finish(end)
        except Exception as error:  # noqa: BLE001 - one that resists must not keep the others from being settled
            self._on_fault(error)
            return None
        self._announce(execution.id)
        return end.execution if kept else None

    def _ending(self, execution: Execution) -> Ending:
        try:
            capability = self._registry.capability(execution.org, execution.capability)
        except CapabilityNotFound as error:
            return failed(error, execution, idempotent=False, keyed=False)
        return cut_off("Interrupted by a restart", capability, execution, keyed=False)
