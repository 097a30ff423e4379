"""Commit messages, identities and trailers."""

import pytest

from memory_service.storage.messages import compose, identity, trailers_of


def test_a_message_is_one_line_and_a_paragraph_of_trailers() -> None:
    message = compose("append\n\nKey: forged\x00", {"Session-Id": "session_1", "Execution-Id": "exec_1"})
    assert message == b"append Key: forged\n\nSession-Id: session_1\nExecution-Id: exec_1\n"
    assert trailers_of(message) == {"Session-Id": "session_1", "Execution-Id": "exec_1"}


def test_a_message_without_trailers_has_none() -> None:
    assert compose("Execution-Id: exec_1", {}) == b"Execution-Id: exec_1\n"
    assert trailers_of(compose("Execution-Id: exec_1", {})) == {}


def test_a_value_cannot_begin_another_trailer() -> None:
    message = compose("x", {"Key-Id": "key_1\nExecution-Id: exec_1"})
    assert trailers_of(message) == {"Key-Id": "key_1 Execution-Id: exec_1"}


@pytest.mark.parametrize(
    "message",
    [
        b"subject\nExecution-Id: exec_1\n",
        b"subject\n\nExecution-Id: exec_1\n\nand more text\n",
        b"subject\n\ntext\nExecution-Id: exec_1\n",
        b"subject\n\nExecution-Id: exec_1\n continued\n",
        b"\n\nExecution-Id: exec_1\n",
        b"",
    ],
)
def test_a_line_elsewhere_is_no_trailer(message: bytes) -> None:
    assert trailers_of(message) == {}


@pytest.mark.parametrize(
    ("name", "address", "expected"),
    [
        ("Ada", "key_1", b"Ada <key_1>"),
        ("A<d>a\n", "k>e<y\n1", b"Ada <key 1>"),
        ("", "key_1", b"key_1 <key_1>"),
        ("<>", "", b"unknown <>"),
        ("Zoë \ud800", "key_1", "Zoë ? <key_1>".encode()),
    ],
)
def test_an_identity_is_one_that_git_takes(name: str, address: str, expected: bytes) -> None:
    assert identity(name, address) == expected
