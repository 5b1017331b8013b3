"""Bodies: a message is handed on once it is there as a whole; who goes away in the middle of one has said nothing."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY: Final = 4 * 1024 * 1024
"""Bytes that a message may have."""


class Bodies:
    """ASGI middleware: reads the body of a request, up to the bound, before the app sees anything of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _declared(scope) > MAX_BODY:
            await _too_long(scope, receive, send)
            return
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > MAX_BODY:
                await _too_long(scope, receive, send)
                return
        await self._app(scope, _again(bytes(body), receive), send)


def _declared(scope: Scope) -> int:
    said = Headers(scope=scope).get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < len(str(MAX_BODY)) * 2 else 0


def _again(body: bytes, receive: Receive) -> Receive:
    """What is received by whoever comes after."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving() -> Message:
        return waiting.pop() if waiting else await receive()

    return receiving


_too_long = Response(f"A message has at most {MAX_BODY:,} bytes.", 413, media_type="text/plain")
