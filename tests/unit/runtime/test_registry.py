import pytest

from memory_service.domain.calls import Scope
from memory_service.domain.errors import CapabilityNotFound
from memory_service.domain.ids import OrgId
from memory_service.runtime.registry import Registry
from tests.fakes.capabilities import CHANGING, ECHO, integrations
from tests.unit.runtime.bench import principal

ACME = OrgId("acme")


def names(registry: Registry, org: str = "acme") -> list[str]:
    return [capability.name for capability in registry.capabilities(OrgId(org))]


def test_shared_capabilities_come_first_and_each_group_keeps_its_order() -> None:
    registry = Registry([CHANGING, ECHO], integrations)
    assert names(registry) == ["change", "echo", "calendar_create_event", "board_list"]
    assert names(registry) == names(registry)


def test_an_organisation_sees_the_accounts_that_are_its_own() -> None:
    registry = Registry([ECHO], integrations)
    own = registry.capability(ACME, "board_list").accounts
    foreign = registry.capability(OrgId("other"), "board_list").accounts
    assert [account.connected_account_id for account in own] == ["acc_3"]
    assert [account.connected_account_id for account in foreign] == ["acc_other_3"]


def test_an_unknown_name_is_not_found() -> None:
    with pytest.raises(CapabilityNotFound):
        Registry([ECHO]).capability(ACME, "eccho")


def test_two_shared_capabilities_of_one_name_are_refused_when_the_registry_is_made() -> None:
    with pytest.raises(ValueError, match="echo"):
        Registry([ECHO, CHANGING, ECHO])


def test_an_organisation_cannot_take_the_name_of_a_shared_capability() -> None:
    registry = Registry([ECHO], lambda org: [ECHO])
    with pytest.raises(ValueError, match="echo"):
        registry.capability(ACME, "echo")


def test_a_key_is_shown_what_it_may_invoke() -> None:
    registry = Registry([ECHO, CHANGING])
    shown = {
        scope: [capability.name for capability in registry.listed(principal(scope))]
        for scope in (Scope.RUNTIME, Scope.RUNTIME_READ, Scope.ALL, Scope.GIT_WRITE)
    }
    assert shown == {
        Scope.RUNTIME: ["echo", "change"],
        Scope.RUNTIME_READ: ["echo"],
        Scope.ALL: ["echo", "change"],
        Scope.GIT_WRITE: [],
    }
