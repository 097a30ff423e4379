"""The search of this project and other full-text engines, each in the setting that its manual leads to, as one.

Every peer searches a title that counts twice and a text, stems English, and answers any of the words.
"""

import re
import sqlite3
import tempfile
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha1
from pathlib import Path
from typing import Protocol

import tantivy

from memory_service.domain.ids import BlobId, CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File, Query
from memory_service.search import SearchIndexes

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # whoosh 2.7.4 is from 2016
    from whoosh.analysis import StemmingAnalyzer
    from whoosh.fields import ID, TEXT, Schema
    from whoosh.index import create_in
    from whoosh.qparser import MultifieldParser, OrGroup
    from whoosh.searching import Results

TITLE_BOOST = 2.0
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Page:
    """What is searched: a title and a text under a name."""

    name: str
    title: str
    text: str


@dataclass(frozen=True)
class Passage:
    """A page that was found, with the words that tell best why, and the line on which they begin."""

    name: str
    snippet: str
    line: int


class Engine(Protocol):
    """Answers the best pages, best first."""

    def search(self, query: str, limit: int) -> list[str]:
        """Their names."""

    def passages(self, query: str, limit: int) -> list[Passage]:
        """The same, with what a reader is shown of them."""


class MemorySearch:
    """What this project answers, without the service around it."""

    ORG = OrgId("bench")

    def __init__(self, pages: Sequence[Page]) -> None:
        self._names = {path_of(page.name): page.name for page in pages}
        self._contents = {path_of(page.name): _content(page) for page in pages}
        self._folder = tempfile.TemporaryDirectory()
        self._indexes = SearchIndexes(Path(self._folder.name))
        files = (file_of(page) for page in sorted(pages, key=lambda page: path_of(page.name).text))
        self._writes = 0
        self._indexes.rebuild(self.ORG, self._commit(), files)
        self._reader = self._indexes.reader(self.ORG)

    def search(self, query: str, limit: int) -> list[str]:
        """The names of the best pages."""
        assert self._reader
        return [self._names[hit.path] for hit in self._reader.search(Query(text=query, limit=limit)).hits]

    def passages(self, query: str, limit: int) -> list[Passage]:
        """The best pages, as ``memory_search`` tells of them."""
        assert self._reader
        found = self._reader.search(Query(text=query, limit=limit))
        snippets = [self._reader.snippet(hit, self._contents[hit.path], found.terms) for hit in found.hits]
        return [
            Passage(self._names[hit.path], snippet.text, hit.start_line)
            for hit, snippet in zip(found.hits, snippets, strict=True)
        ]

    def forget(self) -> None:
        """Let no list of a term be ready any more; columns stay open."""
        self._indexes.close()

    def reopen(self) -> None:
        """Go on with the index from which updates go on."""
        self._reader = self._indexes.reader(self.ORG)

    def update(self, page: Page) -> None:
        """Have a page found as it is now."""
        before = self._commit()
        self._writes += 1
        self._contents[path_of(page.name)] = _content(page)
        assert self._indexes.apply(self.ORG, before, self._commit(), [file_of(page)], [])
        self._reader = self._indexes.reader(self.ORG)

    def _commit(self) -> CommitId:
        return CommitId(f"{self._writes:040d}")


class Fts5:
    """SQLite's, with its Porter stemmer; without a stop list, as it has none, or with one given to it."""

    TOKENIZE = "porter unicode61"

    def __init__(self, pages: Iterable[Page], stop_words: frozenset[str] = frozenset()) -> None:
        self._stop_words = stop_words
        self._folder = tempfile.TemporaryDirectory()
        self._database = sqlite3.connect(Path(self._folder.name) / "pages.db", isolation_level=None)
        self._database.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536;"
            f"CREATE VIRTUAL TABLE pages USING fts5(name UNINDEXED, title, text, tokenize = '{self.TOKENIZE}');"
        )
        self._database.execute("INSERT INTO pages (pages, rank) VALUES ('rank', ?)", (f"bm25(0, {TITLE_BOOST}, 1)",))
        self._database.execute("BEGIN")
        self._rows: dict[str, int] = {}
        for row, page in enumerate(pages, 1):
            self._database.execute(
                "INSERT INTO pages (rowid, name, title, text) VALUES (?, ?, ?, ?)",
                (row, page.name, page.title, page.text),
            )
            self._rows[page.name] = row
        self._database.execute("COMMIT")

    def search(self, query: str, limit: int) -> list[str]:
        """The names of the best pages."""
        asked = "SELECT name FROM pages WHERE pages MATCH ? ORDER BY rank LIMIT ?"
        return [name for (name,) in self._database.execute(asked, (self._matching(query), limit))]

    def passages(self, query: str, limit: int) -> list[Passage]:
        """The best pages. Their snippets are asked for one by one: in the first statement, all that match would have
        one made."""
        matching = self._matching(query)
        best = self._database.execute(
            "SELECT rowid FROM pages WHERE pages MATCH ? ORDER BY rank LIMIT ?", (matching, limit)
        )
        told = "SELECT name, snippet(pages, 2, '', '', '', 40), text FROM pages WHERE pages MATCH ? AND rowid = ?"
        rows = [self._database.execute(told, (matching, row)).fetchone() for (row,) in best.fetchall()]
        return [Passage(name, snippet, _line(snippet, text)) for name, snippet, text in rows]

    def update(self, page: Page) -> None:
        """Have a page found as it is now."""
        changed = self._database.execute(
            "UPDATE pages SET title = ?, text = ? WHERE rowid = ?", (page.title, page.text, self._rows[page.name])
        )
        assert changed.rowcount == 1

    def _matching(self, query: str) -> str:
        words = _words(query)
        telling = [word for word in words if word not in self._stop_words] or words
        return " OR ".join(f'"{word}"' for word in telling)


