"""How values stand in columns, alike in every SQL database: moments as milliseconds, JSON as text."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# ASCII only, so that no string in it (half a surrogate pair, NUL) can be refused by a database.
_encode = json.JSONEncoder(separators=(",", ":")).encode


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds from 1970 to a moment, in UTC; what is finer is cut off."""
    return (moment - _EPOCH) // _MILLISECOND


def moment(milliseconds: int) -> datetime:
    """The moment of so many milliseconds, in UTC."""
    return _EPOCH + milliseconds * _MILLISECOND


def text(value: object) -> str:
    """The text of a JSON value."""
    return _encode(value)


def json_value(text: str) -> Any:
    """The JSON value of a text."""
    return json.loads(text)
