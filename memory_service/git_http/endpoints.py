"""The three addresses of a repository, as git's clients know them (gitprotocol-http)."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from starlette.datastructures import Headers, QueryParams
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Receive, Scope, Send

from memory_service.domain import calls
from memory_service.domain.calls import Principal
from memory_service.domain.errors import (
    MemoryServiceError,
    OrgNotFound,
    RequestInvalid,
    ScopeRequired,
    UnsupportedMediaType,
)
from memory_service.domain.pushes import Pusher
from memory_service.git_http.answers import Answer
from memory_service.git_http.credentials import secret_of
from memory_service.git_http.operations import Turns, begin
from memory_service.git_http.options import GitOptions
from memory_service.git_http.ports import Authenticate, GitServer, OnPrincipal, OnPush
from memory_service.git_http.refusals import refusal
from memory_service.git_http.spooling import spooled

UPLOAD = "git-upload-pack"
RECEIVE = "git-receive-pack"

_SCOPES = {UPLOAD: calls.Scope.GIT_READ, RECEIVE: calls.Scope.GIT_WRITE}
_PROTOCOL = re.compile(r"[a-z0-9=:.-]{0,100}")


@dataclass(frozen=True, slots=True)
class _Request:
    scope: Scope
    receive: Receive
    send: Send

    @property
    def headers(self) -> Headers:
        return Headers(scope=self.scope)

    @property
    def protocol(self) -> str:
        """The version of the protocol that the client would like; what no client sends is passed over."""
        asked = self.headers.get("git-protocol", "")
        return asked if _PROTOCOL.fullmatch(asked) else ""


class GitHttp:
    """Serves repositories to git's clients: fetches with ``git:read``, pushes with ``git:write``."""

    def __init__(
        self,
        server: GitServer,
        authenticate: Authenticate,
        options: GitOptions,
        *,
        on_principal: OnPrincipal = lambda scope, principal: None,
        on_push: OnPush = lambda org: None,
    ) -> None:
        self._server = server
        self._authenticate = authenticate
        self._options = options
        self._on_principal = on_principal
        self._on_push = on_push
        self._turns = Turns(options)

    def routes(self) -> list[BaseRoute]:
        """The addresses, for the application that they are part of."""
        return [
            Route("/git/{org}.git/info/refs", _Endpoint(self._advertise), methods=["GET"]),
            Route(f"/git/{{org}}.git/{UPLOAD}", _Endpoint(self._upload), methods=["POST"]),
            Route(f"/git/{{org}}.git/{RECEIVE}", _Endpoint(self._receive), methods=["POST"]),
        ]

    async def _advertise(self, request: _Request) -> None:
        principal = await self._known(request)
        service = QueryParams(request.scope["query_string"]).get("service", "")
        if service not in _SCOPES:
            raise RequestInvalid(f"only git's smart protocol is spoken here; service is {UPLOAD} or {RECEIVE}")
        _allow(principal, service)
        org = principal.org
        async with self._turns.turn(org):
            await self._answer(request, f"{service}-advertisement").stream(
                partial(self._server.advertise_upload, org, request.protocol)
                if service == UPLOAD
                else lambda: iter([self._server.advertise_receive(org)])
            )

    async def _upload(self, request: _Request) -> None:
        principal = await self._admitted(request, UPLOAD)
        async with (
            self._turns.turn(principal.org),
            spooled(request.receive, request.headers, self._options.max_fetch_bytes, self._options) as body,
        ):
            await self._answer(request, f"{UPLOAD}-result").stream(
                partial(self._server.upload, principal.org, body, request.protocol)
            )

    async def _receive(self, request: _Request) -> None:
        principal = await self._admitted(request, RECEIVE)
        pusher = Pusher(key_id=principal.key_id, key_name=principal.key_name)
        async with (
            self._turns.turn(principal.org),
            spooled(request.receive, request.headers, self._options.max_push_bytes, self._options) as body,
        ):
            await self._answer(request, f"{RECEIVE}-result").stream(
                lambda: iter([self._server.receive(principal.org, body, pusher)])
            )
        begin(partial(self._on_push, principal.org))

    async def _known(self, request: _Request) -> Principal:
        """Who sends a request, and that the repository is theirs. Nobody else is told whether it is there."""
        client = request.scope.get("client")
        principal = await self._authenticate(secret_of(request.headers), client[0] if client else "")
        self._on_principal(request.scope, principal)
        if principal.org != request.scope["path_params"]["org"]:
            raise OrgNotFound(request.scope["path_params"]["org"])
        return principal

    async def _admitted(self, request: _Request, service: str) -> Principal:
        principal = await self._known(request)
        _allow(principal, service)
        if request.headers.get("content-type") != f"application/x-{service}-request":
            raise UnsupportedMediaType
        return principal

    def _answer(self, request: _Request, kind: str) -> Answer:
        return Answer(request.receive, request.send, f"application/x-{kind}", self._options.send_seconds)


class _Endpoint:
    """An ASGI application that answers one address, and its errors in words."""

    def __init__(self, serve: Callable[[_Request], Awaitable[None]]) -> None:
        self._serve = serve

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._serve(_Request(scope, receive, send_and_note))
        except MemoryServiceError as error:
            answer = None if begun else refusal(error)
            if answer is None:
                raise
            await answer(scope, receive, send)


def _allow(principal: Principal, service: str) -> None:
    if not principal.allows(_SCOPES[service]):
        raise ScopeRequired([_SCOPES[service]])
