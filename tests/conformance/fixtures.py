"""What the official conformance suite calls by name, laid over the real server.

Tools whose results the runtime can express are capabilities, so that the suite looks at our own road from the registry
to the wire. What a memory has no use for (pictures, sound, resources and prompts of other kinds) is answered before
that road begins, and shows that the transport carries it.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import mcp_types as types
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError

from memory_service.domain.calls import Call, JsonObject
from memory_service.domain.capabilities import Capability, CapabilityKind, Outcome
from memory_service.domain.errors import Conflict
from memory_service.domain.ids import OrgId
from memory_service.runtime.schemas import schema_parser

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # one red dot
WAV = base64.b64encode(
    b"RIFF$\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0D\xac\0\0\x88X\x01\0\x02\0\x10\0data\0\0\0\0"
).decode()

SCHEMA: JsonObject = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


def _text(call: Call, _: Any) -> Outcome:
    return Outcome(result={}, summary="This is a simple text response for testing.")


def _failing(call: Call, _: Any) -> Outcome:
    raise Conflict


def _slow(call: Call, _: Any) -> Outcome:
    for part in ("first", "second", "third"):
        call.checkpoint(f"The {part} part is done")
    return Outcome(result={}, summary="Done")


def capabilities(org: OrgId) -> Sequence[Capability]:
    """The tools that are capabilities."""
    nothing: JsonObject = {"type": "object", "properties": {}}
    tools: list[tuple[str, Callable[[Call, Any], Outcome], JsonObject]] = [
        ("test_simple_text", _text, nothing),
        ("test_error_handling", _failing, nothing),
        ("test_tool_with_progress", _slow, nothing),
        ("test_logging_tool", _text, nothing),
        ("test_streaming_elicitation", _slow, nothing),
        ("test_missing_capability", _text, nothing),
        ("json_schema_2020_12_tool", _text, SCHEMA),
    ]
    return [
        Capability(
            name=name,
            kind=CapabilityKind.INTEGRATION,
            description=f"Fixture of the conformance suite: {name}.",
            parameters=parameters,
            parse=schema_parser(name, parameters),
            handler=handler,
            read_only=True,
            idempotent=True,
        )
        for name, handler, parameters in tools
    ]


def _embedded(uri: str, mime_type: str, text: str) -> types.EmbeddedResource:
    resource = types.TextResourceContents(uri=uri, mime_type=mime_type, text=text)
    return types.EmbeddedResource(type="resource", resource=resource)


_IMAGE = types.ImageContent(type="image", data=PNG, mime_type="image/png")
_CONTENT: Mapping[str, list[types.ContentBlock]] = {
    "test_image_content": [_IMAGE],
    "test_audio_content": [types.AudioContent(type="audio", data=WAV, mime_type="audio/wav")],
    "test_embedded_resource": [
        _embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")
    ],
    "test_multiple_content_types": [
        types.TextContent(type="text", text="Multiple content types test:"),
        _IMAGE,
        _embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
    ],
}
_RESOURCES: Mapping[str, types.TextResourceContents | types.BlobResourceContents] = {
    "test://static-text": types.TextResourceContents(
        uri="test://static-text", mime_type="text/plain", text="This is the content of the static text resource."
    ),
    "test://static-binary": types.BlobResourceContents(uri="test://static-binary", mime_type="image/png", blob=PNG),
    "test://template/123/data": types.TextResourceContents(
        uri="test://template/123/data",
        mime_type="application/json",
        text='{"id":"123","templateTest":true,"data":"Data for ID: 123"}',
    ),
}


def _prompt(name: str, arguments: Mapping[str, str]) -> types.GetPromptResult | None:
    content: Mapping[str, list[types.ContentBlock]] = {
        "test_simple_prompt": [types.TextContent(type="text", text="This is a simple prompt for testing.")],
        "test_prompt_with_arguments": [
            types.TextContent(
                type="text",
                text=f"Prompt with arguments: arg1='{arguments.get('arg1')}', arg2='{arguments.get('arg2')}'",
            )
        ],
        "test_prompt_with_embedded_resource": [
            _embedded(arguments.get("resourceUri", ""), "text/plain", "Embedded resource content for testing."),
            types.TextContent(type="text", text="Please process the embedded resource above."),
        ],
        "test_prompt_with_image": [_IMAGE, types.TextContent(type="text", text="Please analyze the image above.")],
    }
    if name not in content:
        return None
    return types.GetPromptResult(messages=[types.PromptMessage(role="user", content=block) for block in content[name]])


async def laid_over(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Answers requests for fixtures that are no capabilities; a middleware of the server."""
    params = ctx.params or {}
    answer: types.Result | None = None
    if ctx.method == "tools/call" and params.get("name") == "test_missing_capability":
        required: dict[str, Any] = {"requiredCapabilities": {"sampling": {}}}
        raise MCPError(types.MISSING_REQUIRED_CLIENT_CAPABILITY, "The client does not offer sampling", required)
    if ctx.method == "tools/call" and params.get("name") in _CONTENT:
        answer = types.CallToolResult(content=_CONTENT[params["name"]])
    elif ctx.method == "resources/read" and params.get("uri") in _RESOURCES:
        answer = types.ReadResourceResult(contents=[_RESOURCES[params["uri"]]], ttl_ms=0, cache_scope="private")
    elif ctx.method == "completion/complete":
        # The suite completes an argument of its own prompt: it is answered as one of ours.
        ref, argument = {"type": "ref/prompt", "name": "recall"}, {**params["argument"], "name": "topic"}
        return await call_next(replace(ctx, params={**params, "ref": ref, "argument": argument}))
    elif ctx.method == "prompts/get":
        answer = _prompt(str(params.get("name")), params.get("arguments") or {})
    return await call_next(ctx) if answer is None else _on_the_wire(answer)


def _on_the_wire(answer: types.Result) -> dict[str, Any]:
    """A middleware answers in the form of the wire."""
    return answer.model_dump(mode="json", by_alias=True, exclude_none=True)
