"""Other full-text engines, each in the setting that its manual leads to, behind one face.

Every peer searches a title that counts twice and a text, stems English, and answers any of the words.
"""

import re
import sqlite3
import tempfile
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import tantivy

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # whoosh 2.7.4 is from 2016
    from whoosh.analysis import StemmingAnalyzer
    from whoosh.fields import ID, TEXT, Schema
    from whoosh.index import create_in
    from whoosh.qparser import MultifieldParser, OrGroup

TITLE_BOOST = 2.0
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Page:
    """What is searched: a title and a text under a name."""

    name: str
    title: str
    text: str


class Engine(Protocol):
    """Answers the names of the best pages, best first."""

    def search(self, query: str, limit: int) -> list[str]: ...


class Fts5:
    """SQLite's, with its Porter stemmer; without a stop list, as it has none, or with one given to it."""

    def __init__(self, pages: Iterable[Page], stop_words: frozenset[str] = frozenset()) -> None:
        self._stop_words = stop_words
        self._database = sqlite3.connect(":memory:")
        self._database.execute(
            "CREATE VIRTUAL TABLE pages USING fts5(name UNINDEXED, title, text, tokenize = 'porter unicode61')"
        )
        rows = ((page.name, page.title, page.text) for page in pages)
        self._database.executemany("INSERT INTO pages VALUES (?, ?, ?)", rows)

    def search(self, query: str, limit: int) -> list[str]:
        """The names of the best pages."""
        words = _words(query)
        telling = [word for word in words if word not in self._stop_words] or words
        matching = " OR ".join(f'"{word}"' for word in telling)
        rows = self._database.execute(
            "SELECT name FROM pages WHERE pages MATCH ? ORDER BY bm25(pages, 0, ?, 1) LIMIT ?",
            (matching, TITLE_BOOST, limit),
        )
        return [name for (name,) in rows]


class Tantivy:
    """Tantivy with its English stemmer."""

    def __init__(self, pages: Iterable[Page]) -> None:
        schema = tantivy.SchemaBuilder()
        schema.add_text_field("name", stored=True, tokenizer_name="raw")
        schema.add_text_field("title", tokenizer_name="en_stem")
        schema.add_text_field("text", tokenizer_name="en_stem")
        self._index = tantivy.Index(schema.build())
        writer = self._index.writer(num_threads=1)
        for page in pages:
            writer.add_document(tantivy.Document(name=page.name, title=page.title, text=page.text))
        writer.commit()
        self._index.reload()

    def search(self, query: str, limit: int) -> list[str]:
        """The names of the best pages."""
        searcher = self._index.searcher()
        parsed = self._index.parse_query(
            " ".join(_words(query)), ["title", "text"], field_boosts={"title": TITLE_BOOST}
        )
        return [searcher.doc(address)["name"][0] for _, address in searcher.search(parsed, limit).hits]


class StockWhoosh:
    """Whoosh with its own stemming analyzer, writer, query parser and search loop."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        analyzer = StemmingAnalyzer()
        schema = Schema(name=ID(stored=True), title=TEXT(analyzer, field_boost=TITLE_BOOST), text=TEXT(analyzer))
        self._index = create_in(self._folder.name, schema)
        writer = self._index.writer(limitmb=256)
        for page in pages:
            writer.add_document(name=page.name, title=page.title, text=page.text)
        writer.commit()
        self._searcher = self._index.searcher()
        self._parser = MultifieldParser(["title", "text"], schema, group=OrGroup)

    def search(self, query: str, limit: int) -> list[str]:
        """The names of the best pages."""
        found = self._searcher.search(self._parser.parse(" ".join(_words(query))), limit=limit)
        return [hit["name"] for hit in found]


def _words(query: str) -> list[str]:
    return _WORD.findall(query.lower())
