"""The numbers behind the order of hits."""

import pytest

from memory_service.search.scoring import FULL_IMPACT, TYPICAL_LENGTH, impacts, phrase_impact, share, weight


def test_more_of_a_term_tells_more_but_less_and_less() -> None:
    told = [impacts({"x": count}, TYPICAL_LENGTH)["x"] for count in range(1, 30)]
    assert told == sorted(told)
    assert told[1] - told[0] > told[2] - told[1] > told[8] - told[7]


def test_a_term_tells_more_of_a_short_section() -> None:
    told = [impacts({"x": 1}, length)["x"] for length in (1, 50, TYPICAL_LENGTH, 1000, 10**6)]
    assert told == sorted(told, reverse=True)
    assert told[-1] >= 1


def test_an_impact_fits_a_byte() -> None:
    told = impacts({"rare": 1, "everywhere": 10**6}, 10**6) | impacts({"alone": 10**6}, 1)
    assert all(1 <= impact <= FULL_IMPACT == 255 for impact in told.values())


def test_impact_follows_bm25() -> None:
    # tf / (tf + k1 * (1 - b + b * length / average)) with k1 = 1.2 and b = 0.75
    assert impacts({"x": 3}, 2 * TYPICAL_LENGTH)["x"] == round(255 * 3 / (3 + 1.2 * (0.25 + 0.75 * 2)))


def test_a_phrase_tells_as_much_as_a_word_of_a_typical_section() -> None:
    assert phrase_impact(2) == impacts({"x": 2}, TYPICAL_LENGTH)["x"]


def test_a_rare_term_weighs_more() -> None:
    weights = [weight(files, 1000) for files in (0, 1, 10, 100, 999, 1000)]
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] >= 1


@pytest.mark.parametrize("files", [1, 2, 100, 10**7])
def test_even_a_term_of_every_file_weighs_something(files: int) -> None:
    assert weight(files, files) >= 1


def test_a_share_is_of_the_best_that_could_be() -> None:
    assert share(FULL_IMPACT * 700, 700) == 1
    assert share(FULL_IMPACT * 350, 700) == 0.5
    assert share(123_456, 10**6) == 0.0004841


def test_a_share_is_never_nothing_and_keeps_the_order() -> None:
    shares = [share(raw, 10**6) for raw in (1, 2, 300, 301, 10**5, 10**5 + 50, 255 * 10**6)]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[1]
