"""The parameters that addresses take: in their path, their query and their headers."""

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import Headers

from memory_service.domain.errors import HeaderInvalid
from memory_service.http_api.routes import PartOfPath, WholeQuery

SessionIdParameter = Annotated[str, PartOfPath("sessionId", "The id of a session.")]
ExecutionIdParameter = Annotated[str, PartOfPath("executionId", "The id of an execution.")]
ToolNameParameter = Annotated[str, PartOfPath("toolName", "The name of a capability.")]

_IDEMPOTENCY_KEY = re.compile(r"[\x20-\x7e]{1,255}")


class PageParameters(BaseModel):
    """Which part of a list is asked for; other query parameters are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[int, Field(ge=1, le=200, description="Entries on a page.")] = 50
    cursor: Annotated[str | None, Field(max_length=200, description="`nextCursor` of the page before.")] = None


PageQuery = Annotated[PageParameters, WholeQuery(PageParameters)]


def idempotency_key(headers: Headers) -> str | None:
    """The ``Idempotency-Key`` of a request.

    Raises:
        HeaderInvalid: it is not 1 to 255 printable ASCII characters, or was sent more than once.
    """
    values = headers.getlist("idempotency-key")
    if not values:
        return None
    if len(values) > 1 or not _IDEMPOTENCY_KEY.fullmatch(values[0]):
        raise HeaderInvalid("Idempotency-Key", "it is one value of 1 to 255 printable ASCII characters")
    return values[0]


def prefers_async(headers: Headers) -> bool:
    """Whether a request says ``Prefer: respond-async`` (RFC 7240), among other preferences or alone."""
    preferences = ",".join(headers.getlist("prefer")).split(",")
    return any(preference.partition(";")[0].strip().lower() == "respond-async" for preference in preferences)
