"""The commits, trees and packs that a push may bring."""

from datetime import timedelta

import pytest

from memory_service.storage.objects import Kind
from memory_service.storage.trees import FILE, FOLDER, TreeEntry
from tests.edits import put
from tests.packs import ADA, Made
from tests.unit.storage.conftest import ACME
from tests.unit.storage.looking import KEEP, Looking


def test_what_was_bad_on_the_way_is_refused_although_it_is_gone_at_the_end(looking: Looking) -> None:
    made = Made()
    first = made.commit(made.tree({"a.txt": b"x"}), looking.head)
    found = looking.look_at(made, made.commit(made.tree(KEEP), first))
    assert len(found.faults) == 1


@pytest.mark.parametrize("entries", [[b"b.md", b"a.md"], [b"a.md", b"a.md"], [b"a-b.md", b"a.md", b"a-b.md"]])
def test_a_folder_that_is_not_in_order_is_refused(looking: Looking, entries: list[bytes]) -> None:
    made = Made()
    tree = made.raw_tree(*((FILE, name, made.blob(b"x")) for name in entries))
    found = looking.look_at(made, made.commit(tree, looking.head))
    assert any("not in git's order" in fault for fault in found.faults)


@pytest.mark.parametrize("raw", [b"100644 a.md", b"100644 a.md\0" + b"x" * 19, b"100644", b"\0" * 30])
def test_a_folder_that_is_none_is_refused(looking: Looking, raw: bytes) -> None:
    made = Made()
    found = looking.look_at(made, made.commit(made.add(Kind.TREE, raw), looking.head))
    assert len(found.faults) >= 1


GOOD_TREE = b"tree %s\n" % (b"1" * 40)


@pytest.mark.parametrize(
    ("by", "more", "text", "reason"),
    [
        (b"Ada ada@acme.example 1776247200 +0000", b"", b"x\n", "no commit as git writes them"),
        (b"Ada <ada@acme.example> 01776247200 +0000", b"", b"x\n", "no commit as git writes them"),
        (b"Ada <ada@acme.example> -1 +0000", b"", b"x\n", "no commit as git writes them"),
        (b"Ada <ada@acme.example> 1776247200 0000", b"", b"x\n", "no commit as git writes them"),
        (b"Ada <ada@acme.example>1776247200 +0000", b"", b"x\n", "no commit as git writes them"),
        (b"<ada@acme.example> 1776247200 +0000", b"", b"x\n", "no commit as git writes them"),
        (b"Ada <ada@acme.example> 99999999999999999999 +0000", b"", b"x\n", "dated more than a day ahead"),
        (b"Ada <ada@acme.example> 1776420001 +0000", b"", b"x\n", "dated more than a day ahead"),
        (b"Memory Service <memory-service> 1776247200 +0000", b"", b"x\n", "says that the service made it"),
        (ADA, b"encoding ISO-8859-1\n", b"x\n", "not in UTF-8"),
        (ADA, b"author " + ADA + b"\n", b"x\n", "second author"),
        (ADA, b"parent " + b"1" * 40 + b"\n", b"x\n", "second parent"),
        (ADA, b"", b"\xff\n", "not in UTF-8"),
        (ADA, b"", b"a\0b\n", "NUL"),
    ],
)
def test_a_commit_that_git_would_not_write_is_refused(
    looking: Looking, by: bytes, more: bytes, text: bytes, reason: str
) -> None:
    made = Made()
    tip = made.commit(made.tree(KEEP), looking.head, by=by, more=more, text=text)
    (fault,) = looking.look_at(made, tip).faults
    assert fault.startswith(f"commit {tip.hex()[:10]}: ")
    assert reason in fault


def test_the_date_that_the_author_claims_counts_too(looking: Looking) -> None:
    made = Made()
    tip = made.commit(made.tree(KEEP), looking.head, author=b"Ada <a@b> 1776420001 +0000")
    assert "dated more than a day ahead" in looking.look_at(made, tip).faults[0]


