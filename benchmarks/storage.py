"""The storage call beside pygit2, the git command line and the raw disk, in the same run on the same disk."""

import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.floor import floor
from benchmarks.writers import ORG, Git, Ours, Pygit2, Shape
from memory_service.domain.paths import MemoryPath

SHAPES = [
    *(Shape(files) for files in (100, 1000, 10_000, 100_000)),
    *(Shape(n, flat=True) for n in (100, 10_000, 100_000)),
]
USUAL, LARGE, WIDE = Shape(10_000), Shape(100_000), Shape(10_000, flat=True)
ROUNDS = 15
LOADS = {8: 40, 32: 20}
"""Threads that write at once, and how often each of them does in a round."""
LOAD_ROUNDS = 5
FILES = 4
"""So many files each of these threads appends to."""
READS = 200

Sample = Callable[[], float]


@dataclass
class Figures:
    """All samples, in milliseconds."""

    floor: list[float] = field(default_factory=list)
    alone: dict[tuple[str, Shape], list[float]] = field(default_factory=dict)
    """One client: of each writer on each shape."""
    loads: dict[int, list["Load"]] = field(default_factory=dict)
    reads: dict[str, list[float]] = field(default_factory=dict)

    def one(self, writer: str, shape: Shape) -> float:
        """The median of one client."""
        return statistics.median(self.alone[writer, shape])


@dataclass(frozen=True)
class Load:
    """What a number of threads met that wrote at the same time."""

    latencies: list[float]
    """Milliseconds, sorted."""
    elapsed: float
    """Milliseconds of all."""
    processor: float
    """Milliseconds that this process had a processor."""
    floor: float
    """The median of the disk right before and after, in milliseconds."""

    @property
    def each(self) -> float:
        return self.elapsed / len(self.latencies)

    def quantile(self, share: float) -> float:
        return self.latencies[int(share * (len(self.latencies) - 1))]


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name, ExitStack() as stack:
        folder = Path(name)
        sample = stack.enter_context(floor(folder))
        writers: dict[tuple[str, Shape], Ours | Pygit2 | Git] = {}
        for shape in SHAPES:
            seed = shape.build(folder / f"{shape.name}.seed")
            for kind in (Ours, Pygit2, Git):
                writer = writers[kind.name, shape] = kind(seed, folder / f"{shape.name} {kind.name}")
                stack.callback(writer.close)
        figures = Figures()
        measure_one_client(writers, sample, figures)
        ours = {shape: writer for (_, shape), writer in writers.items() if isinstance(writer, Ours)}
        measure_loads(ours[USUAL], sample, figures)
        measure_reads(ours[LARGE], figures)
    print_clients(figures)
    print_goals(figures)


def measure_one_client(writers: dict[tuple[str, Shape], Ours | Pygit2 | Git], sample: Sample, figures: Figures) -> None:
    """One call after the other; the rounds go through all writers, so that a slow moment of the disk meets each."""
    dice = random.Random(1)  # noqa: S311 (the same files at every run)
    for count in range(ROUNDS + 1):
        for (name, shape), writer in writers.items():
            path = dice.choice(shape.paths)
            figures.floor.append(sample() * 1000)
            took = milliseconds(partial(writer.write, path))
            if count:  # the first call of each opens what it needs
                figures.alone.setdefault((name, shape), []).append(took)


def measure_loads(ours: Ours, sample: Sample, figures: Figures) -> None:
    """Many threads at once on one memory, each with a session and files of its own."""
    for _ in range(LOAD_ROUNDS):
        for clients, calls in LOADS.items():
            before = [sample() * 1000 for _ in range(10)]
            load = run(ours, clients, calls)
            around = statistics.median([*before, *(sample() * 1000 for _ in range(10))])
            figures.loads.setdefault(clients, []).append(Load(*load, around))


