"""``memory_search`` in a running server: what it takes beside FTS5, while an index is built, and while writes land."""

import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import load, search_corpus
from benchmarks.search_peers import Fts5, Page
from memory_service.search.stop_words import STOP_WORDS
from memory_service.service import open_service
from memory_service.settings import Settings

SAMPLE = Path(__file__).parent.parent / "sample_memory"
CALLS = 100
ROUNDS = 3
RESTARTS = 10
THREADS = 8
WRITERS = 5
WRITES_PER_SECOND = 50
SECONDS = 4
MARK = "ostrichmark"


def measure(folder: Path) -> None:
    """Print the table."""
    pages = search_corpus.files(folder)
    asked = search_corpus.questions(pages, CALLS, seed=2)
    table = Table("measure", "figure", title=f"The service over {len(pages)} files")
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        data = Path(name) / "data"
        key, small = _organisations(data, folder)
        with load.serving(data, key) as target:
            for measured in (*_build(target, small, asked[0]), *_beside_fts5(target, pages, asked)):
                table.add_row(*measured)
        table.add_row(*_restarts(data, key, asked[0]))
        with load.serving(data, key) as target:
            for measured in _while_writes_land(target, asked):
                table.add_row(*measured)
    Console(width=200).print(table)


def _organisations(data: Path, folder: Path) -> tuple[str, str]:
    """Make an organisation of all the files, without an index, and a small one that is ready; a key of each."""
    with open_service(Settings(data_dir=data)) as service:
        service.organisations.create("bench", folder)
        service.memory.reindex(service.organisations.create("small", SAMPLE).org)
        return service.keyring.create("bench", "bench", ["*"])[1], service.keyring.create("small", "bench", ["*"])[1]


@dataclass
class Client:
    """One connection to a server, for calls one after another."""

    target: load.Target
    key: str = ""
    latencies: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._connection = HTTPConnection(self.target.host, self.target.port, timeout=60)

    def search(self, text: str) -> dict[str, Any] | None:
        """What is found; None while the index is being built."""
        return self.call("memory_search", {"query": text})

    def call(self, tool: str, inputs: dict[str, Any]) -> dict[str, Any] | None:
        """The output of a tool; None while an index is being built."""
        headers = {"Authorization": f"Bearer {self.key or self.target.key}", "Content-Type": "application/json"}
        began = time.perf_counter()
        self._connection.request("POST", f"/api/runtime/tools/{tool}", json.dumps({"input": inputs}), headers)
        answer = self._connection.getresponse()
        content = json.loads(answer.read())
        self.latencies.append(time.perf_counter() - began)
        assert answer.status in {200, 503}, content
        return content["result"] if answer.status == 200 else None


def _restarts(data: Path, key: str, text: str) -> tuple[str, str]:
    """How long a server takes to start, and then its first search."""
    starts, searches = [], []
    for _ in range(RESTARTS):
        began = time.perf_counter()
        with load.serving(data, key) as target:
            ready = time.perf_counter()
            assert Client(target).search(text)
            searches.append(time.perf_counter() - ready)
            starts.append(ready - began)
    start, search = statistics.median(starts), statistics.median(searches)
    return "restart to first hit: start of the server, search", f"{start:.2f} s, {search:.2f} s"


def _build(target: load.Target, small: str, text: str) -> Iterator[tuple[str, str]]:
    """An index is built in the background, while another organisation searches."""
    other = Client(target, small)
    for _ in range(CALLS):
        other.search("pricing")
    idle, other.latencies = other.latencies, []
    cpu, began = load.cpu(target.pid), time.perf_counter()
    with _thread(lambda: _until_built(Client(target), text)) as building:
        while building.is_alive():
            other.search("pricing")
            time.sleep(0.02)
    yield "build in the background: until the first hit", f"{time.perf_counter() - began:.1f} s"
    yield "processor of the server meanwhile, without that of its builder", f"{load.cpu(target.pid) - cpu:.1f} s"
    yield (
        "another organisation's searches meanwhile, of idle: p50, p95",
        ", ".join(f"{_quantile(other.latencies, share) / _quantile(idle, share):.1f}" for share in (0.5, 0.95)),
    )
    yield (
        "memory of the server after the build, and at most",
        f"{_memory(target.pid, 'VmRSS')}, {_memory(target.pid, 'VmHWM')} MiB",
    )


