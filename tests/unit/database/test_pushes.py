"""Who pushed what."""

from memory_service.database import Database, Orgs, Pushes
from tests.records import ACME, NOON, RIVAL, push


def test_the_last_pushes_of_an_organisation_are_listed_newest_first(database: Database) -> None:
    for org in (ACME, RIVAL):
        Orgs(database).add(org, NOON)
    pushes = Pushes(database)
    for number in (1, 2, 3):
        pushes.add(push(number, ACME))
    pushes.add(push(4, RIVAL))
    assert list(pushes.list(ACME, 10)) == [push(3, ACME), push(2, ACME), push(1, ACME)]
    assert list(pushes.list(ACME, 2)) == [push(3, ACME), push(2, ACME)]
    assert list(pushes.list(RIVAL, 10)) == [push(4, RIVAL)]
