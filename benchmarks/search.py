"""How fast ``memory_search`` answers, beside other engines, by processor time: on real pages, whole and in pieces.

The engines answer each question in turn, so that a slow moment of the machine meets all of them.
"""

import gc
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from benchmarks import search_corpus, search_service
from benchmarks.search_peers import Engine, Fts5, MemorySearch, Page, StockWhoosh, Tantivy
from memory_service.search.stop_words import STOP_WORDS

Made = TypeVar("Made")

QUESTIONS = 60
UPDATES = 60
MORE_UPDATES = 400
LIMIT = 10
OURS = "memory_search"
FTS5 = "FTS5, our stop list"


def main() -> None:
    """Print the tables."""
    with search_corpus.extracted() as folder:
        if folder is None:
            return
        pages = search_corpus.files(folder)
        _compare(f"{len(pages)} files", pages, _engines(pages) | {"whoosh": StockWhoosh})
        pieces = search_corpus.sections(pages)
        _compare(f"{len(pieces)} sections as files", pieces, _engines(pieces))
        del pages, pieces
        gc.collect()
        search_service.measure(folder)


def _engines(pages: Sequence[Page]) -> dict[str, Callable[[Sequence[Page]], Engine]]:
    return {OURS: MemorySearch, FTS5: lambda pages: Fts5(pages, STOP_WORDS), "tantivy": Tantivy}


def _compare(title: str, pages: Sequence[Page], engines: dict[str, Callable[[Sequence[Page]], Engine]]) -> None:
    built = {name: _timed(lambda make=make: make(pages)) for name, make in engines.items()}
    gc.freeze()
    opened = {name: engine for name, (_, engine) in built.items()}
    ours, fts5 = opened[OURS], opened[FTS5]
    assert isinstance(ours, MemorySearch)
    assert isinstance(fts5, Fts5)
    asked = search_corpus.questions(pages, QUESTIONS, seed=1)
    first = _rounds(opened, asked, lambda engine, text: engine.passages(text, LIMIT), before=ours.forget)
    ours.reopen()
    taken = {
        "first touch": first,
        "warm, names only": _rounds(opened, asked, lambda engine, text: engine.search(text, LIMIT)),
        "warm": _rounds(opened, asked, lambda engine, text: engine.passages(text, LIMIT)),
        "changed, then found": _changes(ours, fts5, pages, asked),
        f"the same, {MORE_UPDATES} changes on": _changes(ours, fts5, pages, asked, MORE_UPDATES),
    }
    columns = ("engine", "built in s", *taken, "the same, of ours: first touch", *list(taken)[1:])
    table = Table(*columns, title=f"{title}: {LIMIT} best with snippets and lines, ms of processor p50 / p95")
    for name, (seconds, _) in built.items():
        figures = [_figures(times[name]) if name in times else "" for times in taken.values()]
        ratios = [_ratio(times[OURS], times[name]) if name in times else "" for times in taken.values()]
        table.add_row(name, f"{seconds:.1f}", *figures, *ratios)
    Console(width=200).print(table)
    gc.unfreeze()


def _rounds(
    engines: dict[str, Engine],
    asked: Sequence[str],
    answer: Callable[[Engine, str], object],
    before: Callable[[], None] | None = None,
) -> dict[str, list[float]]:
    """Milliseconds that each engine took for each question; the second time, unless something is done before each."""
    taken: dict[str, list[float]] = {name: [] for name in engines}
    for text in asked:
        for name, engine in engines.items():
            if before:
                before()
            else:
                answer(engine, text)
            taken[name].append(_timed(lambda engine=engine, text=text: answer(engine, text))[0] * 1000)
    return taken


def _changes(
    ours: MemorySearch, fts5: Fts5, pages: Sequence[Page], asked: Sequence[str], before: int = 0
) -> dict[str, list[float]]:
    """Milliseconds for a change of a page and a search that finds the page as it is now, after so many changes."""
    for number in range(before):
        page = pages[number * len(pages) // before]
        for engine in (ours, fts5):
            engine.update(Page(page.name, page.title, f"{page.text}\n\nThe {number}th change.\n"))
    taken: dict[str, list[float]] = {OURS: [], FTS5: []}
    for number in range(UPDATES):
        page = pages[(number * len(pages) + before) // UPDATES]
        word = f"newly{chr(97 + number // 26)}{chr(97 + number % 26)}{before}"
        changed = Page(page.name, page.title, f"{page.text}\n\n{word} {word} {word}\n")
        for name, engine in ((OURS, ours), (FTS5, fts5)):

            def change_and_search(engine: MemorySearch | Fts5 = engine) -> list[str]:
                engine.update(changed)  # noqa: B023 # called at once
                return engine.search(f"{word} {asked[number].split()[0]}", LIMIT)  # noqa: B023

            seconds, _ = _timed(change_and_search)
            assert page.name in engine.search(word, LIMIT)
            taken[name].append(seconds * 1000)
    return taken


def _timed(work: Callable[[], Made]) -> tuple[float, Made]:
    """Seconds of processor that something took, in this process and in those that it started."""
    began = _cpu()
    made = work()
    return _cpu() - began, made


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _figures(times: Sequence[float]) -> str:
    return f"{statistics.median(times):.2f} / {sorted(times)[len(times) * 95 // 100]:.1f}"


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    return f"{statistics.median(ours) / statistics.median(theirs):.2f}"
