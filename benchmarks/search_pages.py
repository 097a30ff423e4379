"""What the next page of a search takes, beside a search: where its state is kept, and where it is made again."""

import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import search_corpus
from benchmarks.search_peers import Page
from memory_service.database import FileTables
from memory_service.domain.calls import Call, Principal, Scope
from memory_service.domain.ids import ExecutionId, KeyId, OrgId, RunId, SessionId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import Query
from memory_service.domain.trees import Edit
from memory_service.identifiers import system_clock
from memory_service.memory import Memory, MemoryLimits
from memory_service.memory.messages import SearchResult
from memory_service.search import SearchIndexes, title_of
from memory_service.storage import Repositories

ORG = OrgId("acme")
FILES = 1500
CHANGES = (10, 100, 400)
LATER = 5
"""Files that change between the first page and the next."""
SEARCHES = 9
_PATIENT = MemoryLimits(catch_up_seconds=600)


class Processes:
    """Processes that share a data folder, one after another."""

    def __init__(self, folder: Path, pages: Sequence[Page], opened: ExitStack) -> None:
        self._folder = folder
        self._pages = pages
        self._opened = opened
        self._numbers = count()
        self._chance = random.Random(1)  # noqa: S311 # nothing secret is drawn
        self._store = Repositories(folder / "orgs", system_clock)
        opened.callback(self._store.close)
        self._store.create(ORG, author="Ada", author_id="key_1")
        for page in pages:
            self._write(page, "")
        self._store.upkeep(ORG, dry_run=False)

    def started(self) -> Memory:
        """A process that has brought its mirrors to the head."""
        tables = FileTables(self._folder / f"{next(self._numbers)}.db", title_of)
        self._opened.callback(tables.close)
        memory = Memory(self._store, SearchIndexes(self._folder / "index"), tables, _PATIENT)
        self._opened.callback(memory.close)
        memory.refresh(ORG)
        return memory

    def change(self, files: int) -> None:
        """Change some files, each in a commit of its own."""
        for page in self._chance.sample(self._pages, files):
            self._write(page, f"\nChanged for the {next(self._numbers)}th time.\n")
        self._store.upkeep(ORG, dry_run=False)

    def _write(self, page: Page, end: str) -> None:
        content = (page.text + end).encode()
        path = MemoryPath(f"/{page.name}")
        self._store.write(ORG, Edit(path=path, apply=lambda _: content, author="A", author_id="k", subject="write"))


def main() -> None:
    """Print the table."""
    with search_corpus.extracted() as folder, ExitStack() as opened:
        if folder is None:
            return
        pages = search_corpus.files(folder)[:FILES]
        data = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        processes = Processes(data, pages, opened)
        names = "changed since the index was made", "search, ms", "kept", "made again", "made from a later index"
        table = Table(*names, title=f"The next page of a search over {len(pages)} files, of a search")
        for changes in CHANGES:
            search, *others = _measured(processes, changes, search_corpus.questions(pages, 1, seed=3)[0])
            table.add_row(
                str(changes),
                f"{search * 1000:.1f}",
                *(f"{other / search:.1f}, {other * 1000:.0f} ms" for other in others),
            )
        Console(width=200).print(table)


def _measured(processes: Processes, changes: int, text: str) -> Iterator[float]:
    """Seconds of processor: a search, and the next page of one in three cases."""
    first = processes.started()
    first.reindex(ORG)
    processes.change(changes)
    first.refresh(ORG)
    cursor = _asked(first, text).next_cursor
    assert cursor
    expected = _asked(first, text, cursor)
    processes.change(LATER)
    restarted = processes.started()
    searches = [_timed(restarted, text)[0] for _ in range(SEARCHES)]
    made, after_restart = _timed(restarted, text, cursor)
    kept = [_timed(restarted, text, cursor)[0] for _ in range(SEARCHES)]
    restarted.reindex(ORG)
    backwards, after_build = _timed(processes.started(), text, cursor)
    assert after_restart.hits == after_build.hits == expected.hits
    yield from (statistics.median(searches), statistics.median(kept), made, backwards)


def _timed(memory: Memory, text: str, cursor: str = "") -> tuple[float, SearchResult]:
    began = time.process_time()
    found = _asked(memory, text, cursor)
    return time.process_time() - began, found


def _asked(memory: Memory, text: str, cursor: str = "") -> SearchResult:
    principal = Principal(org=ORG, key_id=KeyId("key_1"), key_name="Ada", scopes=frozenset({Scope.RUNTIME}))
    call = Call(
        principal=principal,
        capability="memory_search",
        session_id=SessionId("session_1"),
        execution_id=ExecutionId("exec_1"),
        run_id=RunId("run_1"),
    )
    return memory.search(call, Query(text=text, limit=10), cursor=cursor)
