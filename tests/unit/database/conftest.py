"""A database that is closed when the test ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memory_service.database import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "memory.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    opened = Database(path)
    yield opened
    opened.close()
