"""Organisations, and what goes with them."""

import pytest
from sqlalchemy import func, select

from memory_service.access import mint
from memory_service.database import Database, Keys, Org, Orgs, Pushes, RuntimeRecords
from memory_service.database.tables import metadata
from memory_service.domain.calls import Scope
from memory_service.domain.errors import OrgExists, OrgNotFound
from memory_service.domain.ids import KeyId, OrgId
from memory_service.domain.pushes import PushMode
from tests.records import (
    ACME,
    NOON,
    RIVAL,
    at,
    checkpoint,
    completed,
    execution,
    finish,
    idempotency,
    push,
    session,
    start,
)


def test_organisations_are_listed_by_name_with_the_moment_they_were_made(database: Database) -> None:
    orgs = Orgs(database)
    orgs.add(RIVAL, at(1))
    orgs.add(ACME, at(2))
    assert list(orgs.list()) == [Org(name=ACME, created_at=at(2)), Org(name=RIVAL, created_at=at(1))]
    assert orgs.exists(ACME)
    assert not orgs.exists(OrgId("acm"))


def test_a_name_is_taken_once(database: Database) -> None:
    orgs = Orgs(database)
    orgs.add(ACME, at(1))
    with pytest.raises(OrgExists):
        orgs.add(ACME, at(2))
    assert list(orgs.list()) == [Org(name=ACME, created_at=at(1))]


def test_no_unknown_organisation_is_removed(database: Database) -> None:
    with pytest.raises(OrgNotFound):
        Orgs(database).remove(ACME)


def test_pushes_are_merged_until_an_organisation_wants_it_otherwise(database: Database) -> None:
    orgs = Orgs(database)
    orgs.add(ACME, NOON)
    orgs.add(RIVAL, NOON)
    assert orgs.push_mode(ACME) is PushMode.MERGE
    orgs.set_push_mode(ACME, PushMode.FAST_FORWARD)
    assert orgs.push_mode(ACME) is PushMode.FAST_FORWARD
    assert [org.push for org in orgs.list()] == [PushMode.FAST_FORWARD, PushMode.MERGE]


def test_an_unknown_organisation_has_no_setting(database: Database) -> None:
    with pytest.raises(OrgNotFound):
        Orgs(database).push_mode(ACME)
    with pytest.raises(OrgNotFound):
        Orgs(database).set_push_mode(ACME, PushMode.MERGE)


def test_with_an_organisation_goes_everything_of_it_and_nothing_of_others(database: Database) -> None:
    for number, org in enumerate((ACME, RIVAL), start=1):
        Orgs(database).add(org, NOON)
        key, _ = mint(KeyId(f"key_{org}"), org, "agent", frozenset({Scope.RUNTIME}), NOON, None)
        Keys(database).add(key)
        fresh = session(number, org)
        begun = execution(number, fresh)
        records = RuntimeRecords(database)
        records.begin(start(begun, new_session=fresh, idempotency=idempotency("once", org=org)))
        records.add_checkpoint(checkpoint(begun, 4))
        records.finish(finish(completed(begun, at(9)), seen={"/a.md": "v1"}))
        Pushes(database).add(push(number, org))
    before = rows(database)
    Orgs(database).remove(ACME)
    assert all(count and count % 2 == 0 for count in before.values())
    assert rows(database) == {table: count // 2 for table, count in before.items()}
    assert database.integrity() == []


def rows(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }
