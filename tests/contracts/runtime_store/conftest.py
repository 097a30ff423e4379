"""A store of each kind."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memory_service.database import Database, Orgs, RuntimeRecords
from memory_service.runtime.ports import RuntimeStore
from tests.fakes.runtime_store import InMemoryRuntimeStore
from tests.records import (
    ACME,
    RIVAL,
    at,
)


def in_memory(folder: Path) -> Iterator[RuntimeStore]:
    yield InMemoryRuntimeStore()


def in_a_database(folder: Path) -> Iterator[RuntimeStore]:
    database = Database(folder / "memory.db")
    for org in (ACME, RIVAL):
        Orgs(database).add(org, at(0))
    yield RuntimeRecords(database)
    database.close()


@pytest.fixture(params=[in_memory, in_a_database])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RuntimeStore]:
    open_store: Callable[[Path], Iterator[RuntimeStore]] = request.param
    yield from open_store(tmp_path)
