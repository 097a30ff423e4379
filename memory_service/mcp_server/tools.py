"""Capabilities as tools: how they are listed, and what a call of one is answered."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import mcp_types as types
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from memory_service.domain.capabilities import Account, Capability, CapabilityKind
from memory_service.domain.errors import CapabilityNotFound, MemoryServiceError, RequestInvalid
from memory_service.domain.executions import Execution
from memory_service.domain.ids import SessionId
from memory_service.mcp_server.callers import Caller, CallerOf, Context
from memory_service.mcp_server.failures import body
from memory_service.mcp_server.progress import reported
from memory_service.mcp_server.texts import text_of
from memory_service.runtime import AsyncRuntime, Invocation, Invoked

ACCOUNT = "connectedAccountId"


class CallMeta(BaseModel):
    """The members of a call's ``_meta`` that are the service's: what a request over HTTP has beside its ``input``."""

    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel)

    session_id: str | None = None
    connected_account_id: str | None = None
    title: str | None = Field(None, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
    idempotency_key: str | None = Field(None, pattern=r"^[\x20-\x7e]{1,255}$")


class Tools:
    """Lists and calls the capabilities of whoever asks."""

    def __init__(self, runtime: AsyncRuntime, caller_of: CallerOf) -> None:
        self._runtime = runtime
        self._caller_of = caller_of

    async def list(self, ctx: Context, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        """What the caller may invoke, in the order of the registry."""
        caller = self._caller_of(ctx)
        capabilities = await self._runtime.call(self._runtime.core.capabilities, caller.principal)
        return types.ListToolsResult(tools=[_tool(each) for each in capabilities])

    async def call(self, ctx: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        """Make one execution. What goes wrong is told in the result, for the model to act on.

        Raises:
            CapabilityNotFound: there is no such tool.
            RequestInvalid: ``_meta`` has a member of the service that cannot be one.
        """
        caller = self._caller_of(ctx)
        try:
            async with reported(ctx) as on_checkpoint:
                invocation = self._invocation(caller, params, on_checkpoint)
                if invocation.title is None:
                    invocation = replace(invocation, home=await caller.session())
                invoked = await self._runtime.invoke(caller.principal, invocation)
        except (CapabilityNotFound, RequestInvalid):
            raise
        except MemoryServiceError as error:
            return _failed(dict(body(error)), {})
        return _answer(invoked, caller)

    def _invocation(
        self, caller: Caller, params: types.CallToolRequestParams, on_checkpoint: Callable[[str], None]
    ) -> Invocation:
        sent, arguments = _meta_of(params), dict(params.arguments or {})
        account = sent.connected_account_id
        capability = self._runtime.core.registry.capability(caller.principal.org, params.name)
        if _has_choice(capability) and isinstance(arguments.get(ACCOUNT), str):
            account = arguments.pop(ACCOUNT)
        return Invocation(
            tool=params.name,
            input=arguments,
            connected_account_id=account,
            session_id=SessionId(sent.session_id) if sent.session_id is not None else None,
            title=sent.title,
            idempotency_key=sent.idempotency_key,
            on_checkpoint=on_checkpoint,
        )


def _meta_of(params: types.CallToolRequestParams) -> CallMeta:
    try:
        return CallMeta.model_validate(params.meta or {})
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise RequestInvalid(f"_meta.{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}") from error


def _tool(capability: Capability) -> types.Tool:
    return types.Tool(
        name=capability.name,
        description=capability.description,
        input_schema=_input_schema(capability),
        output_schema=dict(capability.output) if capability.output else None,
        annotations=types.ToolAnnotations(
            title=capability.name.replace("_", " ").capitalize(),
            read_only_hint=capability.read_only,
            destructive_hint=not capability.read_only and capability.destructive,
            idempotent_hint=capability.idempotent,
            open_world_hint=capability.kind is CapabilityKind.INTEGRATION,
        ),
        _meta={"kind": capability.kind.value, "accounts": [_account(each) for each in capability.accounts]},
    )


def _input_schema(capability: Capability) -> dict[str, Any]:
    """The parameters; where there are several accounts, with the choice that a model has to make."""
    schema: dict[str, Any] = dict(capability.parameters)
    if _has_choice(capability):
        choice = {
            "type": "string",
            "enum": [account.connected_account_id for account in capability.accounts],
            "description": "The account to act through.",
        }
        schema["properties"] = {**schema.get("properties", {}), ACCOUNT: choice}
        schema["required"] = [*schema.get("required", []), ACCOUNT]
    return schema


def _has_choice(capability: Capability) -> bool:
    return len(capability.accounts) > 1


def _account(account: Account) -> dict[str, str]:
    return {
        "connectedAccountId": account.connected_account_id,
        "integrationId": account.integration_id,
        "backend": account.backend,
    }


def _answer(invoked: Invoked, caller: Caller) -> types.CallToolResult:
    execution = invoked.execution
    meta = _ids(execution, caller)
    if execution.failure:
        return _failed(dict(body(execution.failure)), meta)
    result = dict(execution.result or {})
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text_of(execution.summary or "Done", result))],
        structured_content=result,
        _meta=meta,
    )


def _failed(error: dict[str, Any], meta: dict[str, Any]) -> types.CallToolResult:
    told = {name: value for name, value in error.items() if name != "error"}
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text_of(error["error"], told))],
        structured_content=error,
        is_error=True,
        _meta=meta or None,
    )


def _ids(execution: Execution, caller: Caller) -> dict[str, Any]:
    url = caller.events_url(execution.id)
    ids = {"sessionId": execution.session_id, "executionId": execution.id, "runId": execution.run_id}
    return {**ids, "executionEventsUrl": url} if url else ids
