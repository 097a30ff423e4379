"""The service, or something it stands on, cannot answer now."""

from typing import ClassVar

from memory_service.domain.errors.root import MemoryServiceError


class Unavailable(MemoryServiceError):
    """The request may succeed later."""

    retryable: ClassVar[bool] = True


class Timeout(Unavailable):
    """Something took longer than it may."""

    code: ClassVar[str] = "timeout"
    cause: ClassVar[str] = (
        "`details.phase` says what took too long: `body` (the request arrived too slowly) or `execution` (the tool "
        "reached its deadline; it changed nothing)."
    )
    fix: ClassVar[str] = "Retry; if it happens again, ask for less at once."

    def __init__(self, phase: str) -> None:
        super().__init__(f"The operation timed out ({phase})", {"phase": phase})


class RateLimited(Unavailable):
    """The key has sent more requests than it may, or holds too many streams."""

    code: ClassVar[str] = "rate_limited"
    cause: ClassVar[str] = "The key is over its requests per second, or over its open event streams."
    fix: ClassVar[str] = "Wait for the seconds of `Retry-After`; close streams that you do not read."

    def __init__(self, what: str = "requests", retry_after: int = 1) -> None:
        super().__init__(f"Too many {what}", retry_after=retry_after)


class AuthThrottled(Unavailable):
    """Too many bad keys came from one address."""

    code: ClassVar[str] = "auth_throttled"
    cause: ClassVar[str] = "Your address has sent too many bad keys within a minute."
    fix: ClassVar[str] = "Wait for the seconds of `Retry-After`, then send a good key."

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many failed authentications", retry_after=retry_after)


class Overloaded(Unavailable):
    """More is under way than the service takes on at once, or it is shutting down or still building an index."""

    code: ClassVar[str] = "overloaded"
    cause: ClassVar[str] = "A queue is full, the server is shutting down, or an index is still being built."
    fix: ClassVar[str] = "Retry after the seconds of `Retry-After`."

    def __init__(self, what: str = "the service is busy", retry_after: int = 1) -> None:
        super().__init__(f"Service temporarily unavailable: {what}", retry_after=retry_after)


class StorageFull(Unavailable):
    """The disk has no room; nothing was changed."""

    code: ClassVar[str] = "storage_full"
    cause: ClassVar[str] = "The disk of the server is full. Nothing of the call was written."
    fix: ClassVar[str] = "Retry later; the operator has to make room."

    def __init__(self) -> None:
        super().__init__("The server's disk is full; nothing was written", retry_after=30)


class InternalError(MemoryServiceError):
    """A bug, or a broken disk."""

    code: ClassVar[str] = "internal_error"
    cause: ClassVar[str] = "A fault of the service."
    fix: ClassVar[str] = (
        "Retry an idempotent call or one with an `Idempotency-Key`; quote `requestId` when you report it."
    )
    retryable: ClassVar[bool] = True

    def __init__(self, message: str = "Unexpected failure; quote the requestId when you report it") -> None:
        super().__init__(message)


class DataCorrupt(MemoryServiceError):
    """Stored data that cannot be derived again is damaged: the server refuses to start on it."""

    code: ClassVar[str] = "data_corrupt"
    cause: ClassVar[str] = "The database or a repository is damaged. Only the command line says so."
    fix: ClassVar[str] = "Restore the damaged file from a backup; the git repositories are not touched."


class IntegrationFailed(Unavailable):
    """A connected account answered wrongly."""

    code: ClassVar[str] = "integration_failed"
    cause: ClassVar[str] = "The service behind a connected account failed, or answered something that is no result."
    fix: ClassVar[str] = "Check the account; retry if the call is idempotent."

    def __init__(self, reason: str) -> None:
        super().__init__(f"Connected account failed: {reason}")


class IntegrationTimeout(Unavailable):
    """A connected account did not answer in time."""

    code: ClassVar[str] = "integration_timeout"
    cause: ClassVar[str] = "The service behind a connected account did not answer in time."
    fix: ClassVar[str] = "Look at the execution's events, then retry if the call is idempotent."

    def __init__(self) -> None:
        super().__init__("Connected account did not answer in time")


class DataFolderUnusable(Unavailable):
    """The data folder cannot be made, read or written. Told on the command line only."""

    code: ClassVar[str] = "data_folder_unusable"
    cause: ClassVar[str] = "The data folder cannot be made or written by this user. Only the command line says so."
    fix: ClassVar[str] = "Choose another folder with `--data`, or give this user the right to write there."

    def __init__(self, folder: str, reason: str) -> None:
        super().__init__(f"Cannot use the data folder {folder}: {reason}")


class AddressUnusable(Unavailable):
    """The server cannot listen on its address. Told on the command line only."""

    code: ClassVar[str] = "address_unusable"
    cause: ClassVar[str] = "Another program listens on the port, or the address is none of this machine's."
    fix: ClassVar[str] = "Choose another port with `--port`, or stop the other program."

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"Cannot listen on {host}:{port}: {reason}")
