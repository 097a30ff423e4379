"""The root of the error tree."""

from collections.abc import Mapping
from typing import Any, ClassVar


class MemoryServiceError(Exception):
    """A failure that a client can understand: a sentence to act on, a stable code, and details where they help.

    Each class builds its sentence in one place, from the data it is given. Adapters turn ``code`` into a status; what
    a status is, nothing here knows. ``cause`` and ``fix`` are shown in ``docs/errors.md``.
    """

    code: ClassVar[str]
    cause: ClassVar[str]
    fix: ClassVar[str]
    retryable: ClassVar[bool] = False
    """Whether sending the very same request again may succeed and can do no harm."""

    def __init__(self, message: str, details: Mapping[str, Any] | None = None, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, Any] = details or {}
        self.retry_after = retry_after
        """Seconds to wait before a retry, where that is known."""
