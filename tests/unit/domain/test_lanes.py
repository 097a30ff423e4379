"""A queue that is fair between those who fill it."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from memory_service.domain.lanes import Lanes


def filled(places: int, *waiting: tuple[str, int]) -> Lanes[int]:
    lanes = Lanes[int](places)
    for names, item in waiting:
        assert lanes.put(names.split(), item)
    return lanes


def test_lanes_are_served_in_turn_and_each_in_order_of_arrival() -> None:
    lanes = filled(100, ("a", 1), ("a", 2), ("a", 3), ("b", 4), ("c", 5), ("b", 6))
    assert lanes.take(4) == [1, 4, 5, 2]
    assert lanes.take(100) == [6, 3]
    assert lanes.take(100) == []


def test_who_has_many_lanes_within_one_gets_no_more_turns() -> None:
    lanes = filled(100, ("key1 s1", 1), ("key1 s2", 2), ("key1 s3", 3), ("key2 s4", 4), ("key2 s4", 5))
    assert lanes.take(100) == [1, 4, 2, 5, 3]


def test_who_comes_again_stands_behind_those_who_wait() -> None:
    lanes = filled(100, ("a", 1), ("b", 2), ("c", 3))
    assert lanes.take(1) == [1]
    assert lanes.put(["a"], 4)
    assert lanes.take(100) == [2, 3, 4]


def test_one_lane_is_full_while_there_is_room_for_others() -> None:
    lanes = Lanes[int](90)
    while lanes.put(["loud", "s1"], 0):
        pass
    assert len(lanes) == 30
    while lanes.put(["loud", "s2"], 0):
        pass
    assert len(lanes) == 40
    assert lanes.put(["quiet", "s3"], 1)
    assert 1 in lanes.take(2)


def test_without_lanes_all_places_are_taken() -> None:
    lanes = Lanes[int](3)
    assert [lanes.put((), number) for number in range(4)] == [True, True, True, False]
    assert lanes.take(2) == [0, 1]
    assert lanes.put((), 4)


@given(st.lists(st.one_of(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), st.integers(1, 5))))
def test_nothing_is_lost_and_no_lane_is_overtaken_twice(steps: list[tuple[str, str] | int]) -> None:
    lanes = Lanes[tuple[str, str, int]](20)
    waiting: dict[tuple[str, str], list[int]] = defaultdict(list)
    passed: dict[str, dict[str, int]] = {}
    for number, step in enumerate(steps):
        if isinstance(step, tuple):
            if lanes.put(step, (*step, number)):
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
