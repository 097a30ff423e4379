"""Pushes to a server: taken in, merged, refused, told and recorded."""

from dataclasses import replace
from pathlib import Path

import pytest

from memory_service.domain.ids import CommitId, PushId
from memory_service.domain.pushes import PushMode, PushRecord
from memory_service.storage import StorageLimits
from tests.clocks import ManualClock
from tests.edits import append
from tests.packs import Made
from tests.push_client import ADA, CAPABILITIES, MAIN, ZERO, Clone, Served, advertised, request
from tests.real_git import git
from tests.unit.storage.conftest import ACME
from tests.unit.storage.receiving import NOTE, assert_sound, content


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


def test_notes_of_one_day_are_merged_line_by_line(served: Served, clone: Clone) -> None:
    served.store.write(ACME, append(NOTE, b"morning\n"))
    clone.pull()
    served.store.write(ACME, append(NOTE, b"agent\n"))
    clone.commit({NOTE[1:]: "morning\nhuman\n"})
    assert served.push(clone).ok
    assert content(served, NOTE) == b"morning\nagent\nhuman\n"


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


def test_further_files_are_sound_where_the_operator_wants_them(root: Path, clock: ManualClock) -> None:
    served = Served(root, clock, store=StorageLimits(suffixes=(".png",)))
    served.store.create(ACME, author="Ada", author_id="key_1")
    made = Made()
    tip = made.commit(made.tree({"a.png": b"\x89PNG\0", "a.md": b"![](a.png)"}), served.store.head(ACME))
    assert served.send(ACME, request([(ZERO, tip.hex(), MAIN)], made.pack())).ok
    assert_sound(served)
    assert served.store.write(ACME, append("/a.md", b"more")).changed
    served.close()
