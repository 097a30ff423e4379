"""Who a secret belongs to, and who is slowed down."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from memory_service.access import Authenticator, mint
from memory_service.domain.calls import Scope
from memory_service.domain.errors import AuthThrottled, StorageFull, TokenInvalid, TokenMissing
from memory_service.domain.ids import KeyId, OrgId
from tests.clocks import ManualClock
from tests.fakes.key_store import InMemoryKeyStore

UNKNOWN = "cmk_PbZtucpOu0C9dhXzdfH9PeCBSPrrYf1Ei2YZ"
HERE = "192.0.2.1"
ELSEWHERE = "192.0.2.2"


class Desk:
    """A store with one key, and the authenticator that looks into it."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.store = InMemoryKeyStore(OrgId("acme"))
        expires = self.clock() + timedelta(days=30)
        scopes = frozenset({Scope.RUNTIME})
        self.key, self.secret = mint(KeyId("key_1"), OrgId("acme"), "agent", scopes, self.clock(), expires)
        self.store.add(self.key)
        self.authenticator = Authenticator(self.store, self.clock, failures_per_minute=3)

    def authenticate(self, secret: str | None, address: str = HERE) -> str:
        return self.authenticator.authenticate(secret, address).key_name


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_good_secret_names_its_bearer(desk: Desk) -> None:
    principal = desk.authenticator.authenticate(desk.secret, HERE)
    assert (principal.org, principal.key_id, principal.key_name) == ("acme", "key_1", "agent")
    assert principal.scopes == {Scope.RUNTIME}


@pytest.mark.parametrize("secret", [None, ""])
def test_no_secret_is_another_error_than_a_bad_one(desk: Desk, secret: str | None) -> None:
    with pytest.raises(TokenMissing):
        desk.authenticate(secret)


@pytest.mark.parametrize("secret", ["nonsense", UNKNOWN, "\ud800"])
def test_an_unknown_secret_is_refused(desk: Desk, secret: str) -> None:
    with pytest.raises(TokenInvalid):
        desk.authenticate(secret)


def test_a_revoked_key_is_refused_at_once(desk: Desk) -> None:
    assert desk.authenticate(desk.secret) == "agent"
    desk.store.revoke(desk.key.id, desk.clock())
    with pytest.raises(TokenInvalid):
        desk.authenticate(desk.secret)


def test_an_expired_key_is_refused(desk: Desk) -> None:
    desk.clock.advance(30 * 24 * 3600 - 1)
    assert desk.authenticate(desk.secret) == "agent"
    desk.clock.advance(1)
    with pytest.raises(TokenInvalid):
        desk.authenticate(desk.secret)


def test_an_address_that_guesses_is_slowed_down_and_no_other(desk: Desk) -> None:
    for _ in range(3):
        with pytest.raises(TokenInvalid):
            desk.authenticate("guess")
    with pytest.raises(AuthThrottled) as throttled:
        desk.authenticate("guess")
    assert throttled.value.retry_after == 60
    with pytest.raises(TokenInvalid):
        desk.authenticate("guess", ELSEWHERE)
    assert desk.authenticate(desk.secret) == "agent"


def test_the_use_of_a_key_is_noted_at_most_once_a_minute(desk: Desk) -> None:
    uses = []
    for seconds in (0, 30, 29, 1):
        desk.clock.advance(seconds)
        desk.authenticate(desk.secret)
        uses.append(desk.store.keys()[0].last_used_at)
    start = ManualClock()()
    assert uses == [start, start, start, start + timedelta(seconds=60)]


def test_a_good_secret_is_good_while_its_use_cannot_be_noted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(key_id: KeyId, at: datetime) -> None:
        raise StorageFull

    monkeypatch.setattr(desk.store, "used", full)
    assert desk.authenticate(desk.secret) == "agent"


def test_a_use_noted_by_another_process_counts(desk: Desk) -> None:
    noted = desk.clock()
    desk.store.used(desk.key.id, noted)
    desk.clock.advance(30)
    desk.authenticate(desk.secret)
    assert desk.store.keys()[0] == replace(desk.key, last_used_at=noted)
