"""A queue that is fair between those who fill it."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from memory_service.domain.lanes import Lanes, Places


def filled(*waiting: tuple[str, int]) -> Lanes[int]:
    lanes = Lanes[int]()
    for names, item in waiting:
        lanes.put(names.split(), item)
    return lanes


def test_lanes_are_served_in_turn_and_each_in_order_of_arrival() -> None:
    lanes = filled(("a", 1), ("a", 2), ("a", 3), ("b", 4), ("c", 5), ("b", 6))
    assert lanes.take(4) == [1, 4, 5, 2]
    assert lanes.take(100) == [6, 3]
    assert lanes.take(100) == []


def test_who_has_many_lanes_within_one_gets_no_more_turns() -> None:
    lanes = filled(("key1 s1", 1), ("key1 s2", 2), ("key1 s3", 3), ("key2 s4", 4), ("key2 s4", 5))
    assert lanes.take(100) == [1, 4, 2, 5, 3]


def test_who_comes_again_stands_behind_those_who_wait() -> None:
    lanes = filled(("a", 1), ("b", 2), ("c", 3))
    assert lanes.take(1) == [1]
    lanes.put(["a"], 4)
    assert lanes.take(100) == [2, 3, 4]


def fill(places: Places, *lane: str) -> int:
    """Take all the places that a lane may have; how many it got."""
    for count in range(1000):
        if not places.take(lane):
            return count
    raise AssertionError("there is no end of places")


def test_one_lane_is_full_while_there_are_places_for_others() -> None:
    places = Places(100)
    assert fill(places, "loud", "s1") == 90
    assert fill(places, "loud", "s2") == 0
    assert fill(places, "loud") == 0
    assert fill(places, "quiet", "s3") == 9
    assert fill(places, "late", "s4") == 1
    assert fill(places, "later", "s5") == 0


def test_a_place_that_is_given_back_is_free_for_anybody() -> None:
    places = Places(10)
    assert fill(places, "a", "s1") == 9
    places.give_back(["a", "s1"])
    assert places.take(["b", "s2"])
    assert places.take(["b", "s2"])
    assert not places.take(["a", "s1"])


def test_few_places_are_not_kept_from_who_is_alone() -> None:
    assert [fill(Places(count), "a", "s1") for count in (1, 2, 3)] == [1, 2, 3]


def test_without_lanes_all_places_are_taken() -> None:
    places = Places(3)
    assert fill(places) == 3
    places.give_back(())
    assert fill(places) == 1


@given(st.lists(st.one_of(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), st.integers(1, 5))))
def test_nothing_is_lost_and_no_lane_is_overtaken_twice(steps: list[tuple[str, str] | int]) -> None:
    lanes = Lanes[tuple[str, str, int]]()
    waiting: dict[tuple[str, str], list[int]] = defaultdict(list)
    passed: dict[str, dict[str, int]] = {}
    for number, step in enumerate(steps):
        if isinstance(step, tuple):
            lanes.put(step, (*step, number))
            waiting[step].append(number)
            passed.setdefault(step[0], {})
            continue
        for key, session, item in lanes.take(step):
            assert waiting[key, session].pop(0) == item
            for other, by in passed.items():
                if other != key:
                    by[key] = by.get(key, 0) + 1
                    assert by[key] <= 1
            passed[key] = {}
            if not any(rest for (one, _), rest in waiting.items() if one == key):
                del passed[key]
    assert len(lanes) == sum(map(len, waiting.values()))
    assert len(lanes.take(1000)) == sum(map(len, waiting.values()))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.booleans())), st.integers(1, 30))
def test_all_places_that_were_taken_can_be_given_back(steps: list[tuple[str, str, bool]], count: int) -> None:
    places = Places(count)
    taken: list[tuple[str, str]] = []
    for key, session, comes in steps:
        if comes:
            got = places.take((key, session))
            assert not got or len(taken) < count
            taken += [(key, session)] * got
        elif (key, session) in taken:
            taken.remove((key, session))
            places.give_back((key, session))
    for lane in taken:
        places.give_back(lane)
    assert fill(places) == count
