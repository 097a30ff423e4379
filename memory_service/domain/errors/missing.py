"""What was named does not exist, or belongs to another organisation: both read the same."""

from collections.abc import Sequence
from typing import ClassVar

from memory_service.domain.errors.root import MemoryServiceError


class NotFound(MemoryServiceError):
    """There is nothing at the address."""

    code: ClassVar[str] = "not_found"
    cause: ClassVar[str] = "The address is none of the service's."
    fix: ClassVar[str] = "Use the URL templates of the capabilities list."

    def __init__(self, message: str = "No such endpoint", **details: object) -> None:
        super().__init__(message, details)


class SessionNotFound(NotFound):
    """The organisation has no such session."""

    code: ClassVar[str] = "session_not_found"
    cause: ClassVar[str] = "The session id is wrong, or another organisation's."
    fix: ClassVar[str] = "Create a session, or list those there are."

    def __init__(self) -> None:
        super().__init__("Session not found")


class ExecutionNotFound(NotFound):
    """The organisation has no such execution."""

    code: ClassVar[str] = "execution_not_found"
    cause: ClassVar[str] = "The execution id is wrong, or another organisation's."
    fix: ClassVar[str] = "Use the `executionId` of an invocation's answer."

    def __init__(self) -> None:
        super().__init__("Execution not found")


class CapabilityNotFound(NotFound):
    """No capability has the name."""

    code: ClassVar[str] = "capability_not_found"
    cause: ClassVar[str] = "The tool name is wrong, or no account of the organisation offers it."
    fix: ClassVar[str] = "Use a name of the capabilities list."

    def __init__(self, name: str) -> None:
        super().__init__(f'Capability "{name[:100]}" not found')


class AccountNotFound(NotFound):
    """The capability is on no such account."""

    code: ClassVar[str] = "account_not_found"
    cause: ClassVar[str] = "`connectedAccountId` names no account of this capability."
    fix: ClassVar[str] = "Use an id of the capability's `accounts` list."

    def __init__(self) -> None:
        super().__init__("Connected account not found")


class MemoryNotFound(NotFound):
    """The memory holds no such file or folder."""

    code: ClassVar[str] = "memory_not_found"
    cause: ClassVar[str] = "No file or folder has this path."
    fix: ClassVar[str] = "Try a path of `details.similar`, or find the file with `memory_ls` or `memory_search`."

    def __init__(self, path: str, similar: Sequence[str] = ()) -> None:
        hint = f"; did you mean {similar[0]}?" if similar else ""
        super().__init__(f"No memory at {path}{hint}", path=path, similar=list(similar))


class OrgNotFound(NotFound):
    """There is no such organisation. Told on the command line only."""

    code: ClassVar[str] = "org_not_found"
    cause: ClassVar[str] = "No organisation has this name. Only the command line says so."
    fix: ClassVar[str] = "See `memory-service org list`."

    def __init__(self, name: str) -> None:
        super().__init__(f'No organisation "{name[:100]}"')


class KeyNotFound(NotFound):
    """There is no such key. Told on the command line only."""

    code: ClassVar[str] = "key_not_found"
    cause: ClassVar[str] = "No key has this id. Only the command line says so."
    fix: ClassVar[str] = "See `memory-service key list`."

    def __init__(self, key_id: str) -> None:
        super().__init__(f'No key "{key_id[:100]}"')
