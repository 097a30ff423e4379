"""Git over HTTP, with the program git on the server and without it, beside ``git http-backend`` on the same memory."""

import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import load
from tests.unit.storage.test_hostile_packs import bombs

COMMITS, PAGES, NEW = 10_000, 1000, 20
ROUNDS = 5
LARGE_FILES = 60
PUSHES, RATE = 30, 10
MIB = 1024 * 1024
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    **{f"GIT_{who}_{what}": "bench@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


@dataclass(frozen=True)
class Host:
    """A server of the memory, and a folder for the clones that are made of it."""

    name: str
    url: str
    pid: int
    folder: Path
    target: load.Target | None = None
    """None for the peer."""
    numbers: Iterator[int] = field(default_factory=count)

    def clone(self) -> Path:
        """A fresh clone."""
        target = self.folder / f"clone-{next(self.numbers)}"
        git(self.folder, "clone", "--quiet", self.url, str(target))
        return target


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name, ExitStack() as running:
        folder = Path(name)
        hosts = running.enter_context(serving(folder, memory(folder / "memory.git")))
        behind = [clone_that_is_behind(host) for host in hosts]
        writers = [host.clone() for host in hosts]
        measures: Mapping[str, Callable[[int], float]] = {
            f"clone of {COMMITS} commits": lambda nth: seconds(hosts[nth].clone),
            f"fetch of {NEW} commits": lambda nth: fetch(hosts[nth], behind[nth]),
            "push of one page": lambda nth: push(writers[nth]),
        }
        print_times(hosts, measures)
        print_storm(hosts[:-1], writers)
        print_large_push(hosts[:-1], writers)
        print_bombs(hosts[:-1])


def print_times(hosts: list[Host], measures: Mapping[str, Callable[[int], float]]) -> None:
    """The rounds go through all servers in turn, so that a slow moment of the machine meets each."""
    table = Table("", *(f"{host.name}, s" for host in hosts), "of http-backend", title="Git over HTTP, medians")
    for what, measure in measures.items():
        rounds = [[measure(nth) for nth in range(len(hosts))] for _ in range(ROUNDS)]
        medians = [statistics.median(each) for each in zip(*rounds, strict=True)]
        ratios = " and ".join(f"{each / medians[-1]:.2f}" for each in medians[:-1])
        table.add_row(what, *(f"{each:.3f}" for each in medians), ratios)
    Console().print(table)


def print_large_push(hosts: list[Host], writers: list[Path]) -> None:
    """How long a push of many megabytes takes, and how much memory the process of the server takes for it."""
    table = Table("", *(host.name for host in hosts), title=f"A push of {LARGE_FILES} pages of 1 MiB")
    took, grew = [], []
    for host, clone in zip(hosts, writers, strict=False):
        for number in range(LARGE_FILES):
            noise = b64encode(random.Random(number).randbytes(MIB * 3 // 4))  # noqa: S311 (nobody has to guess it)
            page = clone / f"large/{number}.md"
            page.parent.mkdir(exist_ok=True)
            page.write_bytes(noise)
        before = highest_memory(host.pid, forget=True)
        took.append(push(clone, "-c", "pack.window=0", "-c", "core.compression=0"))
        grew.append((highest_memory(host.pid) - before) / MIB)
    table.add_row("seconds", *(f"{each:.1f}" for each in took))
    table.add_row("memory of the server, + MiB", *(f"{each:.0f}" for each in grew))
    Console().print(table)


def print_storm(hosts: list[Host], writers: list[Path]) -> None:
    """Whether pushes are taken at the first try while an agent writes ten times a second, and how both fare."""
    table = Table(
        "", *(host.name for host in hosts), title=f"{PUSHES} pushes while an agent writes {RATE} times a second"
    )
    pushed, slowest = [], []
    for host, clone in zip(hosts, writers, strict=False):
        assert host.target
        with ThreadPoolExecutor(1) as threads:
            began = time.perf_counter()

            def paced(client: int, call: int, began: float = began) -> dict[str, object]:
                time.sleep(max(0.0, began + call / RATE - time.perf_counter()))
                return {"path": "/daily/2026-04-15.md", "content": f"- note {call}"}

            agent = threads.submit(load.run, host.target, "memory_append", paced, 1, PUSHES * RATE)
            samples: list[float] = []
            while not agent.done() and len(samples) < PUSHES:
                samples.append(push(clone))
            assert len(samples) == PUSHES, "the agent was done before the last push"
            pushed.append(statistics.median(samples))
            slowest.append(agent.result().quantile(0.99))
    table.add_row("pushes taken at the first try", *(f"{PUSHES} of {PUSHES}" for _ in hosts))
    table.add_row("median of a push, s", *(f"{each:.3f}" for each in pushed))
    table.add_row("agent, p99 of a write, ms", *(f"{each:.0f}" for each in slowest))
    Console().print(table)


def print_bombs(hosts: list[Host]) -> None:
    """What the packs that the tests make to do harm cost a server."""
    packs = list(bombs())
    table = Table("", *(host.name for host in hosts), title=f"{len(packs)} packs that are made to harm")
    slowest, grew, taken = [], [], []
    for host in hosts:
        before = highest_memory(host.pid, forget=True)
        answers, took = [], []
        for pack in packs:
            began = time.perf_counter()
            answers.append(post(host, pack))
            took.append(time.perf_counter() - began)
        slowest.append(max(took))
        grew.append((highest_memory(host.pid) - before) / MIB)
        taken.append(sum(b"ok refs/heads/main" in answer for answer in answers))
    table.add_row("taken", *map(str, taken))
    table.add_row("slowest answer, s", *(f"{each:.2f}" for each in slowest))
    table.add_row("memory of the server, + MiB", *(f"{each:.0f}" for each in grew))
    Console().print(table)


def post(host: Host, pack: bytes) -> bytes:
    """Push a pack by hand; the answer."""
    assert host.target
    connection = HTTPConnection(host.target.host, host.target.port, timeout=60)
    command = f"{'0' * 40} {'1' * 40} refs/heads/main\0report-status".encode()
    headers = {
        "Authorization": f"Bearer {host.target.key}",
        "Content-Type": "application/x-git-receive-pack-request",
    }
    body = b"%04x%b0000%b" % (len(command) + 4, command, pack)
    connection.request("POST", "/git/bench.git/git-receive-pack", body, headers)
    answer = connection.getresponse().read()
    connection.close()
    return answer


def memory(repository: Path) -> Path:
    """A repository of the size that is measured; each commit changes one page."""
    git(repository.parent, "init", "--quiet", "--bare", "--initial-branch=main", str(repository))
    dice = random.Random(1)  # noqa: S311 (the same memory at every run)
    words = [f"word{number}" for number in range(3000)]
    stream = []
    for number in range(COMMITS):
        page = f"# Page {number % PAGES}\n\n{' '.join(dice.choices(words, k=120))}\n"
        stream.append(
            f"commit refs/heads/main\ncommitter Bench <bench@example.org> {1_700_000_000 + number * 60} +0000\n"
            f"data 4\nedit\nM 100644 inline area-{number % 20:02}/page-{number % PAGES:04}.md\n"
            f"data {len(page)}\n{page}\n"
        )
    git(repository, "fast-import", "--quiet", stdin="".join(stream))
    return repository


@contextmanager
def serving(folder: Path, source: Path | None) -> Iterator[list[Host]]:
    """The two servers of our own and, last, the peer; each with a copy of the memory."""
    with ExitStack() as running:
        hosts = []
        for name, binary in (("with git", "true"), ("without git", "false")):
            data = folder / name.replace(" ", "-")
            target = running.enter_context(load.server(data, source, USE_GIT_BINARY=binary))
            address = f"http://bench:{target.key}@{target.host}:{target.port}/git/bench.git"
            hosts.append(Host(name, address, target.pid, data, target))
        peer = folder / "peer"
        shutil.copytree(hosts[0].folder / "orgs" / "bench.git", peer / "bench.git")
        command = [sys.executable, "-m", "benchmarks.http_backend", str(peer)]
        process = running.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        running.callback(process.terminate)
        assert process.stdout
        port = int(process.stdout.readline())
        yield [*hosts, Host("http-backend", f"http://127.0.0.1:{port}/bench.git", process.pid, peer)]


def clone_that_is_behind(host: Host) -> Path:
    """A clone without the newest commits, to be copied and brought up to date."""
    whole, behind = host.clone(), host.folder / "behind"
    git(host.folder, "init", "--quiet", "--initial-branch=main", str(behind))
    git(whole, "push", "--quiet", str(behind), f"HEAD~{NEW}:refs/remotes/origin/main")
    git(behind, "remote", "add", "origin", host.url)
    return behind


def fetch(host: Host, behind: Path) -> float:
    """Seconds to bring a copy of a clone up to date."""
    clone = host.folder / f"copy-{next(host.numbers)}"
    shutil.copytree(behind, clone)
    took = seconds(lambda: git(clone, "fetch", "--quiet", "origin"))
    assert git(clone, "rev-list", "--count", "origin/main") == git(clone, "rev-list", "--count", "FETCH_HEAD")
    return took


def push(clone: Path, *options: str) -> float:
    """Seconds to push a change of one page, beside whatever else has been written in the clone."""
    page = clone / "pushed.md"
    with page.open("a") as file:
        file.write("- one more line\n")
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "Change a page")
    return seconds(lambda: git(clone, *options, "push", "--quiet", "origin", "HEAD:refs/heads/main"))


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def highest_memory(pid: int, *, forget: bool = False) -> int:
    """The most memory that a process has held, in bytes; as from now where what was before is to be forgotten."""
    if forget:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


def git(folder: Path, *arguments: str, stdin: str = "") -> str:
    """Run git; what it prints."""
    command = ["git", "-c", "safe.directory=*", *arguments]
    ran = subprocess.run(command, cwd=folder, env=ENVIRONMENT, input=stdin, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
