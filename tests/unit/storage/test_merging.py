"""Three-way merging: of texts by the rules of git, and of trees."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_service.storage.merge.attributes import Attributes, Driver
from memory_service.storage.merge.line_matching import matches
from memory_service.storage.merge.text_merge import merge_texts
from memory_service.storage.merge.tree_merge import Conflicted, MergeTooLong, TreeMerge
from memory_service.storage.object_store import Objects
from memory_service.storage.objects import Kind, Object, Oid
from memory_service.storage.tree_cache import TreeCache, Trees
from memory_service.storage.trees import Tree
from tests.packs import Made
from tests.packs import Tree as Files
from tests.real_git import git, git_bytes

LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"d\n", b"\n"]), max_size=12)
ATTRIBUTES = {".gitattributes": b"daily/*.md merge=union\n"}


def merged(base: bytes, ours: bytes, theirs: bytes, *, union: bool = False) -> bytes:
    found = merge_texts(base, ours, theirs, union=union)
    assert not found.conflicts
    return found.content


@given(one=LINES, other=LINES)
def test_matches_are_runs_of_equal_lines_in_order(one: list[bytes], other: list[bytes]) -> None:
    end = finish = 0
    for match in matches(one, other):
        assert match.one >= end
        assert match.other >= finish
        end, finish = match.one + match.length, match.other + match.length
        assert one[match.one : end] == other[match.other : finish] != []


@given(base=LINES, theirs=LINES)
def test_what_only_one_side_has_changed_is_as_that_side_has_it(base: list[bytes], theirs: list[bytes]) -> None:
    old, new = b"".join(base), b"".join(theirs)
    assert merged(old, old, new) == new
    assert merged(old, new, old) == new
    assert merged(old, new, new) == new


@given(base=LINES, ours=LINES, theirs=LINES)
def test_sides_may_be_exchanged(base: list[bytes], ours: list[bytes], theirs: list[bytes]) -> None:
    old, mine, other = b"".join(base), b"".join(ours), b"".join(theirs)
    one, two = merge_texts(old, mine, other, union=False), merge_texts(old, other, mine, union=False)
    assert bool(one.conflicts) == bool(two.conflicts)
    assert one.conflicts or one.content == two.content


@given(base=LINES, ours=LINES, theirs=LINES)
def test_a_union_loses_no_line_that_a_side_has_added(base: list[bytes], ours: list[bytes], theirs: list[bytes]) -> None:
    content = merged(b"".join(base), b"".join(ours), b"".join(theirs), union=True)
    for side in (ours, theirs):
        assert set(side) - set(base) <= set(content.splitlines(keepends=True))


@given(
    lines=st.lists(st.integers(), min_size=4, max_size=40, unique=True),
    seed=st.integers(),
)
def test_changes_that_lie_apart_are_merged_as_git_does(lines: list[int], seed: int) -> None:
    base = [b"%d\n" % line for line in lines]
    chance = random.Random(seed)  # noqa: S311 the places of edits
    sides = [list(base), list(base)]
    for place in range(0, len(base), 3):
        side = sides[chance.randrange(2)]
        side[place] = chance.choice([b"", b"changed %d\n" % place, side[place] + b"added %d\n" % place])
    mine, other = (b"".join(side) for side in sides)
    expected = b"".join(one if one != old else two for old, one, two in zip(base, sides[0], sides[1], strict=True))
    assert merged(b"".join(base), mine, other) == expected


def git_merge_file(folder: Path, texts: tuple[bytes, bytes, bytes], *options: str) -> bytes | None:
    """What ``git merge-file`` makes of ours, base and theirs; None for a conflict."""
    for name, text in zip(("ours", "base", "theirs"), texts, strict=True):
        (folder / name).write_bytes(text)
    try:
        return git_bytes(folder, "merge-file", "-p", *options, "ours", "base", "theirs")
    except AssertionError:
        return None


CASES = [
    (b"1\n2\n3\n", b"1\nTWO\n3\n", b"1\n2\n3\n4\n"),
    (b"1\n2\n3\n", b"1\nTWO\n3\n", b"1\nZWEI\n3\n"),
    (b"1\n2\n3\n", b"1\nTWO\n3\n", b"1\nTWO\n3\nmore\n"),
    (b"1\n2\n3\n", b"1\n3\n", b"1\n2\nnew\n3\n"),
    (b"1\n2\n3\n", b"ONE\n2\n3\n", b"1\nTWO\n3\n"),
    (b"1\n2\n3\n", b"1\n2\n3\na\n", b"1\n2\n3\nb\n"),
    (b"1\n2\n3", b"1\n2\n3\na", b"0\n1\n2\n3"),
    (b"1\n2\n3", b"1\n2\n3\n", b"1\n2\n3"),
    (b"", b"a\nb\n", b"a\nc\n"),
    (b"", b"same\n", b"same\n"),
    (b"x\n", b"", b"x\ny\n"),
    (b"x\nx\nx\n", b"x\nx\n", b"x\nx\n"),
    (b"x\nx\nx\n", b"x\nx\nx\nx\n", b"y\nx\nx\nx\n"),
    (b"1\r\n2\r\n", b"1\r\n2\r\n3\r\n", b"0\r\n1\r\n2\r\n"),
]


@pytest.mark.parametrize("texts", CASES)
def test_texts_are_merged_as_git_merges_them(tmp_path: Path, texts: tuple[bytes, bytes, bytes]) -> None:
    base, ours, theirs = texts
    expected = git_merge_file(tmp_path, (ours, base, theirs))
    found = merge_texts(base, ours, theirs, union=False)
    assert bool(found.conflicts) == (expected is None)
    assert expected is None or found.content == expected
    assert merged(base, ours, theirs, union=True) == git_merge_file(tmp_path, (ours, base, theirs), "--union")


def test_a_conflict_names_the_lines_of_our_side() -> None:
    base = b"1\n2\n3\n4\n5\n6\n7\n8\n"
    found = merge_texts(base, b"1\nA\nB\n3\n4\n5\n6\n8\n", b"1\nC\n3\n4\n5\n6\nD\n8\n", union=False)
    assert found.conflicts == ((2, 3), (8, 7))


def test_long_texts_of_equal_lines_are_merged_in_little_time() -> None:
    base = b"\n" * 50_000
    assert merged(base, b"a\n" + base, base + b"b\n") == b"a\n" + base + b"b\n"
    mine, other = b"x\n\n" * 20_000, b"\ny\n" * 20_000
    assert merge_texts(base, mine, other, union=False).conflicts


@pytest.mark.parametrize(
    ("lines", "path", "driver"),
    [
        ("*.md merge=union", "a/b.md", Driver.UNION),
        ("daily/*.md merge=union", "daily/a.md", Driver.UNION),
        ("daily/*.md merge=union", "daily/b/a.md", Driver.TEXT),
        ("daily/*.md merge=union", "x/daily/a.md", Driver.TEXT),
        ("/*.md merge=union", "a.md", Driver.UNION),
        ("/*.md merge=union", "x/a.md", Driver.TEXT),
        ("daily/**/*.md merge=union", "daily/a.md", Driver.UNION),
        ("daily/**/*.md merge=union", "daily/b/c/a.md", Driver.UNION),
        ("**/log.md merge=union", "log.md", Driver.UNION),
        ("daily/** merge=union", "daily/b/a.md", Driver.UNION),
        ("daily/ merge=union", "daily/a.md", Driver.TEXT),
        ("[ab].md merge=union", "b.md", Driver.UNION),
        ("?.md merge=union", "ab.md", Driver.TEXT),
        ('"my notes/*.md" merge=union', "my notes/a.md", Driver.UNION),
        ("*.md merge=union\n*.md -merge", "a.md", Driver.BINARY),
        ("*.md -merge\na.md merge", "a.md", Driver.TEXT),
        ("*.md binary", "a.md", Driver.BINARY),
        ("*.md merge=binary", "a.md", Driver.BINARY),
        ("*.md merge=unknown", "a.md", Driver.TEXT),
        ("*.md text eol=lf", "a.md", Driver.TEXT),
        ("# *.md merge=union", "a.md", Driver.TEXT),
        ("[attr]union merge=union", "[attr]union", Driver.TEXT),
        ("*" * 60 + "b.md merge=union", "a" * 200 + ".md", Driver.TEXT),
    ],
)
def test_attributes_are_read_as_git_reads_them(tmp_path: Path, lines: str, path: str, driver: Driver) -> None:
    assert Attributes(lines.encode()).driver(path) is driver
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitattributes").write_text(lines)
    answer = git(tmp_path, "check-attr", "-z", "merge", "--", path).split("\0")[2]
    told = {"union": Driver.UNION, "unset": Driver.BINARY, "binary": Driver.BINARY}
    assert told.get(answer, Driver.TEXT) is driver


class Merging(Made, Objects):
    """Objects that trees are merged from."""

    def __init__(self) -> None:
        super().__init__()
        self.trees = Trees(self, TreeCache(0))

    def get(self, oid: Oid) -> Object | None:
        return Object(*self.objects[oid]) if oid in self.objects else None

    def files(self, tree: Oid, prefix: str = "") -> dict[str, bytes]:
        """All files below a folder, by path."""
        found: dict[str, bytes] = {}
        for entry in Tree.parse(self.need(tree, Kind.TREE)):
            path = prefix + entry.name.decode()
            if entry.is_folder:
                found |= self.files(entry.oid, path + "/")
            else:
                found[path] = self.need(entry.oid, Kind.BLOB)
        return found

    def merging(self, seconds: float = 60) -> TreeMerge:
        return TreeMerge(self.trees, lambda blob: self.need(blob, Kind.BLOB), self.add, 100_000, seconds)

    def merge(self, base: Files, ours: Files, theirs: Files, seconds: float = 60) -> dict[str, bytes]:
        """The files of the merge."""
        merged = self.merging(seconds).merge([self.tree(base)], self.tree(ours), self.tree(theirs))
        return self.files(merged)


def conflicts(base: Files, ours: Files, theirs: Files) -> dict[str, str]:
    """The reasons of conflicts, by path."""
    with pytest.raises(Conflicted) as caught:
        Merging().merge(base, ours, theirs)
    return {conflict.path.decode(): conflict.reason for conflict in caught.value.conflicts}


def test_both_sides_may_add_change_and_remove_files() -> None:
    base: Files = {"a.md": b"a", "b.md": b"b", "f": {"c.md": b"c"}, "g": {"d.md": b"d"}}
    ours: Files = {"a.md": b"A", "f": {"c.md": b"c", "new.md": b"n"}, "g": {"d.md": b"d"}}
    theirs: Files = {"a.md": b"a", "b.md": b"b", "f": {"c.md": b"C"}, "h": {"i": {"e.md": b"e"}}}
    assert Merging().merge(base, ours, theirs) == {
        "a.md": b"A",
        "f/c.md": b"C",
        "f/new.md": b"n",
        "h/i/e.md": b"e",
    }


def test_a_memory_may_become_empty() -> None:
    assert Merging().merge({"a.md": b"a"}, {"a.md": b"a"}, {}) == {}


def test_files_that_both_have_changed_are_merged_line_by_line() -> None:
    assert Merging().merge({"a.md": b"1\n2\n3\n"}, {"a.md": b"0\n1\n2\n3\n"}, {"a.md": b"1\n2\n3\n4\n"}) == {
        "a.md": b"0\n1\n2\n3\n4\n"
    }
    assert conflicts({"a.md": b"1\n"}, {"a.md": b"2\n"}, {"a.md": b"3\n"}) == {"a.md": "line 1 was changed on main too"}
    many = b"".join(b"%d\n" % number for number in range(40))
    told = conflicts({"a.md": many}, {"a.md": many.replace(b"5\n", b"x\n")}, {"a.md": many.replace(b"5\n", b"y\n")})
    assert told == {"a.md": "lines 6, 16, 26, 36 were changed on main too"}


def test_what_both_have_added_is_merged_where_the_attributes_say_so() -> None:
    note: Files = {"daily": {"n.md": b"# Day\nagent\n"}}
    other: Files = {"daily": {"n.md": b"# Day\nhuman\n"}}
    assert (
        Merging().merge(ATTRIBUTES, {**ATTRIBUTES, **note}, {**ATTRIBUTES, **other})["daily/n.md"]
        == b"# Day\nagent\nhuman\n"
    )
    assert conflicts({}, note, other) == {"daily/n.md": "line 2 was changed on main too"}


def test_the_attributes_of_the_merge_are_those_that_count() -> None:
    base: Files = {"log.md": b"1\n", ".gitattributes": b"# mine\n"}
    ours: Files = {"log.md": b"1\n2\n", ".gitattributes": b"# mine\n"}
    theirs: Files = {"log.md": b"1\n3\n", ".gitattributes": b"# mine\nlog.md merge=union\n"}
    assert Merging().merge(base, ours, theirs)["log.md"] == b"1\n2\n3\n"
    assert Merging().merge(base, theirs, ours)["log.md"] == b"1\n3\n2\n"


def test_what_is_no_text_or_must_not_be_merged_is_a_conflict() -> None:
    for old, mine, other in ((b"\0", b"\0a", b"\0b"), (b"1\n" * 9, b"2\n" + b"1\n" * 9, b"1\n" * 9 + b"2\n")):
        attributes = {".gitattributes": b"*.md -merge\n"}
        assert conflicts(attributes | {"a.md": old}, attributes | {"a.md": mine}, attributes | {"a.md": other}) == {
            "a.md": "it cannot be merged line by line, and was changed on main too"
        }


def test_a_file_that_one_side_has_deleted_and_the_other_changed_is_a_conflict() -> None:
    base: Files = {"a.md": b"a\n"}
    assert conflicts(base, {"a.md": b"A\n"}, {}) == {"a.md": "you have deleted it, and it was changed on main"}
    assert conflicts(base, {}, {"a.md": b"A\n"}) == {"a.md": "you have changed it, and it was deleted on main"}


TEXT = b"one\ntwo\nthree\nfour\nfive\n"


def test_a_file_is_followed_to_where_one_side_has_moved_it() -> None:
    changed = TEXT.replace(b"two", b"TWO")
    for moved in (TEXT, TEXT + b"six\n"):
        expected = {"topics/b.md": moved.replace(b"two", b"TWO")}
        assert Merging().merge({"a.md": TEXT}, {"a.md": changed}, {"topics": {"b.md": moved}}) == expected
        assert Merging().merge({"a.md": TEXT}, {"topics": {"b.md": moved}}, {"a.md": changed}) == expected


def test_two_files_are_not_followed_to_one_place() -> None:
    base: Files = {"a.md": TEXT, "b.md": TEXT}
    ours: Files = {"a.md": TEXT + b"A\n", "b.md": TEXT + b"B\n"}
    assert conflicts(base, ours, {"c.md": TEXT}) == {"b.md": "you have deleted it, and it was changed on main"}


def test_a_file_that_is_too_unlike_is_not_where_another_has_gone() -> None:
    assert "a.md" in conflicts({"a.md": TEXT}, {"a.md": TEXT + b"x\n"}, {"b.md": b"something else\n" * 5})


def test_a_conflict_in_a_file_that_was_moved_says_so() -> None:
    mine, other = TEXT.replace(b"two", b"2"), TEXT.replace(b"two", b"zwei")
    assert conflicts({"a.md": TEXT}, {"a.md": mine}, {"b.md": other}) == {
        "a.md": "you have moved it to b.md, and line 2 was changed on main too"
    }
    assert conflicts({"a.md": TEXT}, {"b.md": mine}, {"a.md": other}) == {
        "b.md": "on main it was moved here from a.md, and line 2 was changed on main too"
    }


def test_a_name_that_is_a_file_on_one_side_and_a_folder_on_the_other_is_a_conflict() -> None:
    told = {"a.md": "it is a file on one side and a folder on the other"}
    assert conflicts({}, {"a.md": b"x"}, {"a.md": {"b.md": b"y"}}) == told
    assert conflicts({}, {"a.md": {"b.md": b"y"}}, {"a.md": b"x"}) == told
    assert Merging().merge({"a.md": b"x"}, {"a.md": b"x"}, {"a.md": {"b.md": b"y"}}) == {"a.md/b.md": b"y"}
    assert Merging().merge({"a.md": {"b.md": b"y"}}, {"a.md": {"b.md": b"y"}}, {"a.md": b"x"}) == {"a.md": b"x"}


def test_what_depends_on_which_common_ancestor_is_taken_is_a_conflict() -> None:
    objects = Merging()
    merging = objects.merging()
    one, other = objects.tree({"a.md": b"1\n", "b.md": b"1\n"}), objects.tree({"a.md": b"2\n", "b.md": b"1\n"})
    with pytest.raises(Conflicted) as caught:
        merging.merge([one, other], objects.tree({"a.md": b"1\n"}), objects.tree({"a.md": b"2\n"}))
    assert [conflict.path for conflict in caught.value.conflicts] == [b"a.md"]
    same = objects.tree({"a.md": b"3\n", "b.md": b"1\n"})
    assert objects.files(merging.merge([one, other], same, same)) == {"a.md": b"3\n", "b.md": b"1\n"}


def test_merging_ends_when_its_time_is_over() -> None:
    with pytest.raises(MergeTooLong):
        Merging().merge({"a.md": b"1"}, {"a.md": b"2"}, {"a.md": b"3"}, seconds=-1)
