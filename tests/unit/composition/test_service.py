"""What a service gives up when it closes, and what it keeps."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from memory_service.domain.calls import Principal, Scope
from memory_service.domain.ids import KeyId, OrgId
from memory_service.instances import ProcessInstances
from memory_service.runtime import Invocation
from memory_service.service import open_service
from memory_service.settings import Settings
from tests.fakes.capabilities import CHANGING, SECONDS, Gate, echo, named

AGENT = Principal(org=OrgId("acme"), key_id=KeyId("key_1"), key_name="Agent", scopes=frozenset({Scope.RUNTIME}))


@pytest.fixture
def other(tmp_path: Path) -> Iterator[ProcessInstances]:
    """Another process of the data folder, as far as locks go."""
    instances = ProcessInstances(tmp_path / "run", "server_other")
    yield instances
    instances.close()


def test_a_service_that_has_closed_counts_as_gone(tmp_path: Path, other: ProcessInstances) -> None:
    with open_service(Settings(data_dir=tmp_path)) as service:
        service.app()
        assert other.alive(service.instances.own)
    assert not other.alive(service.instances.own)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_service_that_closes_over_a_running_execution_counts_as_alive_until_its_process_ends(
    tmp_path: Path, other: ProcessInstances
) -> None:
    gate = Gate(echo)
    before = set(threading.enumerate())
    service = open_service(Settings(data_dir=tmp_path), capabilities_of=lambda org: [named("hold", gate, CHANGING)])
    service.organisations.create("acme")
    app = service.app()
    async with app.router.lifespan_context(app):
        runtime = app.state.services.runtime
        await runtime.invoke(AGENT, Invocation(tool="hold"), respond_async=True)
        await runtime.call(gate.wait_entered)
    with capture_logs() as logs:
        service.close()
    assert [(line["event"], line["count"]) for line in logs] == [("executions cut off", 1)]
    assert other.alive(service.instances.own)
    gate.open()
    for thread in set(threading.enumerate()) - before:
        thread.join(SECONDS)
    service.instances.close()
