"""The caller is not known, or not allowed."""

from collections.abc import Sequence
from typing import ClassVar

from memory_service.domain.errors.root import MemoryServiceError


class Unauthenticated(MemoryServiceError):
    """No key, or none that is good."""


class TokenMissing(Unauthenticated):
    """The request carries no key."""

    code: ClassVar[str] = "token_missing"
    cause: ClassVar[str] = "Neither `Authorization: Bearer KEY` nor `x-api-key: KEY` was sent."
    fix: ClassVar[str] = "Send the key in one of the two headers."

    def __init__(self) -> None:
        super().__init__("Missing API key: send Authorization: Bearer KEY or x-api-key: KEY")


class TokenInvalid(Unauthenticated):
    """The key is unknown, revoked or expired."""

    code: ClassVar[str] = "token_invalid"
    cause: ClassVar[str] = "The key was mistyped, was never made, or has been revoked or has expired."
    fix: ClassVar[str] = "Check the key, or have a new one made with `memory-service key create`."

    def __init__(self) -> None:
        super().__init__("Invalid API key")


class Denied(MemoryServiceError):
    """The key is good, but does not allow this."""


class ScopeRequired(Denied):
    """The key lacks a scope."""

    code: ClassVar[str] = "scope_required"
    cause: ClassVar[str] = "The key does not carry the scope that `details.requiredScopes` names."
    fix: ClassVar[str] = "Have a key made with that scope: `memory-service key create --scope ...`."

    def __init__(self, scopes: Sequence[str]) -> None:
        super().__init__(f'API key lacks scope "{scopes[0]}"', {"requiredScopes": list(scopes)})


class Forbidden(Denied):
    """The operation is not allowed to this key."""

    code: ClassVar[str] = "forbidden"
    cause: ClassVar[str] = (
        "The key is known and has its scope, but this path or operation is closed to it; or another site calls."
    )
    fix: ClassVar[str] = "Use another path, or another key."

    def __init__(self, what: str) -> None:
        super().__init__(f"Not allowed to {what}")


class QuotaExceeded(Denied):
    """A folder or organisation has reached its size."""

    code: ClassVar[str] = "quota_exceeded"
    cause: ClassVar[str] = "A folder holds as many entries as it may: `details.limit`."
    fix: ClassVar[str] = "Put the file into another folder, for example one per month."

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"{what} is full: the limit is {limit} entries", {"limit": limit})
