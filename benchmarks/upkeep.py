"""A memory of 200,000 commits beside one of 1,000: what its size costs, and what writers notice of its upkeep.

``python -m benchmarks upkeep`` takes some ten minutes, most of them for making the memory.
"""

import random
import resource
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import git
from memory_service.domain.ids import OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.trees import Edit, Found
from memory_service.storage import Repositories, StorageLimits
from memory_service.storage.batch import Batch
from memory_service.storage.object_store import ObjectStore
from memory_service.storage.pack_files import stage
from memory_service.storage.upkeep import consolidate

ORG = OrgId("bench")
FILES = 10_000
SMALL, LARGE, PER_PACK, PACKS = 1000, 200_000, 2000, 16
ROUNDS, CLONES = 150, 3
PAUSE = 0.02
_WORDS = [f"word{number}" for number in range(3000)]


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        stores = {commits: memory(folder / str(commits), commits) for commits in (SMALL, LARGE)}
        print_growth(stores)
        for store in stores.values():
            store.close()
        print_waits(folder / str(LARGE) / "bench.git")
        print_clones(folder / str(LARGE) / "bench.git", folder)


def memory(root: Path, commits: int) -> Repositories:
    """A memory of 10,000 notes, a hundred in a folder, with so many appends to one of them each; with its upkeep."""
    dice = random.Random(1)  # noqa: S311 (the same memory at every run)
    source = root / "source"
    for number in range(FILES):
        page = source / note(number)
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f"# Note {number}\n\n{' '.join(dice.choices(_WORDS, k=60))}\n")
    store = Repositories(root, clock, StorageLimits(packs=10_000))
    store.create(ORG, author="Ada", author_id="key_1", source=source)
    began, cpu = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    with store.opened(ORG) as repository:
        for start in range(0, commits, PER_PACK):
            with repository.turn():
                base = repository.current()
                batch = Batch(base, repository.objects, repository.trees, StorageLimits(), clock)
                for _ in range(min(PER_PACK, commits - start)):
                    batch.apply(line(f"/{note(dice.randrange(FILES))}", " ".join(dice.choices(_WORDS, k=8))))
                packed = stage(repository.objects.pack_folder, *batch.finish())
                assert repository.publish([packed], base, batch.head, b"Bench <bench> 0 +0000\tmany commits")
            if start // PER_PACK % PACKS == PACKS - 1:
                consolidate(repository.folder, repository.objects, StorageLimits(), lambda: True)
    store.close()
    spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - cpu
    size = sum(path.stat().st_size for path in root.rglob("*.pack"))
    Console().print(
        f"{commits} commits in {time.perf_counter() - began:.0f} s, upkeep with {spent:.0f} s of processor time;"
        f" {size / 1e6:.0f} MB"
    )
    return Repositories(root, clock)


def print_growth(stores: Mapping[int, Repositories]) -> None:
    """Medians of what agents do, turn by turn in each memory."""
    dice = random.Random(2)  # noqa: S311
    taken: dict[tuple[str, int], list[float]] = {}
    for turn in range(ROUNDS):
        path, other = (f"/{note(dice.randrange(FILES))}" for _ in range(2))
        for commits, store in stores.items():
            for what, work in works(store, path, other, turn).items():
                taken.setdefault((what, commits), []).append(seconds(work))
    table = Table("", *(f"{commits} commits, ms" for commits in stores), "ratio", title="Growth, medians")
    for what in dict.fromkeys(what for what, _ in taken):
        medians = [statistics.median(taken[what, commits]) * 1000 for commits in stores]
        table.add_row(what, *(f"{each:.2f}" for each in medians), f"{medians[-1] / medians[0]:.2f}")
    Console().print(table)


def works(store: Repositories, path: str, other: str, turn: int) -> Mapping[str, Callable[[], object]]:
    """What is measured, by name."""
    place = MemoryPath(path)

    def read() -> bytes:
        snapshot = store.snapshot(ORG)
        entry = snapshot.entry(place)
        assert entry
        assert entry.blob
        return snapshot.read(entry.blob)

    def last_change() -> object:
        with store.opened(ORG) as repository:
            return dict(repository.history.origins(repository.main.read(), {other[1:].encode()}))

    return {
        "write": lambda: store.write(ORG, line(path, f"turn {turn}")),
        "ls": lambda: store.snapshot(ORG).entries(place.parent),
        "read": read,
        "who wrote it last": last_change,
    }


def print_waits(repository: Path) -> None:
    """How long writes take while all of a large memory is put together, and while nothing is."""
    table = Table("", "writes", "p50, ms", "p99, ms", "longest, ms", title="Writes beside upkeep")
    root = repository.parent
    store = Repositories(root, clock, StorageLimits(packs=10_000))
    for _ in range(4):
        store.write(ORG, line("/beside.md", "one more pack"))

    def put_together() -> None:
        assert consolidate(repository, ObjectStore(repository), StorageLimits(packs=6), lambda: True)

    begun = time.perf_counter()
    beside = waits(store, put_together)
    lasted = time.perf_counter() - begun
    alone = waits(store, lambda: time.sleep(lasted))
    for what, taken in (("alone", alone), (f"beside, for {lasted:.0f} s", beside)):
        ordered = sorted(1000 * each for each in taken)
        shown = (statistics.median(ordered), ordered[int(len(ordered) * 0.99)], ordered[-1])
        table.add_row(what, str(len(ordered)), *(f"{each:.1f}" for each in shown))
    Console().print(table)
    store.close()


def waits(store: Repositories, work: Callable[[], object]) -> Sequence[float]:
    """The seconds of each write, with a pause between two, as long as some work goes on."""
    thread = threading.Thread(target=work)
    thread.start()
    taken = []
    while thread.is_alive():
        taken.append(seconds(lambda: store.write(ORG, line("/beside.md", "beside"))))
        time.sleep(PAUSE)
    return taken


def print_clones(repository: Path, folder: Path) -> None:
    """Clones of a large memory, beside ``git http-backend``, and what they cost the server in memory."""
    with git.serving(folder / "served", None) as hosts:
        for host in hosts:
            inside = host.folder / "bench.git" if host.target is None else host.folder / "orgs" / "bench.git"
            shutil.rmtree(inside)
            shutil.copytree(repository, inside)
        before = [git.highest_memory(host.pid, forget=True) for host in hosts]
        rounds = [[seconds(host.clone) for host in hosts] for _ in range(CLONES)]
        grew = [git.highest_memory(host.pid) - each for host, each in zip(hosts, before, strict=True)]
    medians = [statistics.median(each) for each in zip(*rounds, strict=True)]
    table = Table("", *(host.name for host in hosts), title=f"Clones of {LARGE} commits")
    table.add_row("s, median", *(f"{each:.1f}" for each in medians))
    table.add_row("of http-backend", *(f"{each / medians[-1]:.2f}" for each in medians))
    table.add_row("memory of the server, + MiB", *(f"{each / git.MIB:.0f}" for each in grew))
    Console().print(table)


def note(number: int) -> str:
    """Where a note is."""
    return f"area-{number // 1000:02}/topic-{number // 100 % 10:02}/note-{number % 100:02}.md"


def line(path: str, text: str) -> Edit:
    """The appending of a line."""

    def apply(found: Found | None) -> bytes:
        return (found.content if found else b"") + f"- {text}\n".encode()

    return Edit(path=MemoryPath(path), apply=apply, author="agent", author_id="key_2", subject="Append to a note")


def clock() -> datetime:
    """The time."""
    return datetime.now(UTC)


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
