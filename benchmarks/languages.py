"""How well ``memory_search`` ranks in other languages: beside itself without stems, beside FTS5, and without accents.

``LANGUAGE_SETS`` names a folder of sets as ``search_quality`` reads them, one for each language or more. No set is part
of this project.
"""

import os
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from unittest.mock import patch

from rich.console import Console
from rich.table import Table

from benchmarks.search_peers import Engine, Fts5, MemorySearch
from benchmarks.search_quality import DEPTH, JudgedSet, gain
from memory_service.search import analysis, building, corrections, documents
from memory_service.search.letters import plain

TRIALS = 2000
_WORD = re.compile(r"[^\s\"()?!.,;:。？！、，；：؟،।]+")  # not \w, which leaves the vowel signs of Indic scripts out


class Trigrams(Fts5):
    """FTS5 by three characters each, as its manual has it for scripts without spaces."""

    TOKENIZE = "trigram"

    def _matching(self, query: str) -> str:
        words = _WORD.findall(query)
        found = {word[place : place + 3] for word in words for place in range(len(word) - 2)}
        return " OR ".join(f'"{three}"' for three in sorted(found)) or '""'


class Unstemmed(Fts5):
    """FTS5 as it comes: words as they are written, but for case and accents."""

    TOKENIZE = "unicode61"

    def _matching(self, query: str) -> str:
        return " OR ".join(f'"{word}"' for word in _WORD.findall(query)) or '""'


def main() -> None:
    """Print a row for each set."""
    root = os.environ.get("LANGUAGE_SETS")
    folders = sorted(path.parent for path in Path(root).glob("*/qrels.jsonl")) if root else []
    if not folders:
        Console().print("languages: LANGUAGE_SETS names no folder of judged sets (see benchmarks/languages.py)")
        return
    headings = ("unstemmed", "stems win by", "FTS5", "trigrams", "without accents", "FTS5 so")
    table = Table("set", "questions", "memory_search", *headings, title=f"nDCG@{DEPTH}")
    for folder in folders:
        table.add_row(*_row(JudgedSet.read(folder)))
    Console(width=150).print(table)


def _row(judged: JudgedSet) -> Iterator[str]:
    bare = {key: plain(text) for key, text in judged.questions.items()}
    ours, fts5 = MemorySearch(judged.pages), Unstemmed(judged.pages)
    stemmed = _gains(ours, judged, judged.questions)
    with _no_stems():
        unstemmed = _gains(MemorySearch(judged.pages), judged, judged.questions)
    rest = (
        _gains(fts5, judged, judged.questions),
        _gains(Trigrams(judged.pages), judged, judged.questions),
        _gains(ours, judged, bare),
        _gains(fts5, judged, bare),
    )
    yield from (judged.name, str(len(judged.questions)), f"{fmean(stemmed):.3f}", f"{fmean(unstemmed):.3f}")
    yield "{:+.3f} ({:+.3f}, {:+.3f})".format(*_difference(stemmed, unstemmed))
    yield from (f"{fmean(gains):.3f}" for gains in rest)


def _gains(engine: Engine, judged: JudgedSet, questions: Mapping[str, str]) -> list[float]:
    return [gain(engine.search(text, DEPTH), judged.relevance[key]) for key, text in questions.items()]


def _difference(one: Sequence[float], other: Sequence[float]) -> tuple[float, float, float]:
    """The mean difference, and where it lies in 95 of 100 draws of the same questions."""
    chance = random.Random(1)  # noqa: S311 (a repeatable draw, no secret)
    differences = [a - b for a, b in zip(one, other, strict=True)]
    means = sorted(fmean(chance.choices(differences, k=len(differences))) for _ in range(TRIALS))
    return fmean(differences), means[TRIALS // 40], means[-TRIALS // 40]


@contextmanager
def _no_stems() -> Iterator[None]:
    """Read words as they are written, in this process, which then has to build the indexes too."""
    _forget()
    with (
        patch.object(analysis, "term_of", str),
        patch.object(corrections, "term_of", str),
        patch.object(building, "BESIDE", 1 << 40),
    ):
        yield
    _forget()


def _forget() -> None:
    analysis._known.clear()  # noqa: SLF001 (nobody but this has two analyses in one process)
    documents._name_terms.cache_clear()  # noqa: SLF001 (the same)
