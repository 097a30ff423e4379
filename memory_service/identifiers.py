"""The clock and the identifiers that composition hands down: the only place that asks the system for them."""

from datetime import UTC, datetime

from uuid_utils import uuid7


def system_clock() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def new_id(prefix: str) -> str:
    """A fresh identifier: the prefix and 32 hexadecimal digits that sort by time (UUID version 7, RFC 9562)."""
    return f"{prefix}_{uuid7().hex}"
