"""Identifiers sort by the time they were made."""

from datetime import UTC

from memory_service.identifiers import new_id, system_clock


def test_identifiers_are_distinct_and_sort_in_the_order_they_were_made() -> None:
    made = [new_id("exec") for _ in range(1000)]
    assert made == sorted(set(made))
    assert all(identifier.startswith("exec_") for identifier in made)


def test_the_clock_tells_utc() -> None:
    assert system_clock().tzinfo is UTC
