"""The shapes of the wire, as the answers have them and as the OpenAPI description shows them."""

from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

Time = Annotated[str, Field(description="UTC, with milliseconds.", pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]


class Account(TypedDict):
    """A connected account that a capability can act through."""

    connectedAccountId: str
    integrationId: str
    backend: str


class Capability(TypedDict):
    """A capability as the answer of an invocation shows it."""

    name: str
    kind: Annotated[str, Field(description="`memory` or `integration`.")]
    description: str
    isReadOnly: bool
    supportsIdempotency: Annotated[bool, Field(description="Whether calling twice does what calling once does.")]
    accounts: Annotated[list[Account], Field(description="The accounts to choose `connectedAccountId` from.")]


class ListedCapability(Capability):
    """A capability as a list shows it."""

    parameters: Annotated[dict[str, Any], Field(description="JSON Schema of `input`.")]


class Session(TypedDict):
    """A container of related executions."""

    id: str
    title: str
    source: str
    interactionMode: str
    status: Annotated[str, Field(description="`active` or `archived`.")]
    createdAt: Time
    updatedAt: Time


class Failure(TypedDict):
    """Why an execution failed, as its terminal event says it."""

    message: str
    code: str
    details: NotRequired[dict[str, Any]]


class ListedExecution(TypedDict):
    """One run of a capability as a list shows it: without its `input` and its `result`, which can be large."""

    id: str
    runId: str
    sessionId: str
    capability: str
    status: Annotated[str, Field(description="`executing`, `waiting`, `failed` or `completed`.")]
    interactionMode: str
    summary: str | None
    error: NotRequired[Failure]
    commit: Annotated[str | None, Field(description="The commit that the execution made.")]
    createdAt: Time
    finishedAt: Time | None
    executionEventsUrl: str


class Execution(ListedExecution):
    """One run of a capability."""

    input: Annotated[dict[str, Any], Field(description="Exactly as it was sent.")]
    result: dict[str, Any] | None


class UrlMembers(TypedDict):
    """The addresses that lists of capabilities and answers about a session carry."""

    sessionCreateUrl: str
    toolInvokeUrlTemplate: str
    sessionToolInvokeUrlTemplate: str
    executionEventsUrlTemplate: str


class CapabilityList(UrlMembers):
    """What a key's agents can invoke."""

    capabilities: list[ListedCapability]


class SessionWithUrls(UrlMembers):
    """A session, and where to go on."""

    session: Session


class OneSession(TypedDict):
    """A session."""

    session: Session


class OneExecution(TypedDict):
    """An execution."""

    execution: Execution


NextCursor = Annotated[str, Field(description="Ask for the next page with `cursor`; absent on the last one.")]


class SessionPage(TypedDict):
    """Sessions, newest first."""

    sessions: list[Session]
    nextCursor: NotRequired[NextCursor]


class ExecutionPage(TypedDict):
    """Executions, newest first."""

    executions: list[ListedExecution]
    nextCursor: NotRequired[NextCursor]


class Invoked(TypedDict):
    """What an invocation did."""

    session: Session
    capability: Capability
    runId: str
    executionId: str
    executionEventsUrl: str
    summary: Annotated[str | None, Field(description="One line for people; null while the execution runs on.")]
    result: Annotated[dict[str, Any] | None, Field(description="The tool's result; null while the execution runs on.")]


class Error(TypedDict):
    """What every error is answered with."""

    error: Annotated[str, Field(description="A sentence that a person or a model can act on.")]
    code: Annotated[str, Field(description="Stable; `docs/errors.md` gives its causes and its fixes.")]
    requestId: str
    details: NotRequired[Annotated[dict[str, Any], Field(description="What helps to correct the request.")]]


class Health(TypedDict):
    """That the process answers."""

    status: str


class Readiness(TypedDict):
    """That requests can be served."""

    status: str
    checks: dict[str, bool]
