"""Errors as the protocol tells them: of a tool in its result, of everything else as an error of JSON-RPC."""

from collections.abc import Callable, Mapping
from typing import Any

from mcp.server.context import CallNext, HandlerResult
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS
from pydantic import ValidationError

from memory_service.domain.errors import InternalError, InvalidInput, MemoryServiceError, NotFound
from memory_service.domain.executions import Failure
from memory_service.mcp_server.callers import Context


def body(failure: MemoryServiceError | Failure) -> Mapping[str, Any]:
    """A failure with the members that it has over HTTP; of a bug no more than that it is one."""
    if isinstance(failure, InternalError):
        failure = InternalError()
    details = {"details": dict(failure.details)} if failure.details else {}
    return {"error": failure.message, "code": failure.code, **details}


class Faults:
    """The outermost layer of the server: whatever goes wrong is told in words, and nothing of it leaks."""

    def __init__(self, on_fault: Callable[[Exception], None]) -> None:
        self._on_fault = on_fault

    async def __call__(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """Answer one message; errors of the service become errors of the protocol."""
        try:
            return await call_next(ctx)
        except (MCPError, ValidationError):
            raise
        except MemoryServiceError as error:
            raise protocol_error(error) from error
        except Exception as error:
            self._on_fault(error)
            raise protocol_error(InternalError()) from error


def protocol_error(error: MemoryServiceError) -> MCPError:
    """The error of the protocol that says the same; ``data`` has the members that it has over HTTP."""
    code = INVALID_PARAMS if isinstance(error, InvalidInput | NotFound) else INTERNAL_ERROR
    return MCPError(code, error.message, dict(body(error)))
