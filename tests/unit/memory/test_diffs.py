import itertools

from memory_service.memory.diffs import unified

NAME = "/topics/icp.md"


def numbered(first: int, last: int) -> bytes:
    return b"".join(b"line %d\n" % number for number in range(first, last + 1))


def test_a_diff_shows_what_changed_with_three_lines_around_it() -> None:
    old = numbered(1, 20)
    new = old.replace(b"line 10\n", b"line ten\nand more\n")

    assert unified(NAME, old, new, 1000) == (
        "--- a/topics/icp.md\n+++ b/topics/icp.md\n@@ -7,7 +7,8 @@\n line 7\n line 8\n line 9\n"
        "-line 10\n+line ten\n+and more\n line 11\n line 12\n line 13\n"
    )


def test_changes_far_apart_are_hunks_of_their_own() -> None:
    old = numbered(1, 40)
    new = b"first\n" + old.replace(b"line 30\n", b"")

    diff = unified(NAME, old, new, 1000)

    assert [line for line in diff.splitlines() if line.startswith("@@")] == ["@@ -1,3 +1,4 @@", "@@ -27,7 +28,6 @@"]


def test_equal_contents_have_no_diff() -> None:
    assert unified(NAME, b"a\n", b"a\n", 1000) == ""


def test_a_file_that_is_gone_is_taken_out_whole() -> None:
    assert unified(NAME, b"a\nb\n", b"", 1000) == "--- a/topics/icp.md\n+++ b/topics/icp.md\n@@ -1,2 +0,0 @@\n-a\n-b\n"


def test_a_missing_line_break_at_the_end_is_shown() -> None:
    assert unified(NAME, b"a", b"a\n", 1000).endswith("-a\n\\ No newline at end of file\n+a\n")


def test_a_long_diff_is_cut_between_lines_and_says_so() -> None:
    diff = unified(NAME, b"", numbered(1, 1000), 500)

    assert len(diff.encode()) <= 500
    assert diff.splitlines()[-1] == "... the diff goes on; read the file ..."
    assert diff.splitlines()[-2].startswith("+line ")


def test_where_very_much_differs_all_of_it_is_one_hunk() -> None:
    common = numbered(1, 5)
    lines = [(b"same %d\n" % number, b"old %d\n" % number, b"new %d\n" % number) for number in range(2000)]
    old = common + b"".join(itertools.chain.from_iterable((same, was) for same, was, _ in lines)) + common
    new = common + b"".join(itertools.chain.from_iterable((same, now) for same, _, now in lines)) + common

    diff = unified(NAME, old, new, 1 << 20)

    (hunk,) = [line for line in diff.splitlines() if line.startswith("@@")]
    assert hunk == "@@ -4,4005 +4,4005 @@"
    assert diff.count("\n-") == diff.count("\n+") - 1 == 3999
