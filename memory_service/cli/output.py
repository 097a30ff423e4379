"""What commands print: for people, or as JSON for scripts; progress for long work on a terminal."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from memory_service.domain.errors import (
    Conflict,
    DataCorrupt,
    Denied,
    InvalidInput,
    MemoryServiceError,
    NotFound,
    Unauthenticated,
    Unavailable,
)

EXIT_FAULT = 1
UNBOUNDED = 10_000
"""Columns of a table that goes into a file or a pipe: nothing is broken there."""
_EXIT_CODES: Sequence[tuple[type[MemoryServiceError], int]] = (
    (InvalidInput, 2),
    (NotFound, 3),
    (Conflict, 4),
    (Denied, 5),
    (Unauthenticated, 5),
    (Unavailable, 6),
    (DataCorrupt, 6),
)


def exit_code(error: MemoryServiceError) -> int:
    """The code that the process ends with after an error; they are listed in the README."""
    return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), EXIT_FAULT)


class Output:
    """Prints results on standard output and everything else on standard error."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._console = Console(stderr=True, highlight=False)

    def value(self, value: Mapping[str, Any], text: str) -> None:
        """Print one result: as a JSON object, or as the given text."""
        sys.stdout.write((json.dumps(value, ensure_ascii=False) if self.as_json else text) + "\n")
        sys.stdout.flush()

    def rows(self, name: str, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
        """Print a list: as a JSON object with one member, or as a table with the given columns (member → heading)."""
        if self.as_json:
            self.value({name: list(rows)}, "")
            return
        table = Table(box=None, pad_edge=False)
        for nth, heading in enumerate(columns.values()):
            table.add_column(heading, overflow="fold", no_wrap=nth == 0)
        for row in rows:
            table.add_row(*(_cell(row.get(member)) for member in columns))
        Console(highlight=False, width=None if sys.stdout.isatty() else UNBOUNDED).print(table)

    def note(self, text: str) -> None:
        """Tell a person something that is no result; scripts are told nothing."""
        if not self.as_json:
            self._console.print(text, soft_wrap=True, markup=False)

    def failure(self, error: MemoryServiceError) -> None:
        """Print an error as one sentence, or as a JSON object with its code."""
        if self.as_json:
            body = {"error": error.message, "code": error.code, **({"details": error.details} if error.details else {})}
            sys.stderr.write(json.dumps(body, ensure_ascii=False) + "\n")
        else:
            sys.stderr.write(f"Error: {error.message}\n")

    @contextmanager
    def progress(self, title: str) -> Iterator[Callable[[int, int], None]]:
        """Show how far long work has come, on a terminal; yields what is told ``(done, total)``."""
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=self.as_json or not self._console.is_terminal,
        ) as bars:
            task = bars.add_task(title, total=None)
            yield lambda done, total: bars.update(task, completed=done, total=total)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
