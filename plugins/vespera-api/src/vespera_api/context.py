"""The context of a request: its id, from the client or made here, on every response and in every event it causes."""

from __future__ import annotations

import re
from typing import Final
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER: Final = "X-Request-Id"
_ID = re.compile(r"[A-Za-z0-9._~-]{1,64}")
_KEY: Final = "vespera.request_id"


class RequestContext:
    """ASGI middleware: gives every request an id and every response the headers that all of them carry."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        scope[_KEY] = own = given if _ID.fullmatch(given) else uuid4().hex

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[HEADER] = own
                headers.setdefault("Cache-Control", "no-store")
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        await self._app(scope, receive, sending)


def request_id_of(connection: HTTPConnection) -> str:
    """The id of a request."""
    return str(connection.scope.get(_KEY, ""))
