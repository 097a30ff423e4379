"""The request is good, but does not fit the state that it meets."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from memory_service.domain.errors.root import MemoryServiceError


class Conflict(MemoryServiceError):
    """The state that the request meets stands against it."""

    code: ClassVar[str] = "conflict"
    cause: ClassVar[str] = "The memory was changed by somebody else at the same moment, and the changes do not fit."
    fix: ClassVar[str] = "Read the file again, apply your change to what is there, and retry."

    def __init__(self, message: str = "Memory changed concurrently", **details: object) -> None:
        super().__init__(message, details)


class AccountAmbiguous(Conflict):
    """The capability is on several accounts and none was chosen. The sentence is the contract's, to the letter."""

    code: ClassVar[str] = "account_ambiguous"
    cause: ClassVar[str] = "The capability is available on several connected accounts."
    fix: ClassVar[str] = "Send one `connectedAccountId` of `details.availableAccounts`."

    def __init__(self, capability: str, accounts: Sequence[Mapping[str, str]]) -> None:
        super().__init__(
            f'Capability "{capability}" requires connectedAccountId '
            "because it is available on multiple connected accounts",
            availableAccounts=[dict(account) for account in accounts],
        )


class SessionArchived(Conflict):
    """The session takes no further executions."""

    code: ClassVar[str] = "session_archived"
    cause: ClassVar[str] = "The session has been archived."
    fix: ClassVar[str] = "Create another session."

    def __init__(self) -> None:
        super().__init__("Session is archived")


class IdempotencyInProgress(Conflict):
    """A request with the same idempotency key is being answered."""

    code: ClassVar[str] = "idempotency_in_progress"
    cause: ClassVar[str] = "A request with this `Idempotency-Key` has not ended yet."
    fix: ClassVar[str] = "Wait, then send the same request again: it answers with the first one's result."
    retryable: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is in progress")
        self.retry_after = 1


class MemoryExists(Conflict):
    """Something is at the path already."""

    code: ClassVar[str] = "memory_exists"
    cause: ClassVar[str] = (
        "`expectedVersion` is null but the file exists, or a folder has the file's name, or a file has a folder's."
    )
    fix: ClassVar[str] = "Read what is there, then write with its `version`, or choose another path."

    def __init__(self, path: str, reason: str = "a file is there already", version: str | None = None) -> None:
        super().__init__(
            f"Cannot create {path}: {reason}", path=path, **({"currentVersion": version} if version else {})
        )


class OrgExists(Conflict):
    """An organisation has the name already. Told on the command line only."""

    code: ClassVar[str] = "org_exists"
    cause: ClassVar[str] = "An organisation has this name. Only the command line says so."
    fix: ClassVar[str] = "Choose another name, or use the organisation that is there."

    def __init__(self, name: str, reason: str = "it exists already") -> None:
        super().__init__(f'Cannot create organisation "{name}": {reason}')


class VersionMismatch(Conflict):
    """The file is no longer what the writer has seen."""

    code: ClassVar[str] = "version_mismatch"
    cause: ClassVar[str] = (
        "`expectedVersion` is not the file's version, or somebody else has changed a file that this session has seen."
    )
    fix: ClassVar[str] = "Read `details.diff` or the file, merge your change, and write with `details.currentVersion`."

    def __init__(self, path: str, current_version: str | None, diff: str) -> None:
        super().__init__(
            f"{path} has changed since the version you have seen"
            if current_version
            else f"{path} has been removed since the version you have seen",
            currentVersion=current_version,
            diff=diff,
        )


class EventsExpired(MemoryServiceError):
    """The events of the execution are no longer kept."""

    code: ClassVar[str] = "events_expired"
    cause: ClassVar[str] = "The execution ended longer ago than events are kept."
    fix: ClassVar[str] = "Get the execution itself: its status and result are kept."

    def __init__(self) -> None:
        super().__init__("The events of this execution are no longer kept")


class IdempotencyKeyReused(MemoryServiceError):
    """The idempotency key came before with another request."""

    code: ClassVar[str] = "idempotency_key_reused"
    cause: ClassVar[str] = "This `Idempotency-Key` was used for the same tool with another body."
    fix: ClassVar[str] = "Use a new key for every new request; keep it only for retries of the same one."

    def __init__(self) -> None:
        super().__init__("Idempotency-Key was used with a different request")
