"""The service: the protocol's server as an ASGI app, for requests that somebody else has let in.

Requests of the newer protocol each stand for themselves. Those of the older one belong to sessions, and a session to
whoever opened it: for anybody else it does not exist.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from vespera_core.app.network.gate import Admission
from vespera_core.app.network.mounting import ADMISSION
from vespera_mcp.answering.desk import Desk
from vespera_mcp.answering.offers import Offers
from vespera_mcp.http.bodies import MAX_BODY, Bodies
from vespera_mcp.http.streams import METHOD, Streams
from vespera_mcp.server import server_of
from vespera_mcp.workspaces import OneWorkspace

if TYPE_CHECKING:
    from vespera_core.app.network.mounting import Carrier
    from vespera_mcp.tools.offer import Selection

MAX_SESSIONS: Final = 1000
MAX_SESSIONS_OF_ONE: Final = 100
"""Sessions at a time: of all, and of one owner, whose client forgets to go on with those it has."""
IDLE_SECONDS: Final = 900.0
"""A session that nobody used for so long has ended; its client opens another."""


class Service:
    """Answers at one path for as long as its life lasts. Who was let in stands in the scope of each request."""

    def __init__(
        self, server: Server[Any], still: Callable[[Admission], Awaitable[bool]], *,
        max_sessions: int = MAX_SESSIONS, max_of_one: int = MAX_SESSIONS_OF_ONE, idle_seconds: float = IDLE_SECONDS,
    ) -> None:  # fmt: skip
        self._max_of_one = max_of_one
        self._manager = StreamableHTTPSessionManager(
            server, session_idle_timeout=idle_seconds, max_request_body_size=MAX_BODY, max_sessions=max_sessions
        )
        self._streams = Streams(self._manager.handle_request, still)
        self._app = Bodies(self._streams)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        owner = _owner(scope[ADMISSION])
        if _opens_session(Headers(scope=scope)) and self._sessions_of(owner) >= self._max_of_one:
            await _too_many(scope, receive, send)
            return
        scope["user"] = AuthenticatedUser(AccessToken(token="", client_id=owner, scopes=[]))
        # Blanks around a value are no part of it (RFC 9110, 5.5); the parser of requests leaves those behind it.
        scope["headers"] = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        await self._app(scope, receive, send)

    def _sessions_of(self, owner: str) -> int:
        owners = self._manager._session_owners  # noqa: SLF001 - the library tells how many there are in no other way
        return sum(one["client_id"] == owner for one in owners.values())

    @asynccontextmanager
    async def life(self) -> AsyncIterator[None]:
        """As long as this lasts, requests are answered."""
        async with self._manager.run():
            watching = asyncio.create_task(self._streams.watch())
            try:
                yield
            finally:
                watching.cancel()

    async def end(self) -> None:
        """End every answer that stays open, and open no more."""
        await self._streams.end()


def service_of(carrier: Carrier, selection: Selection, **bounds: Any) -> Service:
    """The tools of a selection, over HTTP, in the workspace of whoever carries them."""
    workspaces = OneWorkspace(carrier.ledger, carrier.bridge)
    return Service(server_of(Desk(workspaces, Offers(selection, local=False))), carrier.still, **bounds)


def _owner(admission: Admission) -> str:
    """Whom the library takes for the owner of a session: somebody else's token is never the same, nor another name."""
    return f"{admission.proof or ''} {admission.caller.actor}"


def _opens_session(headers: Headers) -> bool:
    """Whether a request is the first of a session: requests of the newer protocol all name their method."""
    return "mcp-session-id" not in headers and METHOD not in headers


_too_many = Response(
    "You have too many sessions: go on with one of them, or end it.", 429, {"Retry-After": "60"}, "text/plain"
)
