"""A store on disk with one organisation."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memory_service.domain.ids import OrgId
from memory_service.storage import Repositories
from tests.clocks import ManualClock
from tests.push_client import Clone, Served
from tests.unit.storage.looking import Looking

ACME = OrgId("acme")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "orgs"


@pytest.fixture
def empty_store(root: Path, clock: ManualClock) -> Repositories:
    return Repositories(root, clock)


@pytest.fixture
def store(empty_store: Repositories) -> Repositories:
    empty_store.create(ACME, author="Ada", author_id="key_1")
    return empty_store


@pytest.fixture
def looking(store: Repositories, root: Path, clock: ManualClock) -> Looking:
    return Looking(root, clock)


@pytest.fixture
def served(root: Path, clock: ManualClock) -> Iterator[Served]:
    served = Served(root, clock)
    served.store.create(ACME, author="Ada", author_id="key_1")
    yield served
    served.close()


@pytest.fixture
def clone(served: Served, tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone", served, ACME)
