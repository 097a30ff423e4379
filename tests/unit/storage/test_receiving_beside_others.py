"""Pushes beside writes, other pushes and what dead processes left; and how much they may take."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from memory_service.domain.ids import CommitId
from memory_service.storage import PushLimits, Repositories
from memory_service.storage.objects import Kind
from memory_service.storage.receive.inspection import Inspected, Job, inspect
from memory_service.storage.receive.landing import Landing, Plan
from tests.clocks import ManualClock
from tests.edits import append
from tests.packs import Made, entry, pack_of
from tests.push_client import MAIN, ZERO, Clone, Served, request
from tests.real_git import git
from tests.unit.storage.conftest import ACME
from tests.unit.storage.receiving import NOTE, assert_sound, content


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (PushLimits(seconds=1, objects=1_500_000), "it takes more time or memory"),
        (PushLimits(memory_bytes=1 << 20), "it takes more time or memory"),
        (PushLimits(aside_bytes=10), "disk is full"),
    ],
)
def test_a_push_that_takes_too_much_is_refused(root: Path, clock: ManualClock, limits: PushLimits, told: str) -> None:
    served = Served(root, clock, limits=limits)
    served.store.create(ACME, author="Ada", author_id="key_1")
    made = Made()
    tip = made.commit(made.tree({"a.md": b"x"}), served.store.head(ACME))
    pack = pack_of(
        [*(entry(*made.objects[oid]) for oid in made.objects), *[entry(Kind.BLOB, b"")] * (limits.objects - 10)]
    )
    answer = served.send(ACME, request([(ZERO, tip.hex(), MAIN)], pack))
    assert told in answer.unpack + answer.reason
    assert_sound(served)
    served.server._inspectors._limits = PushLimits()
    served.server._surroundings = replace(served.server._surroundings, limits=PushLimits())
    assert served.send(ACME, request([(ZERO, tip.hex(), MAIN)], made.pack())).ok
    served.close()


def test_a_process_that_has_died_is_replaced(served: Served, clone: Clone) -> None:
    for number in range(2):
        served.server.advertise_receive(ACME)
        process = served.server._inspectors._process
        assert process
        process._process.kill()
        process._process.wait()
        clone.commit({"a.md": f"{number}"})
        assert served.push(clone).ok


@pytest.mark.parametrize("times", [1, 2, 9])
def test_a_write_that_comes_between_looking_and_publishing_is_merged_too(
    served: Served, clone: Clone, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    planned = Landing._plan
    written: list[str] = []

    def plan_and_write(landing: Landing, seconds: float) -> Plan:
        plan = planned(landing, seconds)
        # The last plan is made in the writer's turn, when nobody else can write.
        if len(written) < min(times, 5):
            written.append(served.store.write(ACME, append(NOTE, b"agent\n")).commit)
        return plan

    monkeypatch.setattr(Landing, "_plan", plan_and_write)
    pushed = clone.commit({"a.md": "x"})
    answer = served.push(clone)
    assert answer.ok
    assert f"Merged with {len(written)} commit" in answer.said[0]
    parents = git(served.root / f"{ACME}.git", "log", "-1", "--format=%P", "main").split()
    assert parents == [written[-1], pushed]
    assert content(served, NOTE) == b"agent\n" * len(written)
    assert_sound(served)


def test_many_people_and_agents_at_once_lose_nothing(served: Served, tmp_path: Path) -> None:
    served.server._surroundings = replace(served.server._surroundings, inspect=inspect)
    threads, each = 6, 5
    ready = threading.Barrier(threads)
    merged: list[bool] = []

    def person(number: int) -> None:
        tip, files = served.store.head(ACME), {".gitattributes": b"daily/*.md merge=union\n"}
        ready.wait(30)
        for turn in range(each):
            made = Made()
            files |= {f"{number}-{turn}.md": b"%d\n" % turn}
            tip = CommitId(made.commit(made.tree(files), tip, text=b"%d.%d\n" % (number, turn)).hex())
            answer = served.send(ACME, request([(ZERO, tip, MAIN)], made.pack()))
            assert answer.ok, answer
            merged.append(bool(answer.said))

    def agent(number: int) -> None:
        ready.wait(30)
        for turn in range(each):
            served.store.write(ACME, append(NOTE, b"%d.%d\n" % (number, turn)))

    with ThreadPoolExecutor(threads) as pool:
        jobs = [pool.submit(person if number < 2 else agent, number) for number in range(threads)]
        for job in jobs:
            job.result(100)
    lines = (content(served, NOTE) or b"").splitlines()
    assert sorted(lines) == sorted(b"%d.%d" % (n, turn) for n in range(2, threads) for turn in range(each))
    assert all(content(served, f"/{n}-{turn}.md") == b"%d\n" % turn for n in range(2) for turn in range(each))
    assert any(merged)
    # Main went through every state that a push met and left, each after the other.
    line = git(served.root / f"{ACME}.git", "log", "-g", "--format=%H", "main").split()
    places = [(line.index(record.new), line.index(record.old)) for record in served.records]
    assert len(places) == 2 * each
    assert all(old == new + 1 for new, old in places)
    assert_sound(served)


def test_what_a_dead_process_has_left_of_a_push_is_removed_but_not_beside_a_push(
    served: Served, clock: ManualClock
) -> None:
    head = served.store.head(ACME)
    left = served.root / f"{ACME}.git" / "quarantine" / "push_of_the_dead"
    left.mkdir(parents=True)
    (left / "raw.pack").write_bytes(b"PACK")
    seen: list[bool] = []

    def look(job: Job, sent: int) -> Inspected:
        Repositories(served.root, clock).head(ACME)
        seen.append(job.aside.exists() and left.exists())
        return inspect(job, sent)

    served.server._surroundings = replace(served.server._surroundings, inspect=look)
    made = Made()
    tip = made.commit(made.tree({"a.md": b"x"}), head)
    assert served.send(ACME, request([(ZERO, tip.hex(), MAIN)], made.pack())).ok
    assert seen == [True]
    Repositories(served.root, clock).head(ACME)
    assert_sound(served)


def test_a_tip_that_moved_is_looked_at_again_where_main_can_go_forward_to_it(served: Served) -> None:
    """Two people push the same commit at once, and one of them another one upon it."""
    made = Made()
    first = made.commit(made.tree({"a.md": b"x"}), served.store.head(ACME))
    one = request([(ZERO, first.hex(), MAIN)], made.pack())
    second = made.commit(made.tree({"a.md": b"x", "b.md": b"y"}), first)

    def look(job: Job, sent: int) -> Inspected:
        found = inspect(job, sent)
        served.server._surroundings = replace(served.server._surroundings, inspect=inspect)
        assert served.send(ACME, one).ok
        return found

    served.server._surroundings = replace(served.server._surroundings, inspect=look)
    answer = served.send(ACME, request([(ZERO, second.hex(), MAIN)], made.pack()))
    assert answer.ok
    assert answer.said == ()
    assert served.store.head(ACME) == second.hex()
    assert_sound(served)
