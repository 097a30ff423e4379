"""The server at an address: streamable HTTP without sessions, so that any process can answer any message."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol, cast

from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.inbound import MCP_PROTOCOL_VERSION_HEADER
from mcp_types import HEADER_MISMATCH, INVALID_REQUEST, PARSE_ERROR, PROTOCOL_VERSION_META_KEY
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from memory_service.domain.errors import Forbidden, HeaderInvalid, RequestInvalid
from memory_service.mcp_server.callers import Caller, Context

Headers = list[tuple[bytes, bytes]]

_CALLER = "memory_service.mcp_caller"
_PORT = re.compile(r":[0-9]{1,5}$")


class Admitted(Caller, Protocol):
    """The sender of a request that may be answered."""

    @property
    def body(self) -> bytes:
        """What it sent."""

    @property
    def message(self) -> Any:
        """The same, as it reads."""


Admit = Callable[[Request], Awaitable[Admitted]]
"""Finds out who sends a request and takes in its body; raises what it is refused with, ``RequestInvalid`` where the
body is no strict JSON."""


class McpHttp:
    """Answers messages; what HTTP itself refuses is raised, for the application to answer.

    ``hosts`` are the names that the server is reached at: with any port, or with one.
    """

    def __init__(
        self,
        server_for: Callable[[Callable[[Context], Caller]], Server],
        admit: Admit,
        hosts: Sequence[str],
        max_body_bytes: int,
    ) -> None:
        self.server = server_for(_caller_of)
        self._admit = admit
        self._hosts = frozenset(hosts)
        # Most calls have nothing to tell before their result: to answer them whole costs a fifth less.
        self._whole, self._streamed = (
            StreamableHTTPSessionManager(
                self.server, stateless=True, json_response=whole, max_request_body_size=max_body_bytes
            )
            for whole in (True, False)
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator["McpHttp"]:
        """What has to run while messages are answered; once."""
        async with self._whole.run(), self._streamed.run():
            yield self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            HeaderInvalid, Forbidden: it was sent to a name that is not the server's, or by a page of another site.
            whatever ``admit`` raises but RequestInvalid.
        """
        request = Request(scope, receive)
        self._refuse_strangers(request)
        try:
            admitted = await self._admit(request)
        except RequestInvalid as error:
            await _refusal(PARSE_ERROR, error.message, data={"code": error.code})(scope, receive, send)
            return
        refusal = _no_message(admitted.message, request.headers.get(MCP_PROTOCOL_VERSION_HEADER))
        if refusal:
            await refusal(scope, receive, send)
            return
        answered = {**scope, "headers": _trimmed(scope["headers"]), _CALLER: admitted}
        manager = self._streamed if "progressToken" in _meta_of(admitted.message) else self._whole
        await manager.handle_request(answered, _replayed(admitted.body, receive), send)

    def _refuse_strangers(self, request: Request) -> None:
        """A page of any site can have its own name lead here (DNS rebinding) and speak from within a network."""
        if not self._is_own(request.headers.get("host", "")):
            raise HeaderInvalid("Host", "it is none of the names that the server is reached at (see allowed_hosts)")
        origin = request.headers.get("origin")
        if origin is not None and not self._is_own(origin.partition("://")[2]):
            raise Forbidden("call from a page of this Origin")

    def _is_own(self, host: str) -> bool:
        return host in self._hosts or _PORT.sub("", host) in self._hosts


def _caller_of(ctx: Context) -> Caller:
    return cast("Caller", cast("Request", ctx.request).scope[_CALLER])


def _trimmed(headers: Headers) -> Headers:
    """The white space around a value is no part of it (RFC 9110, 5.5); the server leaves it to whoever reads."""
    return [(name, value.strip(b" \t")) for name, value in headers]


def _replayed(body: bytes, receive: Receive) -> Receive:
    """What was received, once more, and then what comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


def _no_message(sent: Any, revision: str | None) -> Response | None:
    """The answer to what is no message of the protocol; None where it may be one.

    The library takes a request whose ``id`` cannot be one for a notification, and believes the header of a request
    whose ``_meta`` names another revision; in revision 2025-11-25 it also tells what its validation found.
    """
    if not isinstance(sent, dict):
        return _refusal(INVALID_REQUEST, "The body has to be one message: an object of JSON-RPC")
    if "id" in sent and "method" in sent and type(sent["id"]) not in (str, int):
        return _refusal(INVALID_REQUEST, "The id of a request has to be a string or an integer")
    named = _meta_of(sent).get(PROTOCOL_VERSION_META_KEY, revision)
    if named != revision and sent.get("method") != "initialize":
        sentence = f"The header {MCP_PROTOCOL_VERSION_HEADER} does not name the revision that _meta names"
        return _refusal(HEADER_MISMATCH, sentence, sent.get("id"))
    return None


def _meta_of(message: Mapping[str, Any]) -> Mapping[str, Any]:
    params = message.get("params")
    meta = params.get("_meta") if isinstance(params, dict) else None
    return meta if isinstance(meta, dict) else {}


def _refusal(code: int, sentence: str, message_id: object = None, data: Mapping[str, Any] | None = None) -> Response:
    error = {"code": code, "message": sentence, **({"data": data} if data else {})}
    content = json.dumps({"jsonrpc": "2.0", "id": message_id, "error": error})
    return Response(content, 400, media_type="application/json")
