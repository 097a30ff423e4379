"""What a push may bring, and how it is told what it may not."""

from dataclasses import replace

import pytest

from memory_service.storage.pack_reading import Pack, PackIndex
from memory_service.storage.trees import FOLDER, TreeEntry
from tests.edits import put
from tests.packs import Made
from tests.unit.storage.conftest import ACME
from tests.unit.storage.looking import KEEP, Looking


def faults_of(looking: Looking, files: dict[str, object]) -> tuple[str, ...]:
    """What is wrong with one commit that has these files."""
    made = Made()
    found = looking.look_at(made, made.commit(made.tree(KEEP | files), looking.head))  # type: ignore[arg-type] # made by hand
    assert not found.damage
    assert bool(found.faults) != bool(found.pack)
    return found.faults


def test_what_is_good_is_one_pack_of_all_that_is_new(looking: Looking) -> None:
    made = Made()
    first = made.commit(made.tree(KEEP | {"a.md": b"a"}), looking.head)
    second = made.commit(made.tree(KEEP | {"a.md": b"a", "topics": {"b.md": "größer".encode()}}), first)
    found = looking.look_at(made, second)
    assert (found.damage, found.faults, found.commits) == ("", (), 2)
    index = PackIndex((looking.aside / "pushed.idx").read_bytes())
    pack = Pack(looking.aside / "pushed.pack", index)
    kept = made.blob(KEEP[".gitattributes"])
    assert {entry.oid: pack.get(entry.oid) for entry in index.entries()} == {
        oid: made.objects[oid] for oid in made.objects.keys() - {kept}
    }


def test_what_was_not_asked_for_is_left_out(looking: Looking) -> None:
    made = Made()
    wanted = made.commit(made.tree(KEEP | {"a.md": b"a"}), looking.head)
    other = made.commit(made.raw_tree((b"120000", b"link", made.blob(b"/etc/passwd"))))
    found = looking.look_at(made, wanted)
    assert not found.faults
    index = PackIndex((looking.aside / "pushed.idx").read_bytes())
    assert index.offset(wanted)
    assert index.offset(other) is None
    assert len(index) == 3


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("CON.md", '"CON.md" names a device on Windows'),
        ("a?.md", "holds one of"),
        ("a\\b.md", "backslash"),
        ("a\nb.md", "control character"),
        (".git", "read as .git"),
        (".GIT", "read as .git"),
        ("git~1", "read as .git"),
        (".g\u200cit", "read as .git"),
        ("..", 'the part ".."'),
        (".", 'the part "."'),
        ("a/b.md", "slash"),
        ("/etc", "slash"),
        ("e\u0301.md", "normal form C"),
        ("x" * 253 + ".md", "255 bytes"),
        ("plan.txt", "files that end in .md can be kept"),
        (".md", "files that end in .md can be kept"),
        (".gitmodules", "files that end in .md can be kept"),
    ],
)
def test_a_name_that_no_memory_can_have_is_refused(looking: Looking, name: str, reason: str) -> None:
    (fault,) = faults_of(looking, {name: b"x"})
    assert reason in fault


def test_a_name_of_marks_without_end_is_refused_in_no_time(looking: Looking) -> None:
    looking.limits = replace(looking.limits, folder_entries=10_000)
    faults = faults_of(looking, {"\u0301\u0323" * 200_000 + ".md": b"x"})  # put in order, it would take minutes
    assert "255 bytes" in faults[0]


def test_a_name_that_is_no_utf8_is_refused_and_told_readably(looking: Looking) -> None:
    assert faults_of(looking, {"\udcff.md": b"x"}) == ("\\xff.md: its name is not in UTF-8",)


def test_a_terminal_cannot_be_told_to_do_anything(looking: Looking) -> None:
    (fault,) = faults_of(looking, {"\x1b[31m.md": b"x"})
    assert fault.startswith("\\x1b[31m.md: ")


def test_what_people_keep_beside_the_memory_is_kept_at_the_top_only(looking: Looking) -> None:
    assert faults_of(looking, {".gitignore": b".obsidian/\n"}) == ()
    (fault,) = faults_of(looking, {"topics": {".gitignore": b"x"}})
    assert fault.startswith("topics/.gitignore: files that end in .md")
    (fault,) = faults_of(looking, {".gitattributes": {"a.md": b"x"}})
    assert fault == ".gitattributes: a folder cannot have the name of a file that git clients obey"


def test_further_files_are_kept_where_the_operator_wants_it(looking: Looking) -> None:
    looking.taking(".png", ".txt")
    assert faults_of(looking, {"a.png": b"\x89\0\xff", "b.txt": b"\xff"}) == ()
    (fault,) = faults_of(looking, {"c.gif": b"x"})
    assert "files that end in .md, .png, .txt can be kept" in fault
    (fault,) = faults_of(looking, {"c.png": b"x" * 1001})
    assert "it has 1001 bytes; 1000 are allowed" in fault


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        (b"120000", "symbolic links"),
        (b"160000", "submodules"),
        (b"100755", "executable"),
        (b"100664", "its mode 100664"),
        (b"040000", "its mode 040000"),
        (b"100777", "its mode 100777"),
        (b"0", "its mode 0"),
    ],
)
def test_only_plain_files_and_folders_are_kept(looking: Looking, mode: bytes, reason: str) -> None:
    made = Made()
    tree = made.raw_tree((mode, b"a.md", made.blob(b"x")))
    found = looking.look_at(made, made.commit(tree, looking.head))
    assert len(found.faults) == 1
    assert found.faults[0].startswith("a.md: ")
    assert reason in found.faults[0]


