"""How well ``memory_search`` ranks, beside other engines, on questions whose right answers people have judged.

``JUDGED_SETS`` names a folder with one folder for each set: ``corpus.jsonl`` (``_id``, ``title``, ``text``),
``queries.jsonl`` (``_id``, ``text``) and ``qrels.jsonl`` (``qid``, ``docid``, ``rel``). No set is part of this project.
"""

import json
import math
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from rich.console import Console
from rich.table import Table

from benchmarks.search_peers import Engine, Fts5, MemorySearch, Page, StockWhoosh, Tantivy
from memory_service.search.stop_words import STOP_WORDS

DEPTH = 10


@dataclass(frozen=True)
class JudgedSet:
    """Pages, questions, and how well which pages answer them."""

    name: str
    pages: list[Page]
    questions: Mapping[str, str]
    relevance: Mapping[str, Mapping[str, int]]

    @classmethod
    def read(cls, folder: Path) -> "JudgedSet":
        """Read a folder; questions that nothing answers are left out."""
        relevance: dict[str, dict[str, int]] = defaultdict(dict)
        for line in _lines(folder / "qrels.jsonl"):
            relevance[line["qid"]][line["docid"]] = line["rel"]
        pages = [Page(line["_id"], line["title"], line["text"]) for line in _lines(folder / "corpus.jsonl")]
        questions = {line["_id"]: line["text"] for line in _lines(folder / "queries.jsonl")}
        return cls(folder.name, pages, {key: text for key, text in questions.items() if key in relevance}, relevance)


def main() -> None:
    """Print a table for each set; what is told of odd and even questions shows how far chance goes."""
    root = os.environ.get("JUDGED_SETS")
    folders = sorted(path.parent for path in Path(root).glob("*/qrels.jsonl")) if root else []
    if not folders:
        Console().print("search_quality: JUDGED_SETS names no folder of judged sets (see benchmarks/search_quality.py)")
    for folder in folders:
        _compare(JudgedSet.read(folder))


def _compare(judged: JudgedSet) -> None:
    engines: dict[str, Engine] = {
        "memory_search": MemorySearch(judged.pages),
        "FTS5": Fts5(judged.pages),
        "FTS5, our stop list": Fts5(judged.pages, STOP_WORDS),
        "tantivy": Tantivy(judged.pages),
        "whoosh": StockWhoosh(judged.pages),
    }
    headings = (
        f"nDCG@{DEPTH}",
        f"recall@{DEPTH}",
        f"MRR@{DEPTH}",
        "nDCG, of it ours",
        "odd questions",
        "even questions",
    )
    title = f"{judged.name}: {len(judged.questions)} questions, {len(judged.pages)} files"
    table = Table("engine", *headings, title=title)
    ours: list[float] = []
    for name, engine in engines.items():
        scores = [_scores(engine.search(text, DEPTH), judged.relevance[key]) for key, text in judged.questions.items()]
        gains, recalls, ranks = map(list, zip(*scores, strict=True))
        ours = ours or gains
        ratios = (
            fmean(ours[part]) / fmean(gains[part]) for part in (slice(None), slice(0, None, 2), slice(1, None, 2))
        )
        means = (f"{fmean(values):.3f}" for values in (gains, recalls, ranks))
        table.add_row(name, *means, *(f"{ratio:.3f}" for ratio in ratios))
    Console().print(table)


def _scores(found: Sequence[str], relevance: Mapping[str, int]) -> tuple[float, float, float]:
    """``gain``, recall, and the reciprocal rank of the first right answer."""
    right = [rank for rank, name in enumerate(found, 1) if relevance.get(name)]
    return gain(found, relevance), len(right) / len(relevance), 1 / right[0] if right else 0


def gain(found: Sequence[str], relevance: Mapping[str, int]) -> float:
    """The nDCG of an answer, with the gain 2^relevance - 1."""
    best = sorted(relevance.values(), reverse=True)[:DEPTH]
    return _discounted([relevance.get(name, 0) for name in found]) / _discounted(best)


def _discounted(relevance: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(rank + 1) for rank, grade in enumerate(relevance, 1))


def _lines(path: Path) -> Iterator[dict]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)
