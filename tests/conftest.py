"""What every test is given: logging as pytest has set it up, whatever a command has made of it before."""

import logging
from collections.abc import Iterator

import pytest
import structlog


def _undo_configuration() -> None:
    structlog.reset_defaults()
    root = logging.getLogger()
    root.handlers[:] = [
        each for each in root.handlers if not isinstance(each.formatter, structlog.stdlib.ProcessorFormatter)
    ]
    root.setLevel(logging.WARNING)


@pytest.fixture(autouse=True)
def _logging_of_its_own() -> Iterator[None]:
    # Before as well: a fixture of a wider scope may have run a command.
    _undo_configuration()
    yield
    _undo_configuration()
