"""Refusing a connection before it reaches a route: with a problem document, over HTTP and to a WebSocket alike."""

from __future__ import annotations

from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from vespera_api.problems import problem
from vespera_core.errors import VesperaError

_POLICY: Final = 1008
"""The code that closes a WebSocket which a policy refuses (RFC 6455, section 7.4.1)."""


async def refuse(error: VesperaError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the problem; a server that cannot answer a handshake with a document closes the WebSocket."""
    response = problem(HTTPConnection(scope), error)
    if scope["type"] == "http":
        await response(scope, receive, send)
        return
    websocket = WebSocket(scope, receive, send)
    if "websocket.http.response" in scope.get("extensions", {}):
        await websocket.send_denial_response(response)
    else:
        await websocket.close(_POLICY)
