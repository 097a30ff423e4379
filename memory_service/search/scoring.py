"""How well a section answers a query: BM25, in whole numbers.

What a term tells about one section (its *impact*) depends on the file of that section alone, and what a term is worth
in a query (its *weight*) on how many files hold it. Both are whole numbers, so a sum is the same in whatever order it
is made, and an index built at once ranks exactly like one that was brought up to date a hundred times.

A section is told of by its own text, by the text of its whole file, in which a word may stand elsewhere too, and by the
titles above it; by each as BM25 has it: more and more occurrences tell less and less, and tell less of a long text.
"""

import math
from collections.abc import Collection, Mapping
from typing import NamedTuple

K1 = 1.5
B = 0.4
"""Half of BM25's usual value: sections are cut to similar sizes before they are weighed."""
TITLE_B = 0.5
FILE_SHARE = 0.3
"""How much of what a text tells comes from the whole file."""
COVERAGE_PERCENT = 20
"""How much of a score a section loses that holds next to nothing of what is asked for, one word aside."""
TYPICAL_LENGTH = 130
"""Words of a text that is neither long nor short: midway (geometrically) between the sizes at which sections are
joined and cut. Fixed, where BM25 takes the average of the collection: so no score changes when other files do."""
TYPICAL_TITLE = 12
"""Distinct terms of the path, the title and the headings of a section that has not many and not few."""

FULL_IMPACT = 255
"""The impact that a term approaches as it fills a section and its titles; an impact fits one byte."""
WEIGHT_UNIT = 1000

_TITLE_MOST = 1 / (1 + K1 * (1 - TITLE_B))
_MOST = 1 + _TITLE_MOST


class Text(NamedTuple):
    """What is counted of a section or a file."""

    frequencies: Mapping[str, int]
    """Term → how many times it occurs."""
    length: int
    """Words."""


def impacts(section: Text, file: Text, title: Collection[str]) -> dict[str, int]:
    """What each term tells of a section, of its file and of the distinct terms of its titles."""
    here, there = _damping(B, section.length / TYPICAL_LENGTH), _damping(B, file.length / TYPICAL_LENGTH)

    def told(frequency: int, in_file: int) -> float:
        return (1 - FILE_SHARE) * frequency / (frequency + here) + FILE_SHARE * in_file / (in_file + there)

    counts, in_file = section.frequencies, file.frequencies
    pairs = list(zip(counts.values(), map(in_file.__getitem__, counts), strict=True))
    table = {pair: _impact(told(*pair)) for pair in set(pairs)}
    found = dict(zip(counts, map(table.__getitem__, pairs), strict=True))
    by_title = 1 / (1 + _damping(TITLE_B, len(title) / TYPICAL_TITLE))
    titled = {term: (counts.get(term, 0), in_file.get(term, 0)) for term in title}
    table = {pair: _impact(by_title + told(*pair)) for pair in set(titled.values())}
    for term, pair in titled.items():
        found[term] = table[pair]
    return found


def phrase_impact(count: int) -> int:
    """What a phrase tells of a section in which it begins so many times, however long that is."""
    return _impact(count / (count + K1))


def _damping(b: float, length: float) -> float:
    return K1 * (1 - b + b * length)


def _impact(told: float) -> int:
    return max(1, round(FULL_IMPACT * told / _MOST))


def weight(files_with_term: int, files: int) -> int:
    """What a term is worth in a query: its inverse document frequency in thousandths, as Lucene computes it."""
    return max(1, round(WEIGHT_UNIT * math.log1p((files - files_with_term + 0.5) / (files_with_term + 0.5))))


def raw_score(told: int, held: int, asked: int) -> int:
    """How well a section answers.

    Args:
        told: the sum of weight × impact over what the section holds of the query.
        held: the sum of the weights of that.
        asked: the sum of all weights of the query.
    """
    return told * ((100 - COVERAGE_PERCENT) * asked + COVERAGE_PERCENT * held)


def most_for(told: int, asked: int) -> int:
    """The raw score of a section that was told of so much and holds all of what is asked for."""
    return raw_score(told, asked, asked)


def least_told(raw: int, held: int, asked: int) -> int:
    """What has to be told of a section, at least, that is to reach a raw score and holds so much of the query."""
    return -(-raw // raw_score(1, held, asked))


def share(raw: int, asked: int) -> float:
    """A raw score as the share, up to 1, of the best that any section could reach for this query, in four digits."""
    return float(f"{raw / most_for(FULL_IMPACT * asked, asked):.4g}")
