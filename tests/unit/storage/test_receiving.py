"""Pushes to a server: taken in, merged, refused, told and recorded."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from memory_service.domain.errors import OrgNotFound, RequestInvalid
from memory_service.domain.ids import CommitId, OrgId, PushId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.pushes import PushMode, PushRecord
from memory_service.storage import PushLimits, Repositories, StorageLimits
from memory_service.storage.objects import Kind
from memory_service.storage.receive.inspection import Inspected, Job, inspect
from memory_service.storage.receive.landing import Landing, Plan
from tests.clocks import ManualClock
from tests.edits import append, put
from tests.packs import Made, entry, pack_of
from tests.push_client import ADA, CAPABILITIES, MAIN, ZERO, Clone, Served, advertised, request
from tests.real_git import git
from tests.unit.storage.conftest import ACME

NOTE = "/daily/2026-04-15.md"


@pytest.fixture
def served(root: Path, clock: ManualClock) -> Iterator[Served]:
    served = Served(root, clock)
    served.store.create(ACME, author="Ada", author_id="key_1")
    yield served
    served.close()


@pytest.fixture
def clone(served: Served, tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone", served, ACME)


def content(served: Served, path: str) -> bytes | None:
    snapshot = served.store.snapshot(ACME)
    entry = snapshot.entry(MemoryPath(path))
    return snapshot.read(entry.blob) if entry and entry.blob else None


def assert_sound(served: Served) -> None:
    """Nothing of any push is left beside what main leads to."""
    repository = served.root / f"{ACME}.git"
    assert not list(repository.glob("quarantine/*"))
    assert not [path for path in repository.rglob("*") if path.name.startswith(".new-") or path.suffix == ".keep"]
    assert git(repository, "fsck", "--full", "--strict", "--unreachable") == ""
    assert served.store.verify(ACME) == []


def test_a_push_onto_what_it_was_made_from_moves_main_to_its_commit(served: Served, clone: Clone) -> None:
    old = served.store.head(ACME)
    pushed = clone.commit({"topics/plan.md": "A plan\n"})
    answer = served.push(clone)
    assert answer.ok
    assert answer.lines == (f"ok {MAIN}", f"option refname {MAIN}", f"option old-oid {old}")
    assert answer.said == ()
    assert served.store.head(ACME) == pushed
    assert content(served, "/topics/plan.md") == b"A plan\n"
    assert_sound(served)


def test_a_push_that_has_not_seen_the_newest_commits_is_merged(served: Served, clone: Clone) -> None:
    served.store.write(ACME, append(NOTE, b"agent\n"))
    head = served.store.write(ACME, append(NOTE, b"agent\n")).commit
    clone.commit({"topics/plan.md": "A plan\n"})
    pushed = clone.commit({"topics/other.md": "Another\n"})
    answer = served.push(clone)
    assert answer.ok
    assert answer.lines == (f"ok {MAIN}", f"option refname {MAIN}", f"option old-oid {head}")
    merged = served.store.head(ACME)
    assert answer.said == (f"Merged with 2 commits made meanwhile, as {merged[:10]}: git pull to see them",)
    shown = git(served.root / "acme.git", "log", "-1", "--format=%P|%an|%ae|%cn|%B", "main")
    assert shown.strip() == (
        f"{head} {pushed}|Ada|key_ada|Memory Service|"
        "Merge push of 2 commits by Ada\n\nKey-Id: key_ada\nPush-Id: push_000001"
    )
    assert content(served, "/topics/plan.md") == b"A plan\n"
    assert content(served, NOTE) == b"agent\nagent\n"
    clone.pull()
    assert git(clone.path, "rev-parse", "HEAD").strip() == merged
    assert_sound(served)


def test_what_was_pushed_is_pushed_again_without_harm(served: Served, clone: Clone) -> None:
    first = clone.commit({"a.md": "a"})
    clone.commit({"b.md": "b"})
    assert served.push(clone).ok
    head = served.store.head(ACME)
    for rev in ("HEAD", "HEAD~1"):
        answer = served.push(clone, rev)
        assert answer.ok
        assert "main has these commits already" in answer.said[0]
        assert answer.lines[2] in (f"option old-oid {head}", f"option old-oid {first}")
    assert served.store.head(ACME) == head
    assert len(served.records) == 1


def test_who_pushed_what_is_recorded_and_in_the_log_of_main(served: Served, clone: Clone, clock: ManualClock) -> None:
    old = served.store.head(ACME)
    clone.commit({"a.md": "a"})
    new = clone.commit({"b.md": "b"})
    served.push(clone)
    assert served.records == [
        PushRecord(
            id=PushId("push_000001"),
            org=ACME,
            key_id=ADA.key_id,
            old=old,
            new=CommitId(new),
            commits=2,
            at=clock(),
        )
    ]
    log = git(served.root / "acme.git", "log", "-g", "-1", "--format=%H %gs", "main")
    assert log.strip() == f"{new} push: 2 commits by key_ada (push_000001)"


def test_a_push_that_cannot_be_recorded_is_part_of_main_all_the_same(
    served: Served, clone: Clone, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(record: PushRecord) -> None:
        raise OSError

    served.server._surroundings = replace(served.server._surroundings, record=fail)
    pushed = clone.commit({"a.md": "a"})
    assert served.push(clone).ok
    assert served.store.head(ACME) == pushed
    assert "push_000001 is not recorded" in caplog.text


def test_everything_that_is_wrong_is_told_and_nothing_is_left(served: Served, clone: Clone) -> None:
    head = served.store.head(ACME)
    clone.commit({"notes.txt": "x", "topics/Plan.md": "x", "topics/plan.md": "x", "large.md": "x" * (1 << 20) + "x"})
    answer = served.push(clone)
    assert answer.unpack == "ok"
    assert not answer.ok
    assert answer.said == (
        "large.md: it has 1048577 bytes; 1048576 are allowed",
        "notes.txt: files that end in .md can be kept; leave others out, by .gitignore for example",
        "topics/plan.md: same name as topics/Plan.md but for case",
    )
    assert answer.reason == "large.md: it has 1048577 bytes; 1048576 are allowed (and 2 others)"
    assert served.store.head(ACME) == head
    assert served.records == []
    assert_sound(served)


def test_a_pack_that_cannot_be_read_is_told_as_such(served: Served) -> None:
    answer = served.send(ACME, request([(ZERO, "1" * 40, MAIN)], pack_of([])[:-1] + b"x"))
    assert answer.unpack == "the pack was damaged on its way: its checksum is wrong"
    assert answer.reason == "the pack cannot be read"
    assert_sound(served)


def test_two_names_that_only_together_are_the_same_to_some_file_system_are_refused(
    served: Served, clone: Clone
) -> None:
    clone.commit({"topics/Plan.md": "x"})
    head = served.store.write(ACME, put("/topics/plan.md", b"agent")).commit
    answer = served.push(clone)
    assert answer.reason == "topics/Plan.md: same name as topics/plan.md but for case (together with what is on main)"
    assert served.store.head(ACME) == head
    assert_sound(served)


def test_a_conflict_is_refused_with_the_lines_and_who_wrote_the_other_side(served: Served, clone: Clone) -> None:
    served.store.write(ACME, put("/plan.md", b"one\ntwo\nthree\nfour\nfive\n"))
    served.store.write(ACME, put("/gone.md", b"an old note\n"))
    clone.pull()
    made = served.store.write(ACME, put("/plan.md", b"one\nTWO\nthree\nfour\nFIVE\n", {"Execution-Id": "exec_1"}))
    gone = served.store.write(ACME, put("/gone.md", b"an old note\nand more\n"))
    clone.commit({"plan.md": "one\n2\nthree\nfour\n5\n", "other.md": "x", "gone.md": None})
    answer = served.push(clone)
    assert answer.reason == "conflict in 2 files: git pull, resolve, then push again"
    assert answer.said == (
        f"gone.md: you have deleted it, and it was changed on main, by commit {gone.commit[:10]}",
        f"plan.md: lines 2, 5 were changed on main too, by commit {made.commit[:10]} (Execution-Id: exec_1)",
    )
    assert served.store.head(ACME) == gone.commit
    assert_sound(served)


def test_notes_of_one_day_are_merged_line_by_line(served: Served, clone: Clone) -> None:
    served.store.write(ACME, append(NOTE, b"morning\n"))
    clone.pull()
    served.store.write(ACME, append(NOTE, b"agent\n"))
    clone.commit({NOTE[1:]: "morning\nhuman\n"})
    assert served.push(clone).ok
    assert content(served, NOTE) == b"morning\nagent\nhuman\n"


def test_a_history_that_has_nothing_in_common_with_main_is_refused(served: Served) -> None:
    made = Made()
    tip = made.commit(made.tree({"a.md": b"x"}))
    answer = served.send(ACME, request([(ZERO, tip.hex(), MAIN)], made.pack()))
    assert answer.reason.startswith("it has no commit in common with main")
    assert_sound(served)


def test_only_main_moves_and_only_forward(served: Served, clone: Clone) -> None:
    head = served.store.head(ACME)
    new = clone.commit({"a.md": "x"})
    pack = clone.pack(new, [head])
    commands = [(ZERO, new, "refs/heads/other"), (ZERO, new, MAIN), (ZERO, head, "refs/tags/v1")]
    answer = served.send(ACME, request(commands, pack))
    assert answer.lines == (
        "ng refs/heads/other only main can be pushed: merge into it first",
        f"ok {MAIN}",
        f"option refname {MAIN}",
        f"option old-oid {head}",
        "ng refs/tags/v1 only main can be pushed: merge into it first",
    )
    assert served.store.head(ACME) == new
    assert served.send(ACME, request([(new, ZERO, MAIN)], b"")).reason == "main cannot be deleted"
    assert git(served.root / "acme.git", "for-each-ref", "--format=%(refname)").split() == [MAIN]


def test_an_atomic_push_is_refused_whole(served: Served, clone: Clone) -> None:
    head = served.store.head(ACME)
    new = clone.commit({"a.md": "x"})
    commands = [(ZERO, new, MAIN), (ZERO, new, "refs/heads/other")]
    answer = served.send(ACME, request(commands, clone.pack(new, [head]), CAPABILITIES + " atomic"))
    assert answer.reason == "the push is atomic, and another name in it is refused"
    assert served.store.head(ACME) == head


def test_a_client_is_told_in_the_form_that_it_asks_for(served: Served, clone: Clone) -> None:
    for capabilities, lines in [
        ("report-status side-band-64k", (f"ok {MAIN}",)),
        ("report-status", (f"ok {MAIN}",)),
        ("report-status-v2", (f"ok {MAIN}", f"option refname {MAIN}", f"option old-oid {served.store.head(ACME)}")),
    ]:
        clone.commit({"a.md": capabilities})
        assert served.push(clone, capabilities=capabilities).lines[:1] == lines[:1]
        assert len(served.push(clone, capabilities=capabilities).lines) == len(lines)
    served.store.write(ACME, append(NOTE, b"agent\n"))
    clone.commit({"a.md": "quietly"})
    # Git asks for quiet wherever it does not write to a terminal; a merge is no progress but news.
    assert len(served.push(clone, capabilities=CAPABILITIES + " quiet").said) == 1
    with pytest.raises(ValueError, match="unpack"):
        served.push(clone, capabilities="side-band-64k")


def test_an_organisation_may_want_pushes_as_strict_as_gits(served: Served, clone: Clone) -> None:
    served.mode = PushMode.FAST_FORWARD
    names, _ = advertised(served.server.advertise_receive(ACME))
    assert names[0] == (served.store.head(ACME), MAIN)
    clone.commit({"a.md": "x"})
    assert served.push(clone).ok
    old = served.store.head(ACME)
    served.store.write(ACME, append(NOTE, b"agent\n"))
    new = clone.commit({"a.md": "y"})
    stale = request([(old, new, MAIN)], clone.pack(new, [old]))
    moved = "main has moved on: git pull, then push again"
    assert served.send(ACME, stale).reason == moved
    assert served.push(clone).reason == moved
    clone.pull()
    assert served.push(clone).ok
    assert_sound(served)


def test_what_git_asks_to_find_out_whether_it_may_push_is_answered_with_nothing(served: Served, tmp_path: Path) -> None:
    (tmp_path / "probe").write_bytes(b"0000")
    with (tmp_path / "probe").open("rb") as probe:
        assert served.server.receive(ACME, probe, ADA) == b""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"rubbish",
        b"0008x",
        b"0003",
        b"0004",
        b"00_8abcd0000",
        request([(ZERO, "1" * 40, "refs/heads/a b")], b""),
        request([(ZERO, "1" * 40, MAIN)] * 2, b""),
        request([(ZERO, "1" * 40, f"refs/heads/{number}") for number in range(65)], b""),
        request([(ZERO, "1" * 64, MAIN)], b""),
        request([(ZERO, "1" * 40, MAIN)], b"", "object-format=sha256"),
        b"0035shallow " + b"1" * 40 + b"\n",
        (b"0035shallow " + b"1" * 40 + b"\n") * 2000 + b"0000",
    ],
)
def test_what_is_no_request_is_refused(served: Served, body: bytes) -> None:
    with pytest.raises(RequestInvalid):
        served.send(ACME, body)


def test_an_unknown_organisation_takes_no_push(served: Served) -> None:
    with pytest.raises(OrgNotFound):
        served.send(OrgId("nobody"), b"0000")
    with pytest.raises(OrgNotFound):
        served.server.advertise_receive(OrgId("nobody"))


def test_the_clone_of_a_part_of_the_history_can_push(served: Served, tmp_path: Path, clone: Clone) -> None:
    for number in range(3):
        served.store.write(ACME, append(NOTE, b"%d\n" % number))
    clone.path = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{served.root}/{ACME}.git", str(clone.path))
    git(clone.path, "config", "user.name", "Eve")
    git(clone.path, "config", "user.email", "eve@acme.example")
    new = clone.commit({"a.md": "x"})
    names, _ = advertised(served.server.advertise_receive(ACME))
    pack = clone.pack(new, [oid for oid, _ in names])
    body = request([(ZERO, new, MAIN)], pack)
    cut = git(clone.path, "rev-parse", "HEAD~1").strip().encode()
    assert served.send(ACME, b"0035shallow " + cut + b"\n" + body).ok
    assert_sound(served)


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
    failures: list[Exception] = []

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

    def run(work: Callable[[int], None], number: int) -> None:
        try:
            work(number)
        except Exception as error:  # noqa: BLE001 shown by the assertion below
            failures.append(error)

    workers = [threading.Thread(target=run, args=(person if n < 2 else agent, n)) for n in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(100)
    assert failures == []
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


def test_further_files_are_sound_where_the_operator_wants_them(root: Path, clock: ManualClock) -> None:
    served = Served(root, clock, store=StorageLimits(suffixes=(".png",)))
    served.store.create(ACME, author="Ada", author_id="key_1")
    made = Made()
    tip = made.commit(made.tree({"a.png": b"\x89PNG\0", "a.md": b"![](a.png)"}), served.store.head(ACME))
    assert served.send(ACME, request([(ZERO, tip.hex(), MAIN)], made.pack())).ok
    assert_sound(served)
    assert served.store.write(ACME, append("/a.md", b"more")).changed
    served.close()


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


def test_conflicts_in_what_people_keep_and_between_files_and_folders_are_told_too(served: Served, clone: Clone) -> None:
    ours = clone.commit({".gitattributes": "# ours\n", "a.md": "x"})
    assert served.push(clone).ok
    git(clone.path, "reset", "-q", "--hard", "HEAD~1")
    clone.commit({".gitattributes": "# theirs\n", "a.md/b.md": "y"})
    assert served.push(clone).said == (
        f".gitattributes: line 1 was changed on main too, by commit {ours[:10]}",
        "a.md: it is a file on one side and a folder on the other",
    )
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