def _until_built(client: Client, text: str) -> None:
    while client.search(text) is None:
        time.sleep(0.1)


def _beside_fts5(target: load.Target, pages: Sequence[Page], asked: Sequence[str]) -> Iterator[tuple[str, str]]:
    """A search less a listing, which is what the service around it takes."""
    engine = Fts5(pages, STOP_WORDS)
    load.run(target, "memory_search", lambda _, call: {"query": asked[call]}, 1, CALLS)
    searches, listings, theirs = [], [], []
    for _ in range(ROUNDS):
        searches.append(load.run(target, "memory_search", lambda _, call: {"query": asked[call]}, 1, CALLS))
        listings.append(load.run(target, "memory_ls", lambda _, call: {"path": "/docs"}, 1, CALLS))
        began = time.process_time()
        for text in asked:
            engine.passages(text, 10)
        theirs.append(time.process_time() - began)
    search, listing = (statistics.median(each.server_cpu for each in loads) for loads in (searches, listings))
    fts5 = statistics.median(theirs)
    figures = ", ".join(f"{seconds / CALLS * 1000:.1f}" for seconds in (search, listing, fts5))
    yield "memory_search, memory_ls, FTS5 by itself: ms of processor a call", figures
    yield "memory_search less memory_ls, of FTS5 by itself", f"{(search - listing) / fts5:.2f}"


def _while_writes_land(target: load.Target, asked: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Threads search while fifty writes a second land: each answer has to hold what was acknowledged before it."""
    ratios, landed = [], 0
    for number in range(ROUNDS):
        folders = [f"/written/{number}/{writer}" for writer in range(WRITERS)]
        idle = _searching(target, asked, [Writer(target, folder, 0) for folder in folders])
        writers = [Writer(target, folder, WRITES_PER_SECOND / WRITERS) for folder in folders]
        busy = _searching(target, asked, writers)
        ratios.append(_quantile(busy, 0.95) / _quantile(idle, 0.95))
        landed += sum(writer.acknowledged for writer in writers)
    yield f"{THREADS} threads while writes land: p95, of idle", f"{statistics.median(ratios):.2f}"
    yield "the same: writes a second, wrong answers", f"{landed / ROUNDS / SECONDS:.0f}, 0"


class Writer:
    """Writes files that hold a word at a steady pace."""

    def __init__(self, target: load.Target, folder: str, pace: float) -> None:
        self._client = Client(target)
        self._pace = pace
        self.folder = folder
        self.begun = self.acknowledged = 0

    def run(self) -> None:
        """Write for some seconds."""
        began = time.perf_counter()
        while (passed := time.perf_counter() - began) < SECONDS:
            if self.begun >= passed * self._pace:
                time.sleep(0.002)
                continue
            self.begun += 1
            written = {"path": f"{self.folder}/{self.begun}.md", "content": f"# Written\n\n{MARK} {self.begun}\n"}
            assert self._client.call("memory_write", written)
            self.acknowledged += 1


def _searching(target: load.Target, asked: Sequence[str], writers: Sequence[Writer]) -> list[float]:
    """How long each of the threads' searches took while writers write; each third looks for what was written."""
    clients = [Client(target) for _ in range(THREADS)]
    faults: list[str] = []

    def search(client: Client, nth: int) -> None:
        while writing.is_alive():
            nth += 1
            writer = writers[nth % WRITERS]
            least = writer.acknowledged
            if nth % 3:
                assert client.search(asked[nth % len(asked)])
                continue
            found = client.call("memory_search", {"query": MARK, "path": writer.folder, "limit": 1})
            if not found or not least <= found["total"] <= writer.begun:
                faults.append(f"{found} instead of {least} to {writer.begun}")

    with ExitStack() as stack:
        for writer in writers:
            writing = stack.enter_context(_thread(writer.run))
        threads = [threading.Thread(target=search, args=(client, nth)) for nth, client in enumerate(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not faults, faults[0]
    return [latency for client in clients for latency in client.latencies]


@contextmanager
def _thread(work: Any) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=work)
    thread.start()
    yield thread
    thread.join()


def _quantile(latencies: Sequence[float], share: float) -> float:
    return sorted(latencies)[int(share * len(latencies))]


def _memory(pid: int, what: str) -> str:
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(f"{what}:")]
    return f"{int(line.split()[1]) / 1024:.0f}"