def test_old_dates_signatures_and_a_day_ahead_are_good(looking: Looking) -> None:
    made = Made()
    signature = b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQIz\n -----END PGP SIGNATURE-----\n"
    first = made.commit(made.tree(KEEP | {"a.md": b"1"}), looking.head, by=b"Ada <> 0 -1200", more=signature)
    ahead = int((looking.clock() + timedelta(hours=23)).timestamp())
    tip = made.commit(
        made.tree(KEEP), first, by=b"\xc3\x85da <a b> %d +0000" % ahead, more=b"encoding UTF-8\n", text=b""
    )
    assert looking.look_at(made, tip).faults == ()


def test_a_commit_may_not_merge_any_number_of_others(looking: Looking) -> None:
    made = Made()
    others = [made.commit(made.tree(KEEP), looking.head, text=b"%d" % number) for number in range(17)]
    (fault,) = looking.look_at(made, made.commit(made.tree(KEEP), *others)).faults
    assert "merges more than 16" in fault


def test_a_commit_that_is_too_large_is_refused(looking: Looking) -> None:
    made = Made()
    found = looking.look_at(made, made.commit(made.tree(KEEP), looking.head, text=b"x" * 70_000))
    assert "commit of" in found.damage


def test_what_is_missing_is_told(looking: Looking) -> None:
    made = Made()
    folder = made.tree({"b.md": b"b"})
    blob = made.blob(b"a")
    tree = made.entries([TreeEntry(b"a.md", FILE, blob), TreeEntry(b"topics", FOLDER, folder)])
    first = made.commit(tree, looking.head)
    tip = made.commit(tree, first, text=b"second")
    for missing, told in (
        (blob, "a.md: its content is missing from the push"),
        (folder, "topics/: The tree"),
        (tree, "/: The tree"),
        (first, f"commit {first.hex()[:10]}: it is missing from the push"),
        (tip, f"commit {tip.hex()[:10]}: it is missing from the push"),
    ):
        found = looking.look(made.pack(without=[missing]), tip)
        assert any(fault.startswith(told) for fault in found.faults), found


def test_a_pack_without_objects_is_looked_at_all_the_same(looking: Looking) -> None:
    empty = Made().pack()
    assert looking.look(empty, b"\x11" * 20).faults[0].startswith("commit 1111111111: it is missing")
    found = looking.look(empty, bytes.fromhex(looking.head))
    assert (found.faults, found.commits, found.pack) == ((), 0, "")
    assert looking.look(b"", bytes.fromhex(looking.head)).commits == 0


def test_only_a_commit_can_be_what_main_names(looking: Looking) -> None:
    made = Made()
    for oid in (made.blob(b"a"), made.tree(KEEP), made.add(Kind.TAG, b"object")):
        assert "it is no commit" in looking.look_at(made, oid).faults[0]
    tree = looking.store.snapshot(ACME).commit
    blob = looking.store.write(ACME, put("/a.md", b"x")).blob
    assert "it is no commit" in looking.look(Made().pack(), bytes.fromhex(blob)).faults[0]
    assert tree


def test_a_folder_may_not_pass_for_a_file_nor_a_file_for_a_folder(looking: Looking) -> None:
    made = Made()
    tree, blob = made.tree({"a.md": b"x"}), made.blob(b"x")
    for mode, oid in ((FILE, tree), (FOLDER, blob)):
        found = looking.look_at(made, made.commit(made.raw_tree((mode, b"x.md", oid)), looking.head))
        assert len(found.faults) == 1


def test_what_is_here_already_is_looked_at_where_it_is_new(looking: Looking) -> None:
    """A history that was brought along may hold what is no memory, which a push must not bring back."""
    made = Made()
    looking.taking(".bin")
    first = made.commit(made.tree(KEEP | {"a.bin": b"\0"}), looking.head)
    found = looking.look_at(made, first)
    assert not found.faults
    (looking.aside / "pushed.pack").rename(looking.folder / "objects" / "pack" / f"pack-{found.pack}.pack")
    (looking.aside / "pushed.idx").rename(looking.folder / "objects" / "pack" / f"pack-{found.pack}.idx")
    looking.taking()
    later = Made()
    tree = later.raw_tree((FILE, b"b.md", made.blob(b"\0")))
    found = looking.look_at(later, later.commit(tree, looking.head))
    assert found.faults == ("b.md: it holds a NUL byte",)
    merge = Made()
    found = looking.look_at(merge, merge.commit(made.tree(KEEP | {"a.bin": b"\0"}), looking.head, first))
    assert len(found.faults) == 1
