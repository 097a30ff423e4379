"""Calls that are carried out in batches by one caller at a time."""

import threading
from collections.abc import Sequence

import pytest

from memory_service.domain.errors import Overloaded
from memory_service.domain.turns import Turns
from tests.queues import queued

WAIT = 30


class Gate:
    """Carries out batches; the first waits until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun = threading.Event()
        self.open = threading.Event()

    def __call__(self, asked: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(asked))
        self.begun.set()
        assert self.open.wait(WAIT)
        return [ValueError(str(number)) if number < 0 else number * 10 for number in asked]


class Callers:
    """Threads that each take one turn."""

    def __init__(self, turns: Turns[int, int]) -> None:
        self.answers: dict[int, int | Exception] = {}
        self._turns = turns
        self._threads: list[threading.Thread] = []

    def ask(self, number: int, *lane: str) -> None:
        thread = threading.Thread(target=self._take, args=(number, lane))
        self._threads.append(thread)
        thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(WAIT)
            assert not thread.is_alive()

    def _take(self, number: int, lane: tuple[str, ...]) -> None:
        try:
            self.answers[number] = self._turns.take(number, lane)
        except Exception as error:  # noqa: BLE001 - kept for the assertion
            self.answers[number] = error


def test_what_waits_is_carried_out_together_in_order_and_each_gets_its_own() -> None:
    gate = Gate()
    turns = Turns[int, int](gate, waiting=10, batch=3)
    callers = Callers(turns)
    callers.ask(0)
    assert gate.begun.wait(WAIT)
    for place, number in enumerate([1, -2, 3, 4, 5], 1):
        callers.ask(number)
        queued(turns, place)
    gate.open.set()
    callers.join()
    assert gate.batches == [[0], [1, -2, 3], [4, 5]]
    failed = callers.answers.pop(-2)
    assert isinstance(failed, ValueError)
    assert callers.answers == {0: 0, 1: 10, 3: 30, 4: 40, 5: 50}


def test_who_asks_for_much_lets_nobody_wait_for_all_of_it() -> None:
    gate = Gate()
    turns = Turns[int, int](gate, waiting=20, batch=2)
    callers = Callers(turns)
    callers.ask(0, "flood")
    assert gate.begun.wait(WAIT)
    for place, number in enumerate(range(1, 7), 1):
        callers.ask(number, "flood")
        queued(turns, place)
    callers.ask(7, "other")
    queued(turns, 7)
    gate.open.set()
    callers.join()
    assert gate.batches == [[0], [1, 7], [2, 3], [4, 5], [6]]


def test_a_full_queue_turns_callers_away() -> None:
    gate = Gate()
    turns = Turns[int, int](gate, waiting=1, batch=3)
    callers = Callers(turns)
    callers.ask(0)
    assert gate.begun.wait(WAIT)
    callers.ask(1)
    queued(turns, 1)
    with pytest.raises(Overloaded):
        turns.take(2)
    gate.open.set()
    callers.join()
    assert callers.answers == {0: 0, 1: 10}


def test_what_the_work_raises_all_of_its_batch_get_and_the_next_batch_goes_on() -> None:
    calls: list[int] = []

    def work(asked: Sequence[int]) -> list[int | Exception]:
        calls.append(len(asked))
        if len(calls) == 1:
            raise KeyError("broken")
        return list(asked)

    turns = Turns[int, int](work, waiting=10, batch=3)
    with pytest.raises(KeyError):
        turns.take(1)
    assert turns.take(2) == 2


def test_an_interrupted_leader_leaves_nobody_waiting() -> None:
    gate = Gate()

    def work(asked: Sequence[int]) -> list[int | Exception]:
        gate(asked)
        if asked[0] == 0:
            raise KeyboardInterrupt
        return list(asked)

    turns = Turns[int, int](work, waiting=10, batch=3)
    follower = Callers(turns)

    def ask_then_open() -> None:
        assert gate.begun.wait(WAIT)
        follower.ask(1)
        queued(turns, 1)
        gate.open.set()

    helper = threading.Thread(target=ask_then_open)
    helper.start()
    with pytest.raises(KeyboardInterrupt):
        turns.take(0)
    helper.join(WAIT)
    follower.join()
    assert follower.answers == {1: 1}
