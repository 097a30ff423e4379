"""What clients are told before they push, and how much they send then."""

from itertools import pairwise
from pathlib import Path

import pytest

from memory_service.domain.pushes import PushMode
from memory_service.storage.objects import Oid
from memory_service.storage.receive.advertisement import advertisement
from memory_service.storage.repository import Repository
from tests.clocks import ManualClock
from tests.edits import append
from tests.push_client import MAIN, Served, advertised
from tests.real_git import git
from tests.unit.storage.conftest import ACME


@pytest.fixture
def served(root: Path, clock: ManualClock) -> Served:
    served = Served(root, clock)
    served.store.create(ACME, author="Ada", author_id="key_1")
    return served


def history(repository: Path, commits: int) -> list[str]:
    """Add commits to main, each published alone; answers all commits, the newest first."""
    tip = git(repository, "rev-parse", "main").strip()
    lines = []
    for number in range(commits):
        lines += ["commit refs/heads/main", f"committer Ada <a@b> {1776247200 + number} +0000", "data 1", "x"]
        lines += [f"from {tip}"] if number == 0 else []
        lines += ["M 100644 inline a.md", "data 5", f"{number:05}", ""]
    git(repository, "fast-import", "--quiet", "--force", stdin="\n".join(lines))
    listed = git(repository, "rev-list", "--first-parent", "main").split()
    times = [f"{old} {new} Ada <a@b> 1776247200 +0000\tx" for new, old in pairwise(listed)]
    (repository / "logs/refs/heads/main").write_text("\n".join([*reversed(times), ""]))
    return listed


def landmarks(repository: Repository) -> list[str]:
    return [oid.hex() for oid in repository.landmarks.of(repository.main.read())]


def test_main_is_not_named_but_what_need_not_be_sent_is(served: Served) -> None:
    first = served.store.head(ACME)
    second = served.store.write(ACME, append("/a.md", b"x")).commit
    names, capabilities = advertised(served.server.advertise_receive(ACME))
    assert names == [(second, ".have"), (first, ".have")]
    assert {"report-status", "report-status-v2", "side-band-64k", "atomic", "ofs-delta", "quiet"} <= set(
        capabilities.split()
    )
    assert "delete-refs" not in capabilities
    served.close()


def test_main_is_named_where_pushes_are_as_strict_as_gits() -> None:
    head: Oid = b"\x11" * 20
    names, _ = advertised(advertisement(PushMode.FAST_FORWARD, [head]))
    assert names == [("11" * 20, MAIN), ("11" * 20, ".have")]


@pytest.mark.parametrize("has_log", [True, False])
def test_a_client_far_behind_is_told_of_a_commit_near_its_own(served: Served, has_log: bool) -> None:
    folder = served.root / f"{ACME}.git"
    commits = history(folder, 3000)
    if not has_log:
        (folder / "logs/refs/heads/main").unlink()
    with served.store.opened(ACME) as repository:
        told = landmarks(repository)
        assert told == landmarks(repository)
    assert told[0] == commits[0]
    assert len(told) == len(set(told)) < 200
    places = sorted(commits.index(oid) for oid in told)
    for behind in (1, 10, 100, 1000, 2500, 3000):
        nearest = min(place for place in places if place >= behind)
        assert nearest - behind <= 2 + behind // 14
    served.close()


def test_commits_that_the_log_names_but_that_are_gone_are_not_promised(served: Served) -> None:
    folder = served.root / f"{ACME}.git"
    served.store.write(ACME, append("/a.md", b"x"))
    log = folder / "logs/refs/heads/main"
    log.write_text(f"{'2' * 40} {'3' * 40} x\nno line of a log\n{log.read_text()}")
    with served.store.opened(ACME) as repository:
        assert set(landmarks(repository)) == set(git(folder, "rev-list", "main").split())
    served.close()
