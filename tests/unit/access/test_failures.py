"""Counting failures by address: a moving minute, and no more memory than it may take."""

import threading

from memory_service.access.failures import ADDRESSES, Failures
from tests.clocks import ManualSeconds

HERE = "192.0.2.1"


def test_failures_are_allowed_again_one_by_one_as_the_minute_moves_on() -> None:
    now = ManualSeconds()
    failures = Failures(2, now)
    assert failures.add(HERE) is None
    now.advance(20)
    assert failures.add(HERE) is None
    now.advance(20)
    assert failures.add(HERE) == 20
    now.advance(20)
    assert failures.add(HERE) is None
    assert failures.add(HERE) == 20


def test_a_failure_that_is_one_too_many_does_not_lengthen_the_wait() -> None:
    now = ManualSeconds()
    failures = Failures(1, now)
    failures.add(HERE)
    now.advance(59.5)
    assert [failures.add(HERE) for _ in range(3)] == [1, 1, 1]
    now.advance(0.5)
    assert failures.add(HERE) is None


def test_the_address_that_has_not_failed_for_longest_is_forgotten_when_there_are_too_many() -> None:
    failures = Failures(1, ManualSeconds())
    failures.add(HERE)
    failures.add("192.0.2.2")
    failures.add(HERE)
    for number in range(ADDRESSES - 1):
        failures.add(f"2001:db8::{number:x}")
    assert failures.add(HERE) is not None
    assert failures.add("192.0.2.2") is None


def test_failures_of_many_threads_are_all_counted() -> None:
    failures = Failures(40, ManualSeconds())
    together = threading.Barrier(8)
    answers: list[int | None] = []

    def fail() -> None:
        together.wait(10)
        answers.extend([failures.add(HERE) for _ in range(10)])

    threads = [threading.Thread(target=fail) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert answers.count(None) == 40
    assert answers.count(60) == 40
