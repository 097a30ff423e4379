import pytest
from limits import RateLimitItemPerHour

from memory_service.domain.errors import RateLimited
from memory_service.domain.ids import KeyId
from memory_service.http_api.rate import KeyRate

ONE, OTHER = KeyId("key_1"), KeyId("key_2")


@pytest.mark.requirement("errors.rate_limited")
def test_a_key_that_has_used_up_its_window_is_refused() -> None:
    rate = KeyRate(RateLimitItemPerHour(3))
    for _ in range(3):
        rate.take(ONE)
    with pytest.raises(RateLimited) as caught:
        rate.take(ONE)
    assert caught.value.retry_after == 3600


def test_another_key_has_a_window_of_its_own() -> None:
    rate = KeyRate(RateLimitItemPerHour(1))
    rate.take(ONE)
    rate.take(OTHER)
    with pytest.raises(RateLimited):
        rate.take(ONE)


def test_the_headers_tell_the_policy_and_what_is_left() -> None:
    rate = KeyRate(RateLimitItemPerHour(3))
    rate.take(ONE)
    assert rate.headers(ONE) == {"RateLimit-Policy": '"default";q=3;w=3600', "RateLimit": '"default";r=2;t=3600'}


def test_two_applications_count_apart() -> None:
    KeyRate(RateLimitItemPerHour(1)).take(ONE)
    KeyRate(RateLimitItemPerHour(1)).take(ONE)
