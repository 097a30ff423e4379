"""The index against a scan of every file: the same answers whatever is written, removed, built anew or asked."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha1
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from memory_service.domain.ids import BlobId, CommitId, OrgId
from memory_service.domain.paths import MemoryPath
from memory_service.domain.search import File, Query
from memory_service.search import SearchIndexes, title_of, views
from memory_service.search.sections import sections_of
from tests.fakes.search_index import ScanIndex
from tests.unit.search.builders import changes

ACME = OrgId("acme")

PATHS = st.sampled_from(["/a.md", "/a/b.md", "/a-b.md", "/a/b/c.md", "/b.md", "/日本.md", "/walrus/red fox.md"])
FOLDERS = st.sampled_from([None, "/", "/a", "/a/b", "/a.md", "/walrus", "/absent"])
WORDS = st.sampled_from([
    "walrus", "walruses", "walrs", "wallruses", "memmory", "Red", "fox", "the", "what", "c++", "C", ".NET", "v2.1",
    "memory_search", "getUserName", "2026-04-15", "don't", "日本語", "語", "שלום", "ﬁsh", "𝒳", "\u202e", "🚀",
])  # fmt: skip
FRONTS = st.sampled_from([
    "", "", "---\ntags: [red, Walrus]\n---\n", "---\ntags:\n- red\n- 'sea: cold'\n---\n", "---\ntags: [red\n---\n",
    "---\ntags: red fox, walrus\n---\n",
])  # fmt: skip
TAGS = st.lists(st.sampled_from(["red", "WALRUS", "#walrus", "sea: cold", "red fox", "absent", ""]), max_size=2)
DAYS = st.integers(1, 9).map(lambda day: datetime(2026, 4, day, tzinfo=UTC))
LINES = st.one_of(
    st.lists(WORDS, max_size=12).map(" ".join),
    st.builds(str.__add__, st.sampled_from(["# ", "## ", "### ", "- ", "> "]), WORDS),
    st.sampled_from(["", "---", "===", "```", "title: Walrus", "x" * 400, "walrus " * 80, "\ttab", "\r", "#"]),
)
CONTENTS = st.builds(str.__add__, FRONTS, st.lists(LINES, min_size=1, max_size=15).map("\n".join))
LIBRARIES = st.dictionaries(PATHS, CONTENTS, min_size=2)
TEXTS = st.one_of(
    st.lists(WORDS, min_size=1, max_size=5).map(" ".join),
    st.lists(WORDS, min_size=1, max_size=2).map(lambda words: f'"{" ".join(words)}"'),
    st.builds(lambda phrase, word: f'"{phrase}" {word}', WORDS, WORDS),
    st.text(max_size=20),
)
QUERIES = st.builds(
    Query,
    text=TEXTS,
    limit=st.integers(1, 4),
    skip=st.integers(0, 3),
    folder=FOLDERS.map(lambda path: path and MemoryPath(path)),
    updated_after=st.none() | DAYS,
    updated_before=st.none() | DAYS,
    tags=TAGS.map(tuple),
)
QUESTIONS = st.lists(QUERIES, min_size=1, max_size=4)


class AnyWayToACommit(RuleBasedStateMachine):
    """The index on disk follows the scan; sometimes it is built anew, opened anew or built behind its back."""

    @initialize(contents=LIBRARIES, many_recent=st.integers(0, 3))
    def begin(self, contents: dict[str, str], many_recent: int) -> None:
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(views, "MANY_RECENT", many_recent)
        self.folder = TemporaryDirectory()
        self.scan = ScanIndex()
        self.index = self.opened()
        self.number = 0
        self.contents = contents
        self.scan.rebuild(ACME, self.commit, files(contents))
        self.index.rebuild(ACME, self.commit, files(contents))
        self.base: tuple[CommitId, dict[str, str]] = self.commit, contents
        self.states = {self.commit: contents}

    @property
    def commit(self) -> CommitId:
        return CommitId(f"{self.number:040x}")

    def opened(self) -> SearchIndexes:
        return SearchIndexes(Path(self.folder.name), cache_bytes=3000, kept_bytes=60_000)

    @rule(written=st.dictionaries(PATHS, CONTENTS, max_size=3), gone=st.sets(PATHS, max_size=2), asked=QUESTIONS)
    def change(self, written: dict[str, str], gone: set[str], asked: list[Query]) -> None:
        before = self.commit
        self.number += 1
        removed = [MemoryPath(path) for path in gone - written.keys()]
        for index in (self.scan, self.index):
            assert index.apply(ACME, before, self.commit, files(written), removed)
        self.contents = {path: text for path, text in self.contents.items() if path not in gone} | written
        self.states[self.commit] = self.contents
        self.ask(asked)

    @rule(asked=QUESTIONS)
    def build_anew(self, asked: list[Query]) -> None:
        self.index.rebuild(ACME, self.commit, files(self.contents))
        self.base = self.commit, self.contents
        self.ask(asked)

    @rule(asked=QUESTIONS)
    def build_in_another_process(self, asked: list[Query]) -> None:
        self.opened().rebuild(ACME, self.commit, files(self.contents))
        self.base = self.commit, self.contents
        self.ask(asked)

    @rule(asked=QUESTIONS)
    def open_anew(self, asked: list[Query]) -> None:
        self.index = self.opened()
        commit, contents = self.base
        assert self.index.commit(ACME) == commit
        changed = {path: text for path, text in self.contents.items() if contents.get(path) != text}
        gone = [MemoryPath(path) for path in contents.keys() - self.contents.keys()]
        assert commit == self.commit or self.index.apply(ACME, commit, self.commit, files(changed), gone)
        self.ask(asked)

    @rule(which=st.integers(0, 20), keep=st.booleans(), asked=QUESTIONS)
    def go_back(self, which: int, keep: bool, asked: list[Query]) -> None:
        commit, contents = list(self.states.items())[which % len(self.states)]
        there = {file.blob: file.content for file in files(contents)}
        now = self.index.reader(ACME)
        assert now
        assert now.built_of == self.base[0]
        kept = self.index.reader(ACME, commit)
        made = now.at(commit, changes(files(self.base[1]), files(contents)), there.__getitem__)
        if keep:
            made.keep()
        scan = ScanIndex()
        scan.rebuild(ACME, commit, files(contents))
        for reader in filter(None, (made, kept)):
            assert reader.commit == commit
            for query in asked:
                assert reader.search(query) == scan.readers[ACME].search(query)

    def ask(self, queries: list[Query]) -> None:
        reader, scan = self.index.reader(ACME), self.scan.reader(ACME)
        assert reader
        assert scan
        assert reader.commit == scan.commit == self.commit
        assert set(reader.files()) == set(scan.files()) == {(file.path, file.blob) for file in files(self.contents)}
        for query in queries:
            hits = reader.search(query)
            assert hits == scan.search(query)
            for hit in hits.hits:
                lines = self.contents[hit.path.text].split("\n")[hit.start_line - 1 : hit.end_line]
                assert reader.snippet(hit, self.contents[hit.path.text], hits.terms).text in "\n".join(lines)

    def teardown(self) -> None:
        self.patch.undo()
        self.folder.cleanup()


TestAnyWayToACommit = AnyWayToACommit.TestCase
TestAnyWayToACommit.settings = settings(max_examples=30, stateful_step_count=12, deadline=None)


def files(contents: dict[str, str]) -> Iterator[File]:
    return (file(path, contents[path]) for path in sorted(contents))


def file(path: str, content: str) -> File:
    encoded = content.encode()
    blob = BlobId(sha1(encoded, usedforsecurity=False).hexdigest())
    return File(
        path=MemoryPath(path),
        blob=blob,
        content=encoded,
        updated_at=datetime(2026, 4, len(encoded) % 9 + 1, tzinfo=UTC),
    )


@given(st.one_of(CONTENTS, st.text()))
@settings(max_examples=200, deadline=None)
def test_sections_cover_a_file_without_gap_or_overlap(content: str) -> None:
    sections = sections_of(content)
    assert "".join(content[section.start : section.end] for section in sections) == content
    lines = content.split("\n")
    for section in sections:
        text = content[section.start : section.end]
        assert "\n".join(lines[section.start_line - 1 : section.end_line]).rstrip("\n") == text.rstrip("\n")


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_every_text_has_a_title_or_none(content: str) -> None:
    title = title_of(content)
    assert title is None or (title and "\n" not in title)


@given(st.text(st.characters(), max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_query_fails(text: str) -> None:
    index = ScanIndex()
    index.rebuild(ACME, CommitId("1"), [file("/a.md", text.encode("utf-8", "replace").decode())])
    assert index.readers[ACME].search(Query(text=text, limit=5)).total <= 1
