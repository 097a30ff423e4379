"""The numbers behind the order of hits."""

import pytest

from memory_service.search.scoring import (
    FILE_SHARE,
    FULL_IMPACT,
    K1,
    TITLE_B,
    TYPICAL_LENGTH,
    TYPICAL_TITLE,
    B,
    Text,
    impacts,
    least_told,
    most_for,
    phrase_impact,
    raw_score,
    share,
    weight,
)


def told(count: int, length: int = TYPICAL_LENGTH, title: int = 0) -> int:
    """The impact of a term in the only section of a file, and in a title of so many terms."""
    text = Text({"x": count} if count else {}, length)
    return impacts(text, text, ["x", *map(str, range(title - 1))] if title else [])["x"]


def in_file(count: int, length: int) -> int:
    """The impact of a term that stands once in a section, in a file where it stands so many times."""
    return impacts(Text({"x": 1}, TYPICAL_LENGTH), Text({"x": count}, length), [])["x"]


def test_more_of_a_term_tells_more_but_less_and_less() -> None:
    by_count = [told(count) for count in range(1, 30)]
    assert by_count == sorted(by_count)
    assert by_count[1] - by_count[0] > by_count[2] - by_count[1] > by_count[8] - by_count[7]


def test_a_term_tells_more_of_a_short_section_and_of_a_short_title() -> None:
    by_length = [told(1, length) for length in (1, 50, TYPICAL_LENGTH, 1000, 10**6)]
    assert by_length == sorted(by_length, reverse=True)
    assert by_length[-1] >= 1
    by_title = [told(0, title=terms) for terms in (1, 4, 12, 100)]
    assert by_title == sorted(set(by_title), reverse=True)


def test_a_term_that_the_rest_of_the_file_holds_too_tells_more() -> None:
    assert in_file(9, 5 * TYPICAL_LENGTH) > in_file(1, TYPICAL_LENGTH) > in_file(1, 5 * TYPICAL_LENGTH)


def test_an_impact_fits_a_byte() -> None:
    full = [told(10**6, 1, title=1), told(10**6, 10**6, title=1), told(1, 10**6), told(0, title=10**4)]
    assert all(1 <= impact <= FULL_IMPACT == 255 for impact in full)
    assert full[0] > 0.8 * FULL_IMPACT


def test_impact_follows_bm25() -> None:
    """tf / (tf + k1 * (1 - b + b * length / typical)) of section and file, and of the title with its own b."""
    section, file = Text({"x": 3}, 2 * TYPICAL_LENGTH), Text({"x": 5}, 6 * TYPICAL_LENGTH)
    text = (1 - FILE_SHARE) * 3 / (3 + K1 * (1 - B + B * 2)) + FILE_SHARE * 5 / (5 + K1 * (1 - B + B * 6))
    most = 1 + 1 / (1 + K1 * (1 - TITLE_B))
    assert impacts(section, file, [])["x"] == round(255 * text / most)
    title = ["x", *map(str, range(TYPICAL_TITLE - 1))]
    assert impacts(section, file, title)["x"] == round(255 * (text + 1 / (1 + K1)) / most)


def test_a_phrase_tells_as_much_as_a_word_of_a_typical_section() -> None:
    assert phrase_impact(2) == told(2)


def test_a_rare_term_weighs_more() -> None:
    weights = [weight(files, 1000) for files in (0, 1, 10, 100, 999, 1000)]
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] >= 1


@pytest.mark.parametrize("files", [1, 2, 100, 10**7])
def test_even_a_term_of_every_file_weighs_something(files: int) -> None:
    assert weight(files, files) >= 1


def test_a_section_that_holds_more_of_the_query_is_better_than_one_of_which_as_much_is_told() -> None:
    assert raw_score(1000, 20, 30) > raw_score(1000, 10, 30)
    assert raw_score(1000, 30, 30) == most_for(1000, 30)


@pytest.mark.parametrize("held", [1, 300, 700])
@pytest.mark.parametrize("told", [1, 255, 12_345])
def test_a_score_takes_what_was_told_and_no_less(told: int, held: int) -> None:
    assert least_told(raw_score(told, held, 700), held, 700) == told
    assert least_told(raw_score(told, held, 700) + 1, held, 700) == told + 1
    assert least_told(raw_score(told, held, 700), 700, 700) <= told


def test_no_score_takes_nothing() -> None:
    assert least_told(0, 1, 1) == 0


def test_a_share_is_of_the_best_that_could_be() -> None:
    assert share(most_for(FULL_IMPACT * 700, 700), 700) == 1
    assert share(most_for(FULL_IMPACT * 350, 700), 700) == 0.5
    assert share(most_for(123_456, 10**6), 10**6) == 0.0004841


def test_a_share_is_never_nothing_and_keeps_the_order() -> None:
    raws = [raw_score(told, 10, 10**6) for told in (1, 2, 300, 301, 10**5, 10**5 + 50, 255 * 10**6)]
    shares = [share(raw, 10**6) for raw in raws]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[1]
