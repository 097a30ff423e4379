"""A store of each kind."""

from collections.abc import Callable
from pathlib import Path

import pytest

from memory_service.memory.ports import Store
from tests.clocks import ManualClock
from tests.contracts.store.stores import in_memory, on_disk


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=[in_memory, on_disk])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> Store:
    make: Callable[[Path, ManualClock], Store] = request.param
    return make(tmp_path, clock)
