import threading
import weakref
from functools import partial

import pytest

from memory_service.domain.errors import Overloaded
from memory_service.runtime.workers import Workers
from tests.fakes.capabilities import SECONDS


def test_jobs_run_in_as_many_threads_as_there_are_and_no_more() -> None:
    together = threading.Barrier(3)
    workers = Workers(3, 3, "test")
    jobs = [workers.submit(lambda: together.wait(SECONDS)) for _ in range(6)]
    workers.start()
    assert sorted(job.result(SECONDS) for job in jobs) == [0, 0, 1, 1, 2, 2]
    workers.stop()


def test_lanes_take_turns_and_leave_places_for_one_another() -> None:
    workers = Workers(1, 9, "test")
    done: list[str] = []
    jobs = [workers.submit(partial(done.append, name), [name[0]]) for name in ("a1", "a2", "a3", "b1", "a4", "b2")]
    workers.start()
    for job in jobs:
        job.result(SECONDS)
    assert done == ["a1", "b1", "a2", "b2", "a3", "a4"]
    for _ in range(9):
        workers.reserve(["a"])
    with pytest.raises(Overloaded):
        workers.reserve(["a"])
    assert workers.submit(lambda: "well", ["b"]).result(SECONDS) == "well"
    workers.stop()


def test_what_a_job_raises_is_its_futures_and_the_thread_goes_on() -> None:
    workers = Workers(1, 3, "test")
    workers.start()
    job = workers.submit(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        job.result(SECONDS)
    assert workers.submit(lambda: "well").result(SECONDS) == "well"
    workers.stop()


def test_stopping_cancels_what_waits_refuses_what_comes_and_lets_what_runs_end() -> None:
    entered, leave = threading.Event(), threading.Event()

    def hold() -> str:
        entered.set()
        assert leave.wait(SECONDS)
        return "ended"

    workers = Workers(1, 3, "test")
    workers.start()
    running, waiting = workers.submit(hold), workers.submit(hold)
    assert entered.wait(SECONDS)
    workers.stop()
    workers.stop()
    with pytest.raises(Overloaded):
        workers.submit(hold)
    assert (waiting.cancelled(), running.done(), workers.jobs) == (True, False, [running])
    leave.set()
    assert running.result(SECONDS) == "ended"


def test_there_is_a_place_for_each_thread_and_for_so_many_that_wait() -> None:
    workers = Workers(1, 2, "test")
    places = [workers.reserve() for _ in range(3)]
    with pytest.raises(Overloaded):
        workers.submit(lambda: "too many")
    places[0].cancel()
    workers.submit(lambda: "well")
    workers.start()
    workers.give(places[1], lambda: "given")
    assert places[1].result(SECONDS) == "given"
    workers.stop()


def test_an_idle_thread_holds_no_answer() -> None:
    class Answer:
        pass

    workers = Workers(1, 3, "test")
    workers.start()
    answer = workers.submit(Answer).result(SECONDS)
    gone = threading.Event()
    weakref.finalize(answer, gone.set)
    del answer
    assert gone.wait(SECONDS)
    workers.stop()
