"""What a principal may do."""

import pytest

from memory_service.domain.calls import Principal, Scope
from memory_service.domain.ids import KeyId, OrgId


def principal(*scopes: Scope) -> Principal:
    return Principal(org=OrgId("acme"), key_id=KeyId("key_1"), key_name="agent", scopes=frozenset(scopes))


@pytest.mark.parametrize(
    ("held", "allowed"),
    [
        (Scope.RUNTIME, {Scope.RUNTIME, Scope.RUNTIME_READ}),
        (Scope.RUNTIME_READ, {Scope.RUNTIME_READ}),
        (Scope.GIT_READ, {Scope.GIT_READ}),
        (Scope.GIT_WRITE, {Scope.GIT_READ, Scope.GIT_WRITE}),
        (Scope.ALL, set(Scope)),
    ],
)
def test_a_scope_allows_itself_and_what_it_implies(held: Scope, allowed: set[Scope]) -> None:
    assert {scope for scope in Scope if principal(held).allows(scope)} == allowed


def test_a_key_without_scopes_allows_nothing() -> None:
    assert not any(principal().allows(scope) for scope in Scope)
