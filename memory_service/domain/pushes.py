"""What people push, and who did."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from memory_service.domain.ids import CommitId, KeyId, OrgId, PushId


class PushMode(StrEnum):
    """What becomes of a push whose author has not seen the newest commits; the values are those of the setting."""

    MERGE = "merge"
    """The server merges it."""
    FAST_FORWARD = "fast-forward"
    """It is refused, as git itself does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pusher:
    """The bearer of the key that a push came with. Who made its commits is what they claim."""

    key_id: KeyId
    key_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRecord:
    """A push that has become part of ``main``."""

    id: PushId
    org: OrgId
    key_id: KeyId
    old: CommitId
    """What ``main`` was before."""
    new: CommitId
    """What it was after: the last commit pushed, or the one that merged it."""
    commits: int
    """How many commits were pushed, without the merge."""
    at: datetime
