"""Searches an organisation's memory: hits of one state, page by page, each with a snippet from that state."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from memory_service.domain.calls import Call
from memory_service.domain.errors import InputInvalid
from memory_service.domain.search import Hit, Query, Snippet
from memory_service.memory.catch_up import CatchUp
from memory_service.memory.earlier import EarlierIndexes, Passed
from memory_service.memory.lines import decoded
from memory_service.memory.messages import SearchResult, why_nothing
from memory_service.memory.pages import SearchCursor, page_of
from memory_service.memory.ports import IndexReader, Store


class Searching:
    """Answers searches from the index at the head, and their further pages from where the first was read."""

    def __init__(self, store: Store, index: CatchUp[IndexReader], earlier: EarlierIndexes) -> None:
        self._store = store
        self._index = index
        self._earlier = earlier

    def answer(self, call: Call, query: Query, cursor: str, max_tokens: int | None) -> SearchResult:
        """A page of hits, see ``Memory.search``; an empty cursor begins.

        Raises:
            InputInvalid: the cursor is of another search, or its commit cannot be searched any more.
        """
        with closing(self._index.reader(call.org)) as head:
            call.check()
            reader, skip = self._continued(call, query, cursor, head) if cursor else (head, query.skip)
            snapshot = self._store.snapshot(call.org, reader.commit)

            def content(hit: Hit) -> str:
                call.check()
                return decoded(snapshot.read(hit.blob))

            found = reader.respelled(reader.search(replace(query, skip=skip)), content)

            def following(given: int) -> str | None:
                cursor = SearchCursor(commit=reader.commit, skip=skip + given, ranking=reader.ranking)
                return cursor.text(call.org, query) if cursor.skip < found.total else None

            def told() -> Iterator[tuple[Hit, Snippet]]:
                for hit in found.hits:
                    yield hit, reader.snippet(hit, content(hit), found.terms)

            whole = SearchResult(
                hits=(),
                total=found.total,
                commit=reader.commit,
                corrections=found.corrections,
                reason=why_nothing(found),
            )
            page = page_of(told(), whole, following, max_tokens)
            if page.next_cursor:
                reader.keep()
            return page

    def _continued(self, call: Call, query: Query, text: str, head: IndexReader) -> tuple[IndexReader, int]:
        """The index that a cursor goes on in, and after how many hits."""
        cursor = SearchCursor.parse(text, call.org, query)
        if cursor is None:
            raise _refused(call, "is not one that a search with this query and these filters has given", "cursor")
        try:
            return self._earlier.reader(call, head, cursor), cursor.skip
        except Passed as error:
            raise _refused(call, f"{error}; search again without it", "cursor_passed") from error


def _refused(call: Call, message: str, rule: str) -> InputInvalid:
    return InputInvalid.of(call.capability, "cursor", message, rule)
