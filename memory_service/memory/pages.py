"""The pages of a search: where each goes on, at which commit, and how much it may hold."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b

from memory_service.domain.calls import JsonObject
from memory_service.domain.ids import CommitId, OrgId
from memory_service.domain.search import Hit, Query, Snippet
from memory_service.memory.messages import SearchResult

BYTES_OF_A_TOKEN = 3
"""Of the answer as JSON in UTF-8. English has four and more, so that this errs on the safe side: one ideogram is one
token."""

_COMMIT_BYTES = 20
_SKIP_BYTES = 4
_RANKING_BYTES = 1
_CHECK_BYTES = 8
"""The parts of a cursor. The check is short: it finds mistakes, and keeps nobody out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchCursor:
    """Where a search goes on: after how many hits, at the commit that its first page was read at."""

    commit: CommitId
    skip: int
    ranking: int
    """In which order the hits are, see ``IndexReader.ranking``."""

    def text(self, org: OrgId, query: Query) -> str:
        """The cursor as the wire has it: short, since a model copies it, and bound to the search it belongs to."""
        packed = (
            bytes.fromhex(self.commit)
            + self.skip.to_bytes(_SKIP_BYTES, "big")
            + self.ranking.to_bytes(_RANKING_BYTES, "big")
        )
        return urlsafe_b64encode(packed + _check(packed, org, query)).rstrip(b"=").decode()

    @classmethod
    def parse(cls, text: str, org: OrgId, query: Query) -> "SearchCursor | None":
        """Read a cursor that ``text`` gave; None for one of another search or organisation, or of none."""
        try:
            packed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            return None
        commit, rest = packed[:_COMMIT_BYTES], packed[_COMMIT_BYTES:]
        skip, ranking = rest[:_SKIP_BYTES], rest[_SKIP_BYTES : _SKIP_BYTES + _RANKING_BYTES]
        cursor = cls(
            commit=CommitId(commit.hex()), skip=int.from_bytes(skip, "big"), ranking=int.from_bytes(ranking, "big")
        )
        return cursor if cursor.text(org, query) == text else None


def page_of(
    hits: Iterable[tuple[Hit, Snippet]],
    whole: SearchResult,
    cursor: Callable[[int], str | None],
    max_tokens: int | None,
) -> SearchResult:
    """As many of the hits as fit, as one page; where not even the first does, how much it would take.

    Args:
        hits: the best first; no more of them are made than are needed.
        whole: the answer without hits.
        cursor: where the search goes on after so many hits.
        max_tokens: how much the answer may hold, each token ``BYTES_OF_A_TOKEN``.
    """
    told: list[tuple[Hit, Snippet]] = []
    for hit in hits:
        if max_tokens is not None:
            page = replace(whole, hits=(*told, hit), next_cursor=cursor(len(told) + 1))
            needed = _tokens(page.to_json())
            if needed > max_tokens and not told:
                return _within(replace(whole, needs_tokens=needed), max_tokens)
            if needed > max_tokens:
                break
        told.append(hit)
    return _within(replace(whole, hits=tuple(told), next_cursor=cursor(len(told))), max_tokens)


def _within(answer: SearchResult, max_tokens: int | None) -> SearchResult:
    """An answer with as many of its corrections as there is room for: words may be long where nothing else is said."""
    while answer.corrections and max_tokens is not None and _tokens(answer.to_json()) > max_tokens:
        answer = replace(answer, corrections=answer.corrections[:-1])
    return answer


def _tokens(answer: JsonObject) -> int:
    size = len(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
    return -(-size // BYTES_OF_A_TOKEN)


def _check(packed: bytes, org: OrgId, query: Query) -> bytes:
    asked = (org, query.text, str(query.folder), str(query.updated_after), str(query.updated_before), query.tags)
    return blake2b(packed + ascii(asked).encode(), digest_size=_CHECK_BYTES).digest()