@pytest.mark.parametrize(
    ("content", "reason"), [(b"a\0b", "NUL"), (b"\xff", "UTF-8"), (b"x" * 1001, "1001 bytes; 1000 are allowed")]
)
def test_only_text_within_the_limit_is_kept(looking: Looking, content: bytes, reason: str) -> None:
    for files in ({"a.md": content}, {"topics": {"b.md": content}}, {".gitignore": content}):
        (fault,) = faults_of(looking, dict(files))
        assert reason in fault


@pytest.mark.parametrize(
    ("one", "other", "but"),
    [
        ("Plan.md", "plan.md", "but for case"),
        ("Straße.md", "strasse.md", "on some file systems"),
        ("\u1e9b\u0323.md", "\u1e69.md", "on some file systems"),
    ],
)
def test_names_that_some_file_system_cannot_tell_apart_are_refused(
    looking: Looking, one: str, other: str, but: str
) -> None:
    (fault,) = faults_of(looking, {"topics": {one: b"x", other: b"y"}})
    assert fault in (f"topics/{a}: same name as topics/{b} {but}" for a, b in ((one, other), (other, one)))


def test_the_new_one_of_two_such_names_is_the_one_that_is_told(looking: Looking) -> None:
    looking.store.write(ACME, put("/topics/plan.md", b"x"))
    assert faults_of(looking, {"topics": {"plan.md": b"x", "Plan.md": b"y"}}) == (
        "topics/Plan.md: same name as topics/plan.md but for case",
    )


def test_a_folder_takes_only_so_many_entries(looking: Looking) -> None:
    assert faults_of(looking, {"full": {f"{number}.md": b"x" for number in range(20)}}) == ()
    (fault,) = faults_of(looking, {"full": {f"{number}.md": b"x" for number in range(21)}})
    assert fault == "full/: the folder has 21 entries; 20 are allowed"


def test_a_path_has_only_so_many_parts_and_bytes(looking: Looking) -> None:
    def nested(depth: int, name: str) -> dict[str, object]:
        return {"a.md": b"x"} if depth == 1 else {name: nested(depth - 1, name)}

    assert faults_of(looking, nested(32, "d")) == ()
    (fault,) = faults_of(looking, nested(33, "d"))
    assert fault.endswith("its path has more than 32 parts")
    assert faults_of(looking, nested(5, "d" * 200)) == ()
    (fault,) = faults_of(looking, nested(7, "d" * 200))
    assert fault.endswith("its path has 1211 bytes; 1024 are allowed")


def test_a_folder_that_is_good_where_it_was_may_be_too_deep_where_it_is_put(looking: Looking) -> None:
    made = Made()
    inner = made.tree({"e" * 200: {"f" * 200: {"a.md": b"x"}}})
    deep = made.entries([TreeEntry(b"d" * 220, FOLDER, inner)])
    deep = made.entries([TreeEntry(b"c" * 220, FOLDER, deep)])
    root = made.entries([TreeEntry(b"a", FOLDER, inner), TreeEntry(b"b" * 220, FOLDER, deep)])
    found = looking.look_at(made, made.commit(root, looking.head))
    assert len(found.faults) == 1
    assert "bytes; 1024 are allowed" in found.faults[0]


def test_an_empty_folder_is_refused(looking: Looking) -> None:
    assert faults_of(looking, {"empty": {}}) == ("empty/: the folder is empty",)


def test_a_few_folders_cannot_stand_for_any_number_of_files(looking: Looking) -> None:
    made = Made()
    tree = made.tree({"a.md": b"x", "b.md": b"x"})
    for _ in range(25):
        tree = made.entries([TreeEntry(b"a", FOLDER, tree), TreeEntry(b"b", FOLDER, tree)])
    found = looking.look_at(made, made.commit(tree, looking.head))
    assert found.faults == (f"/: {2**26} files are changed at once; 100000 are allowed",)


def test_all_faults_are_told_at_once_up_to_twenty(looking: Looking) -> None:
    made = Made()
    many, more = ({f"{number:02}.txt": text for number in range(15)} for text in (b"x", b"y"))
    tree = made.tree({"a": many, "b": more, "c.md": b"\0"})
    found = looking.look_at(made, made.commit(tree, looking.head))
    assert len(found.faults) == 20
    assert found.more
    assert found.faults[0].startswith("a/00.txt: ")
    assert not faults_of(looking, {"a.md": b"x"})
    found = looking.look_at(made, made.commit(made.tree({"a": many, "c.md": b"\0"}), looking.head))
    assert len(found.faults) == 16
    assert not found.more


def test_a_fault_is_told_once_with_the_first_commit_that_has_it(looking: Looking) -> None:
    made = Made()
    tip = first = made.commit(made.tree({"a.txt": b"x"}), looking.head)
    for number in range(5):
        tip = made.commit(made.tree({"a.txt": b"x", "b.md": b"%d" % number}), tip)
    found = looking.look_at(made, tip)
    assert [fault.split(": ")[0] for fault in found.faults] == ["a.txt"]
    assert found.faults[0].endswith(f"(in {first.hex()[:10]})")
