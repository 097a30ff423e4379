"""Where the terms of a query stand in a text, to the character, although terms are made of normalised words."""

import re
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from memory_service.search.analysis import (
    ASCII_TOKEN,
    BRITISH,
    FORMS,
    TOKEN,
    UNSPACED_RUN,
    in_stemmed_script,
    terms_of,
)
from memory_service.search.letters import folded, plain
from memory_service.search.normal_form import clusters, normal


class Place(NamedTuple):
    """Characters of a text that were asked for."""

    start: int
    end: int
    terms: frozenset[str]


def places_of(text: str, wanted: frozenset[str]) -> Iterator[Place]:
    """Where some of the wanted terms stand in a text, in order; of unspaced scripts, places may overlap."""
    if unicodedata.is_normalized("NFKC", text):
        yield from _in_normal(text, wanted)
        return
    normalised, starts, ends = _normalised(text)
    for place in _in_normal(normalised, wanted):
        yield Place(starts[place.start], ends[place.end - 1], place.terms)


def _in_normal(text: str, wanted: frozenset[str]) -> Iterator[Place]:
    for token in _tokens(text, wanted):
        word, start = token.group(), token.start()
        if UNSPACED_RUN.search(word):
            yield from (Place(start + begin, start + end, terms) for begin, end, terms in _within(word, wanted))
            continue
        words, further = terms_of(word)
        if not (wanted.isdisjoint(words) and wanted.isdisjoint(further)):
            yield Place(start, token.end(), wanted.intersection(words + further))


def _tokens(text: str, wanted: frozenset[str]) -> Iterator[re.Match[str]]:
    """The tokens that can hold a wanted term: to look for the beginnings of terms costs much less than to read all.

    What is left out holds none: see ``_beginnings``.
    """
    pattern = ASCII_TOKEN if text.isascii() else TOKEN
    beginnings = set(chain.from_iterable(map(_beginnings, wanted)))
    bare = _bare_in_place(text) if "" not in beginnings else None
    if bare is None:
        yield from pattern.finditer(text)
        return
    done = 0
    for place in sorted(chain.from_iterable(_occurrences(bare, beginning) for beginning in beginnings)):
        if place < done:
            continue
        # No token goes over a space, and none begins where another goes on.
        done = max(done, bare.rfind(" ", done, place) + 1, bare.rfind("\n", done, place) + 1)
        while token := pattern.search(text, done):
            if token.start() > place:
                done = place + 1
                break
            done = token.end()
            if done > place:
                yield token
                break
        else:
            return


def _bare_in_place(text: str) -> str | None:
    """A text in normal form KC, folded and without accents; None where characters then stand elsewhere than before."""
    cased = folded(text)  # longer, if anything; and what it is made of then is shorter
    bare = plain(cased)
    return bare if len(cased) == len(bare) == len(text) and unicodedata.is_normalized("NFKC", cased) else None


def possible(text: str, wanted: Iterable[str]) -> frozenset[str]:
    """The terms that may stand in a text: one that is not among them does not."""
    bare = plain(normal(folded(normal(text))))
    return frozenset(term for term in wanted if any(beginning in bare for beginning in _beginnings(term)))


def _occurrences(text: str, sought: str) -> Iterator[int]:
    place = text.find(sought)
    while place >= 0:
        yield place
        place = text.find(sought, place + 1)


@lru_cache(maxsize=10_000)
def _beginnings(term: str) -> tuple[str, ...]:
    """What words of this term begin with, folded and without accents: each with one of these."""
    if in_stemmed_script(term):
        return ("",)
    return (*map(_beginning, (term, *BRITISH.get(term, ()))), *FORMS.get(term, ()))


def _beginning(stem: str) -> str:
    """What every word of this stem begins with.

    The English stemmer takes off ends; then it may change the last letter of the stem, or add one (*hoping*, *hope*;
    *plenty*, *plenti*), and two in *dying*, *lying* and *tying*.
    """
    if not (stem.isascii() and stem.isalpha()) or len(stem) < 3:
        return plain(stem)
    return stem[:1] if stem.endswith("ie") and len(stem) == 3 else stem[:-1]


def _within(token: str, wanted: frozenset[str]) -> list[Place]:
    """Where wanted terms stand in a token that is written, at least in part, without spaces."""
    found = [
        Place(place, place + len(term), frozenset({term}))
        for term in wanted
        if len(term) <= 2 and UNSPACED_RUN.fullmatch(term)
        for place in _occurrences(token, term)
    ]
    if not (token.isalnum() and UNSPACED_RUN.fullmatch(token)):
        told = wanted.intersection(chain(*terms_of(token)))
        start = 0
        for run in UNSPACED_RUN.split(token):
            if run and not UNSPACED_RUN.fullmatch(run):
                found.append(Place(start, start + len(run), told.intersection(chain(*terms_of(run)))))
            start += len(run)
        found.append(Place(0, len(token), told.difference(*(place.terms for place in found))))
    return sorted(place for place in found if place.terms)


def _normalised(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """A text in normal form KC, and for each of its characters where what it was made of begins and ends."""
    pieces: list[str] = []
    starts, ends = array("I"), array("I")
    done = 0
    for island in _ISLAND.finditer(text):
        if unicodedata.is_normalized("NFKC", island.group()):
            continue
        _keep(text, done, island.start(), pieces, starts, ends)
        for begin, end in clusters(text, *island.span()):
            piece = unicodedata.normalize("NFKC", text[begin:end])
            pieces.append(piece)
            starts.extend([begin] * len(piece))
            ends.extend([end] * len(piece))
        done = island.end()
    _keep(text, done, len(text), pieces, starts, ends)
    return "".join(pieces), starts, ends


_ISLAND = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")


def _keep(text: str, start: int, end: int, pieces: list[str], starts: "array[int]", ends: "array[int]") -> None:
    pieces.append(text[start:end])
    starts.extend(range(start, end))
    ends.extend(range(start + 1, end + 1))


def joined(places: Iterable[Place]) -> Iterator[tuple[int, int]]:
    """Places that touch or overlap as one, in order."""
    begin = end = -1
    for start, stop, _ in sorted(places):
        if start > end:
            if end > begin:
                yield begin, end
            begin, end = start, stop
        end = max(end, stop)
    if end > begin:
        yield begin, end
