"""How well a section answers a query: BM25F, in whole numbers.

What a term tells about one section (its *impact*) depends on that section alone, and what a term is worth in a query
(its *weight*) on how many files hold it. Both are whole numbers, so a sum is the same in whatever order it is made,
and an index built at once ranks exactly like one that was brought up to date a hundred times.
"""

import math

K1 = 1.2
B = 0.75
TITLE_BOOST = 2
TYPICAL_LENGTH = 130
"""Words of a section that is neither long nor short. Fixed, where BM25 takes the average of the collection: sections
are cut to a narrow range of sizes, and with a fixed value no score changes when other files do."""

FULL_IMPACT = 255
"""The impact that a term approaches as it fills a section; an impact fits one byte."""
WEIGHT_UNIT = 1000


def impact(frequency: float, length: int) -> int:
    """What a term found ``frequency`` times (a title counts ``TITLE_BOOST``) tells of a section of ``length`` words."""
    saturation = frequency / (frequency + K1 * (1 - B + B * length / TYPICAL_LENGTH))
    return max(1, round(FULL_IMPACT * saturation))


def weight(files_with_term: int, files: int) -> int:
    """What a term is worth in a query: its inverse document frequency in thousandths, as Lucene computes it."""
    return max(1, round(WEIGHT_UNIT * math.log1p((files - files_with_term + 0.5) / (files_with_term + 0.5))))


def share(raw: int, weights: int) -> float:
    """A raw score as the share, from 0 to 1, of the best that any section could reach for these weights."""
    return round(raw / (FULL_IMPACT * weights), 4)
