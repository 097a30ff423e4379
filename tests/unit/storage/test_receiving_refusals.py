"""Pushes that are refused, and what the client is told."""

import pytest

from memory_service.domain.errors import OrgNotFound, RequestInvalid
from memory_service.domain.ids import OrgId
from tests.edits import put
from tests.packs import Made, pack_of
from tests.push_client import CAPABILITIES, MAIN, ZERO, Clone, Served, request
from tests.real_git import git
from tests.unit.storage.conftest import ACME
from tests.unit.storage.receiving import assert_sound


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
