import pytest

from memory_service.domain.errors import ContentInvalid
from memory_service.memory.lines import added_lines, count, encoded, joined, window


@pytest.mark.parametrize(
    ("content", "lines"), [(b"", 0), (b"a", 1), (b"a\n", 1), (b"a\nb", 2), (b"\n", 1), (b"a\r\nb\r\n", 2), (b"a\rb", 1)]
)
def test_a_final_line_break_does_not_begin_another_line(content: bytes, lines: int) -> None:
    assert count(content) == lines


@pytest.mark.parametrize("old", [b"a", b"a\n", b"a\n\n\n", b"a\r\n"])
@pytest.mark.parametrize("new", [b"b", b"\nb", b"\n\r\n\nb\n", b"b\n\n"])
def test_joined_texts_have_one_line_break_between_them_and_one_at_the_end(old: bytes, new: bytes) -> None:
    line_break = b"\r\n" if b"\r" in old else b"\n"
    if old != b"a":
        assert joined(old, new) == b"a" + line_break + b"b" + line_break
    else:
        assert joined(old, new).replace(b"\r", b"") == b"a\nb\n"


def test_a_text_joined_to_nothing_begins_the_file() -> None:
    assert joined(b"", b"\nb") == b"b\n"
    assert joined(b"\n\n", b"b") == b"b\n"


def test_a_joined_text_takes_the_line_break_of_the_file_and_keeps_its_own_inside() -> None:
    assert joined(b"a\r\nb\r\n", b"c\nd") == b"a\r\nb\r\nc\nd\r\n"
    assert joined(b"a\nb\r\n", b"c\r\nd") == b"a\nb\nc\r\nd\n"
    assert joined(b"a", b"b\r\nc") == b"a\r\nb\r\nc\r\n"


def test_spaces_are_no_line_breaks() -> None:
    assert joined(b"a  \n  \n", b"  - b") == b"a  \n  \n  - b\n"


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [(b"", b"b", (1, 1)), (b"a\nb\n", b"c\nd", (3, 4)), (b"a\n\n\n", b"b", (2, 2)), (b"a", b"b\r\nc", (2, 3))],
)
def test_the_lines_of_an_added_text_are_found_in_the_joined_one(old: bytes, new: bytes, lines: tuple[int, int]) -> None:
    content = joined(old, new)

    start, end = added_lines(old, content)

    assert (start, end) == lines
    shown = window(content, start, end, 1000)
    assert shown is not None
    assert shown.content.strip(b"\r\n") == new


def test_a_window_gives_the_lines_with_their_ends() -> None:
    shown = window(b"one\r\ntwo\nthree", 2, 9, 1000)

    assert shown is not None
    assert (shown.content, shown.start, shown.end, shown.total, shown.truncated) == (b"two\nthree", 2, 3, 3, False)


def test_a_window_stops_before_it_grows_too_large_and_says_so() -> None:
    shown = window(b"1234\n" * 10, 3, 9, 12)

    assert shown is not None
    assert (shown.content, shown.start, shown.end, shown.truncated) == (b"1234\n1234\n", 3, 4, True)


def test_a_window_gives_at_least_one_line_however_long() -> None:
    shown = window(b"123456789\nb\n", 1, 2, 4)

    assert shown is not None
    assert (shown.content, shown.end, shown.truncated) == (b"123456789\n", 1, True)


@pytest.mark.parametrize("content", [b"", b"a\nb\n"])
def test_a_window_may_begin_one_past_the_last_line_and_no_further(content: bytes) -> None:
    total = count(content)

    shown = window(content, total + 1, 99, 1000)

    assert shown is not None
    assert (shown.content, shown.start, shown.end, shown.total) == (b"", total + 1, total, total)
    assert window(content, total + 2, 99, 1000) is None


@pytest.mark.parametrize(("text", "rule"), [("a\0b", "nul"), ("a\ud800b", "utf8")])
def test_text_that_no_file_can_hold_is_refused_by_its_rule(text: str, rule: str) -> None:
    with pytest.raises(ContentInvalid) as caught:
        encoded(text)

    assert caught.value.rule == rule


def test_text_is_encoded_as_it_is() -> None:
    assert encoded("a\r\nb\u2028é") == "a\r\nb\u2028é".encode()
