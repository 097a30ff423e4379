"""Keys are made once, and told by their form."""

from datetime import UTC, datetime

import pytest

from memory_service.access import mint, parse_scopes
from memory_service.access.key_secrets import PREFIX, hashed, is_well_formed, new_secret
from memory_service.domain.calls import Scope
from memory_service.domain.errors import RequestInvalid
from memory_service.domain.ids import KeyId, OrgId
from memory_service.domain.keys import Key

NOW = datetime(2026, 4, 15, tzinfo=UTC)


def minted(label: str) -> tuple[Key, str]:
    return mint(KeyId("key_1"), OrgId("acme"), label, frozenset({Scope.RUNTIME}), NOW, None)


def test_a_key_keeps_the_hash_of_its_secret_and_no_more_of_it_than_a_hint() -> None:
    key, secret = minted("agent")
    assert secret.startswith(PREFIX)
    assert key.secret_hash == hashed(secret)
    assert key.hint == secret[-4:]
    assert secret not in repr(key)


def test_no_two_secrets_are_equal() -> None:
    assert len({new_secret() for _ in range(100)}) == 100


def test_a_mistyped_secret_is_told_by_its_check_characters() -> None:
    secret = new_secret()
    assert is_well_formed(secret)
    for position in range(len(PREFIX), len(secret)):
        other = "a" if secret[position] != "a" else "b"
        assert not is_well_formed(secret[:position] + other + secret[position + 1 :])


@pytest.mark.parametrize("text", ["", "cmk_", "sk_live_1234", "cmk_" + "a" * 36, "cmk_" + "é" * 36])
def test_what_has_not_the_form_of_a_secret_is_none(text: str) -> None:
    assert not is_well_formed(text)


@pytest.mark.parametrize("label", ["", "  ", "a\nb", "a\tb", "Eve <eve@example.com>", "x" * 101, "\ud800"])
def test_a_label_is_one_line_that_a_commit_can_name_as_its_author(label: str) -> None:
    with pytest.raises(RequestInvalid):
        minted(label)


def test_scopes_are_read_by_their_names() -> None:
    assert parse_scopes(["runtime:read", "git:write"]) == {Scope.RUNTIME_READ, Scope.GIT_WRITE}


@pytest.mark.parametrize("names", [[], ["root"], ["runtime", "Runtime"]])
def test_an_unknown_scope_is_refused_with_those_there_are(names: list[str]) -> None:
    with pytest.raises(RequestInvalid):
        parse_scopes(names)
