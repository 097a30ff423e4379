"""Events are told from what is stored of an execution, whatever becomes of it while they are read."""

from collections.abc import Callable

from memory_service.domain.executions import Course, Execution
from memory_service.domain.ids import ExecutionId, OrgId
from memory_service.runtime.invocation import Invocation
from memory_service.runtime.running import Started
from tests.unit.runtime.bench import AGENT, Bench, FaultyStore

SUCCESS = ["session", "run_status", "tool_use", "tool_result", "run_status", "done"]


class WatchedStore(FaultyStore):
    """Counts how often an execution is read with all that it was given and gave back, and lets something happen before
    it is."""

    def __init__(self) -> None:
        super().__init__()
        self.read_whole = 0
        self.meanwhile: Callable[[], object] = lambda: None
        self.gone = False

    def course(self, execution_id: ExecutionId, after: int) -> Course | None:
        course = super().course(execution_id, after)
        self.meanwhile()
        return course

    def execution(self, org: OrgId, execution_id: ExecutionId) -> Execution | None:
        self.read_whole += 1
        return None if self.gone else super().execution(org, execution_id)


def begun() -> tuple[Bench, WatchedStore, Started]:
    store = WatchedStore()
    bench = Bench(store=store)
    started = bench.runtime.begin(AGENT, Invocation(tool="echo", input={"a": 1}))
    assert isinstance(started, Started)
    return bench, store, started


def types(bench: Bench, started: Started, after: int) -> list[str]:
    return [event.type.value for event in bench.runtime.event_log.after(started.execution.id, after)]


def test_what_a_running_execution_was_given_is_read_with_its_first_events_alone() -> None:
    bench, store, started = begun()
    for number, (after, told) in enumerate([(0, SUCCESS[:3]), (3, []), (3, ["checkpoint"]), (4, ["checkpoint"])]):
        if number >= 2:
            started.recording.checkpoint("on")
        assert types(bench, started, after) == told
    assert store.read_whole == 1
    bench.runtime.run(started)
    assert types(bench, started, 5) == SUCCESS[3:]
    assert store.read_whole == 2


def test_an_execution_that_ends_while_it_is_read_tells_its_end_the_next_time() -> None:
    bench, store, started = begun()
    store.meanwhile = lambda: bench.runtime.run(started)
    assert types(bench, started, 0) == SUCCESS[:3]
    store.meanwhile = lambda: None
    assert types(bench, started, 3) == SUCCESS[3:]


def test_every_event_of_a_running_execution_says_that_it_is_executing_also_when_it_has_ended() -> None:
    bench, _, started = begun()
    before = bench.events(started.execution.id)
    bench.runtime.run(started)
    assert bench.events(started.execution.id)[:3] == before
    assert before[1].data["status"] == "executing"


def test_an_execution_that_goes_with_its_organisation_while_it_is_read_tells_nothing() -> None:
    bench, store, started = begun()
    store.gone = True
    assert types(bench, started, 0) == []