def run(ours: Ours, clients: int, calls: int) -> tuple[list[float], float, float]:
    latencies: list[float] = []
    start = threading.Barrier(clients + 1)

    def client(number: int) -> None:
        paths = random.Random(number).choices(USUAL.paths, k=FILES)  # noqa: S311 (the same files at every run)
        start.wait()
        latencies.extend([milliseconds(partial(ours.write, path, str(number))) for path in paths * (calls // FILES)])

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    start.wait()
    processor, began = time.process_time(), time.perf_counter()
    for thread in threads:
        thread.join()
    elapsed, processor = time.perf_counter() - began, time.process_time() - processor
    assert len(latencies) == clients * calls, "an error surfaced"
    return sorted(latencies), elapsed * 1000, processor * 1000


def measure_reads(ours: Ours, figures: Figures) -> None:
    """Reads of the head that a write has just moved."""
    dice = random.Random(2)  # noqa: S311 (the same files at every run)
    for count in range(READS):
        path = MemoryPath.parse(dice.choice(LARGE.paths))
        if count % 10 == 0:
            ours.write(str(path))
        figures.reads.setdefault("ls", []).append(milliseconds(partial(entries, ours, path.parent)))
        figures.reads.setdefault("read", []).append(milliseconds(partial(content, ours, path)))


def entries(ours: Ours, path: MemoryPath) -> None:
    assert len(ours.store.snapshot(ORG).entries(path)) == 100


def content(ours: Ours, path: MemoryPath) -> bytes:
    snapshot = ours.store.snapshot(ORG)
    entry = snapshot.entry(path)
    assert entry
    assert entry.blob
    return snapshot.read(entry.blob)


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def print_clients(figures: Figures) -> None:
    names = [kind.name for kind in (Ours, Pygit2, Git)]
    table = Table(
        "files", *(f"{name}, ms" for name in names), "of floor", title="One client, one durable commit a call"
    )
    least = statistics.median(figures.floor)
    for shape in SHAPES:
        medians = [figures.one(name, shape) for name in names]
        table.add_row(shape.name, *(f"{median:.2f}" for median in medians), f"{medians[0] / least:.1f}")
    Console().print(table)
    Console().print(f"floor: one append + fdatasync {least:.2f} ms")


def print_goals(figures: Figures) -> None:
    """The figures that the storage has to reach."""
    least, one = statistics.median(figures.floor), figures.one("storage", USUAL)
    crowd = figures.loads[32]
    rate = statistics.median(1000 / load.each for load in crowd)
    share = statistics.median(load.each / load.floor for load in crowd)
    spread = statistics.median(load.quantile(0.99) / load.quantile(0.5) for load in figures.loads[8])
    growth = figures.one("storage", LARGE) / figures.one("storage", Shape(1000))
    wide = figures.one("storage", WIDE) - least
    goals = [
        ("one client, ms: 2.5 x floor + 2", one, "<=", 2.5 * least + 2),
        ("the same: of pygit2", one / figures.one("pygit2", USUAL), "<", 1),
        ("the same: git takes so many times longer", figures.one("git", USUAL) / one, ">=", 8),
        ("32 waiting, either: of floor for each commit", share, "<=", 0.3),
        ("32 waiting, or: commits/s", rate, ">=", 1500),
        ("8 writers: p99 of p50", spread, "<=", 10),
        ("100,000 files of 1,000", growth, "<=", 1.3),
        ("10,000 in one folder: ms above floor", wide, "<=", 12),
        *(
            (f"{name} of the head of 100,000 files, p50 ms", statistics.median(took), "<=", 2)
            for name, took in figures.reads.items()
        ),
    ]
    table = Table("measure", "must be", "is", "reached", title="What the storage has to reach")
    for measure, found, sense, bound in goals:
        reached = found < bound if sense == "<" else found <= bound if sense == "<=" else found >= bound
        table.add_row(measure, f"{sense} {bound:.4g}", f"{found:.2f}", "yes" if reached else "no")
    Console().print(table)
    for clients, loads in figures.loads.items():
        middle = [statistics.median(load.quantile(part) for load in loads) for part in (0.5, 0.99)]
        used = statistics.median(load.processor / len(load.latencies) for load in loads)
        Console().print(
            f"{clients} writers: p50 {middle[0]:.1f} ms, p99 {middle[1]:.1f} ms; processor {used:.2f} ms a commit"
        )
