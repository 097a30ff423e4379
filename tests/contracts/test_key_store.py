"""What every store of keys does, in memory and in a database."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from memory_service.access.ports import KeyStore
from memory_service.database import Database, Keys, Orgs
from memory_service.domain.calls import Scope
from memory_service.domain.errors import KeyNotFound, OrgNotFound
from memory_service.domain.ids import KeyId, OrgId
from memory_service.domain.keys import Key
from tests.fakes.key_store import InMemoryKeyStore

ACME = OrgId("acme")
RIVAL = OrgId("rival")
NOON = datetime(2026, 4, 15, 12, 0, tzinfo=UTC)


def in_memory(folder: Path) -> Iterator[KeyStore]:
    yield InMemoryKeyStore(ACME, RIVAL)


def in_a_database(folder: Path) -> Iterator[KeyStore]:
    database = Database(folder / "memory.db")
    for org in (ACME, RIVAL):
        Orgs(database).add(org, NOON)
    yield Keys(database)
    database.close()


@pytest.fixture(params=[in_memory, in_a_database])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeyStore]:
    open_store: Callable[[Path], Iterator[KeyStore]] = request.param
    yield from open_store(tmp_path)


def key(number: int, org: OrgId = ACME) -> Key:
    return Key(
        id=KeyId(f"key_{number}"),
        org=org,
        name=f"agent {number}",
        scopes=frozenset({Scope.RUNTIME, Scope.GIT_READ}),
        secret_hash=bytes([number]) * 32,
        hint="wxyz",
        created_at=NOON + timedelta(seconds=number),
        expires_at=NOON + timedelta(days=30),
    )


def test_a_key_is_found_by_the_hash_of_its_secret(store: KeyStore) -> None:
    store.add(key(1))
    store.add(key(2))
    assert store.by_hash(bytes([2]) * 32) == key(2)
    assert store.by_hash(bytes([3]) * 32) is None


def test_a_key_of_no_organisation_is_refused(store: KeyStore) -> None:
    with pytest.raises(OrgNotFound):
        store.add(key(1, OrgId("nobody")))
    assert list(store.keys()) == []


def test_keys_are_listed_oldest_first_of_one_organisation_or_all(store: KeyStore) -> None:
    for kept in (key(3), key(1), key(2, RIVAL)):
        store.add(kept)
    assert list(store.keys()) == [key(1), key(2, RIVAL), key(3)]
    assert list(store.keys(ACME)) == [key(1), key(3)]
    assert list(store.keys(OrgId("nobody"))) == []


def test_a_key_is_revoked_once_and_stays_on_the_list(store: KeyStore) -> None:
    store.add(key(1))
    revoked = replace(key(1), revoked_at=NOON)
    assert store.revoke(key(1).id, NOON) == revoked
    assert store.revoke(key(1).id, NOON + timedelta(days=1)) == revoked
    assert store.by_hash(key(1).secret_hash) == revoked
    assert list(store.keys(ACME)) == [revoked]


def test_no_unknown_key_is_revoked(store: KeyStore) -> None:
    with pytest.raises(KeyNotFound):
        store.revoke(KeyId("key_9"), NOON)


def test_the_last_use_of_a_key_is_kept(store: KeyStore) -> None:
    store.add(key(1))
    for later in (timedelta(0), timedelta(minutes=1)):
        store.used(key(1).id, NOON + later)
        assert store.keys(ACME)[0].last_used_at == NOON + later


def test_the_use_of_an_unknown_key_is_nothing(store: KeyStore) -> None:
    store.used(KeyId("key_9"), NOON)
    assert list(store.keys()) == []
