"""Lists cut into pages. A cursor is the id of the last entry of a page, in a form that says nothing."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from memory_service.domain.errors import RequestInvalid
from memory_service.domain.executions import ListedExecution, Session

Entry = TypeVar("Entry", Session, ListedExecution)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Entry]):
    """Some entries of a list, newest first."""

    items: tuple[Entry, ...]
    next_cursor: str | None
    """Leads to the next page; None on the last one."""


def paged(entries: Sequence[Entry], limit: int) -> Page[Entry]:
    """The first ``limit`` entries; that there are more tells that another page follows."""
    items = tuple(entries[:limit])
    return Page(items=items, next_cursor=_cursor(items[-1].id) if len(entries) > limit else None)


def read_cursor(cursor: str | None, prefix: str) -> str | None:
    """The id that a cursor stands for; None for no cursor: the first page.

    Raises:
        RequestInvalid: this is no cursor of a list whose ids have the prefix.
    """
    if cursor is None:
        return None
    try:
        entry_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        entry_id = ""
    if not entry_id.startswith(f"{prefix}_") or _cursor(entry_id) != cursor:
        error = {"field": "cursor", "message": "is not a nextCursor of this list", "rule": "cursor"}
        raise RequestInvalid("cursor is not a nextCursor of this list", [error])
    return entry_id


def _cursor(entry_id: str) -> str:
    return base64.urlsafe_b64encode(entry_id.encode()).decode("ascii").rstrip("=")
