"""Folders as git's bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_service.domain.errors import DataCorrupt
from memory_service.storage.trees import EMPTY, FILE, FOLDER, Tree, TreeEntry, encode

OID = bytes(range(20))
OTHER = bytes(range(20, 40))


def test_an_empty_folder_has_the_name_that_git_gives_it() -> None:
    assert EMPTY.oid.hex() == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def test_entries_stand_in_git_s_order_where_folders_end_in_a_slash() -> None:
    tree = EMPTY.put(b"a", FOLDER, OID).put(b"a.md", FILE, OID).put(b"a-b", FILE, OID)
    assert [entry.name for entry in tree] == [b"a-b", b"a.md", b"a"]


def test_an_entry_is_found_by_parsing_even_where_an_id_reads_like_another_entry() -> None:
    decoy = b"100644 b.md\0".ljust(20, b"x")
    tree = Tree.parse(EMPTY.put(b"a.md", FILE, decoy).raw)
    assert tree.find(b"b.md") is None
    changed = tree.put(b"b.md", FILE, OID)
    assert changed.find(b"a.md") == TreeEntry(b"a.md", FILE, decoy)
    assert changed.find(b"b.md") == TreeEntry(b"b.md", FILE, OID)


@pytest.mark.parametrize("raw", [b"100644 a.md\0short", b"100644", b"100644 a.md", b"\0" * 30])
def test_what_is_no_folder_is_refused(raw: bytes) -> None:
    with pytest.raises(DataCorrupt):
        Tree.parse(raw)


def test_a_twin_is_known_among_files_and_folders_and_after_a_change() -> None:
    tree = EMPTY.put(b"Topics", FOLDER, OID)
    assert tree.twin("topics")
    assert not tree.twin("other.md")
    assert tree.put(b"Other.md", FILE, OID).twin("OTHER.md")
    assert tree.put(b"Topics", FOLDER, OTHER).twin("topics")


NAMES = st.text(st.sampled_from("ab.-/é"), min_size=1, max_size=4).filter(lambda name: "/" not in name)


@given(st.lists(st.tuples(NAMES, st.booleans(), st.binary(min_size=20, max_size=20)), max_size=12))
def test_a_patched_folder_is_the_one_that_is_built_anew(puts: list[tuple[str, bool, bytes]]) -> None:
    tree, expected = EMPTY, dict[bytes, TreeEntry]()
    for name, is_folder, oid in puts:
        key = name.encode()
        mode = expected[key].mode if key in expected else FOLDER if is_folder else FILE
        expected[key] = TreeEntry(key, mode, oid)
        tree = tree.put(key, mode, oid)
    assert tree.raw == encode(expected.values())
    parsed = Tree.parse(tree.raw)
    half = EMPTY
    for name, is_folder, oid in puts[::2]:
        if half.find(name.encode()) is None:
            half = half.put(name.encode(), FOLDER if is_folder else FILE, oid)
    for one, other in ((tree, half), (half, tree)):
        assert one.without(other) == [entry for entry in one if entry not in set(other)]
    assert list(parsed) == list(tree) == [expected[entry.name] for entry in tree]
    assert len(tree) == len(expected)
    for key, entry in expected.items():
        assert tree.find(key) == parsed.find(key) == entry