class Tantivy:
    """Tantivy with its English stemmer."""

    def __init__(self, pages: Iterable[Page]) -> None:
        schema = tantivy.SchemaBuilder()
        schema.add_text_field("name", stored=True, tokenizer_name="raw")
        schema.add_text_field("title", tokenizer_name="en_stem")
        schema.add_text_field("text", stored=True, tokenizer_name="en_stem")
        self._index = tantivy.Index(schema.build())
        writer = self._index.writer(num_threads=1)
        for page in pages:
            writer.add_document(tantivy.Document(name=page.name, title=page.title, text=page.text))
        writer.commit()
        self._index.reload()

    def search(self, query: str, limit: int) -> list[str]:
        """The names of the best pages."""
        searcher = self._index.searcher()
        found = searcher.search(self._parsed(query), limit).hits
        return [searcher.doc(address)["name"][0] for _, address in found]

    def passages(self, query: str, limit: int) -> list[Passage]:
        """The best pages."""
        searcher, parsed = self._index.searcher(), self._parsed(query)
        teller = tantivy.SnippetGenerator.create(searcher, parsed, self._index.schema, "text")
        teller.set_max_num_chars(240)
        found = []
        for _, address in searcher.search(parsed, limit).hits:
            document = searcher.doc(address)
            snippet = teller.snippet_from_doc(document).fragment()
            found.append(Passage(document["name"][0], snippet, _line(snippet, document.get_first("text") or "")))
        return found

    def _parsed(self, query: str) -> tantivy.Query:
        return self._index.parse_query(" ".join(_words(query)), ["title", "text"], field_boosts={"title": TITLE_BOOST})


class StockWhoosh:
    """Whoosh with its own stemming analyzer, writer, query parser and search loop."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        analyzer = StemmingAnalyzer()
        schema = Schema(
            name=ID(stored=True), title=TEXT(analyzer, field_boost=TITLE_BOOST), text=TEXT(analyzer, stored=True)
        )
        self._index = create_in(self._folder.name, schema)
        writer = self._index.writer(limitmb=256)
        for page in pages:
            writer.add_document(name=page.name, title=page.title, text=page.text)
        writer.commit()
        self._searcher = self._index.searcher()
        self._parser = MultifieldParser(["title", "text"], schema, group=OrGroup)

    def search(self, query: str, limit: int) -> list[str]:
        """The names of the best pages."""
        return [hit["name"] for hit in self._found(query, limit)]

    def passages(self, query: str, limit: int) -> list[Passage]:
        """The best pages."""
        told = [(hit["name"], hit.highlights("text", top=1), hit["text"]) for hit in self._found(query, limit)]
        return [Passage(name, snippet, _line(snippet, text)) for name, snippet, text in told]

    def _found(self, query: str, limit: int) -> Results:
        return self._searcher.search(self._parser.parse(" ".join(_words(query))), limit=limit)


def file_of(page: Page) -> File:
    """A page as a file of a memory."""
    content = _content(page).encode()
    blob = BlobId(sha1(content, usedforsecurity=False).hexdigest())
    return File(path=path_of(page.name), blob=blob, content=content, updated_at=datetime(2026, 1, 1, tzinfo=UTC))


def path_of(name: str) -> MemoryPath:
    """Where a page is kept in a memory."""
    return MemoryPath(f"/{name.removesuffix('.md')}.md")


def _content(page: Page) -> str:
    return f"# {page.title}\n\n{page.text}\n"


def _line(snippet: str, text: str) -> int:
    return 1 + text.count("\n", 0, max(0, text.find(snippet[:20])))


def _words(query: str) -> list[str]:
    return _WORD.findall(query.lower())
