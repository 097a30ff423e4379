"""How well a section answers a query: BM25F, in whole numbers.

What a term tells about one section (its *impact*) depends on that section alone, and what a term is worth in a query
(its *weight*) on how many files hold it. Both are whole numbers, so a sum is the same in whatever order it is made,
and an index built at once ranks exactly like one that was brought up to date a hundred times.
"""

import math
from collections.abc import Mapping

K1 = 1.2
B = 0.75
TITLE_BOOST = 2
TYPICAL_LENGTH = 130
"""Words of a section that is neither long nor short: midway (geometrically) between the sizes at which sections are
joined and cut. Fixed, where BM25 takes the average of the collection: so no score changes when other files do."""

FULL_IMPACT = 255
"""The impact that a term approaches as it fills a section; an impact fits one byte."""
WEIGHT_UNIT = 1000


def impacts(frequencies: Mapping[str, int], length: int) -> dict[str, int]:
    """What each term tells of a section of ``length`` words in which it is found so many times.

    To stand in a title counts as ``TITLE_BOOST`` times.
    """
    damping = K1 * (1 - B + B * length / TYPICAL_LENGTH)
    table = {frequency: _impact(frequency, damping) for frequency in set(frequencies.values())}
    return {term: table[frequency] for term, frequency in frequencies.items()}


def phrase_impact(count: int) -> int:
    """What a phrase tells of a section in which it begins so many times, however long that is."""
    return _impact(count, K1)


def _impact(frequency: int, damping: float) -> int:
    return max(1, round(FULL_IMPACT * frequency / (frequency + damping)))


def weight(files_with_term: int, files: int) -> int:
    """What a term is worth in a query: its inverse document frequency in thousandths, as Lucene computes it."""
    return max(1, round(WEIGHT_UNIT * math.log1p((files - files_with_term + 0.5) / (files_with_term + 0.5))))


def share(raw: int, weights: int) -> float:
    """A raw score as the share, up to 1, of the best that any section could reach for these weights, in four digits."""
    return float(f"{raw / (FULL_IMPACT * weights):.4g}")
