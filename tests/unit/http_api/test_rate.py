import gc
import weakref

import pytest

from memory_service.domain.errors import RateLimited
from memory_service.domain.ids import KeyId
from memory_service.http_api.rate import KeyRate
from tests.clocks import ManualSeconds

ONE, OTHER = KeyId("key_1"), KeyId("key_2")


def refused(rate: KeyRate, key_id: KeyId = ONE) -> int | None:
    with pytest.raises(RateLimited) as caught:
        rate.take(key_id)
    return caught.value.retry_after


@pytest.mark.requirement("errors.rate_limited")
def test_a_key_that_has_used_up_its_window_is_refused_until_its_oldest_request_leaves_it() -> None:
    now = ManualSeconds()
    rate = KeyRate(3, 60, now)
    for _ in range(3):
        rate.take(ONE)
        now.now += 10
    assert refused(rate) == 30
    now.now += 29.5
    assert refused(rate) == 1
    now.now += 0.5
    rate.take(ONE)
    assert refused(rate) == 10


def test_refused_requests_do_not_count() -> None:
    now = ManualSeconds()
    rate = KeyRate(1, 60, now)
    rate.take(ONE)
    now.now += 59
    refused(rate)
    now.now += 1
    rate.take(ONE)


def test_another_key_has_a_window_of_its_own() -> None:
    rate = KeyRate(1, 3600)
    rate.take(ONE)
    rate.take(OTHER)
    refused(rate)


def test_the_headers_tell_the_policy_and_what_is_left() -> None:
    now = ManualSeconds()
    rate = KeyRate(3, 3600, now)
    rate.take(ONE)
    assert rate.headers(ONE) == {"RateLimit-Policy": '"default";q=3;w=3600', "RateLimit": '"default";r=2;t=3600'}
    now.now += 3600
    assert rate.headers(ONE)["RateLimit"] == '"default";r=3;t=3600'
    assert rate.headers(OTHER)["RateLimit"] == '"default";r=3;t=3600'


def test_two_applications_count_apart() -> None:
    KeyRate(1, 3600).take(ONE)
    KeyRate(1, 3600).take(ONE)


class Watched(str):
    """A key that can be seen to be forgotten."""


def test_a_key_is_forgotten_when_its_window_has_emptied() -> None:
    now = ManualSeconds()
    rate = KeyRate(2, 60, now)
    keys = [Watched(f"key_{number}") for number in range(100)]
    kept = [weakref.ref(key) for key in keys]
    for key in keys:
        rate.take(KeyId(key))
        now.now += 1
    del keys, key
    rate.take(OTHER)
    gc.collect()
    assert sum(key() is not None for key in kept) == 59
