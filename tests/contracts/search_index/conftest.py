"""An index of each kind."""

from collections.abc import Callable
from pathlib import Path

import pytest

from memory_service.memory.ports import SearchIndex
from tests.contracts.search_index.indexes import ACME, FILES, ONE, files, in_memory, on_disk


@pytest.fixture(params=[in_memory, on_disk])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> SearchIndex:
    make: Callable[[Path], SearchIndex] = request.param
    return make(tmp_path)


@pytest.fixture
def library(index: SearchIndex) -> SearchIndex:
    """An index that holds the files."""
    index.rebuild(ACME, ONE, files(FILES))
    return index
