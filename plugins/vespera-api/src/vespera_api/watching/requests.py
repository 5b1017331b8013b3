"""Requests: each is timed, counted, logged on one line and, where traces are wanted, given a span."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vespera_api.access.gate import admission_of
from vespera_api.context import request_id_of
from vespera_api.watching.marks import NO_ROUTE, ROUTE, STREAM
from vespera_api.watching.probes import PATHS

if TYPE_CHECKING:
    from vespera_api.watching.figures import Figures
    from vespera_api.watching.tracing import Tracing

LOGGER: Final = "vespera.requests"
_LOG: Final = logging.getLogger(LOGGER)
_MESSAGES: Final = "vespera_live_messages_total"
_FAILED: Final = 500
_LEFT: Final = 499
"""What a request counts as whose client went away before the answer began."""


class Watching:
    """ASGI middleware: sees every request from its first byte to the last of its answer."""

    def __init__(self, app: ASGIApp, figures: Figures, tracing: Tracing | None) -> None:
        self._app = app
        self._figures = figures
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._watch_socket(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        watch = _Watch(scope, send, self._figures)
        self._figures.begin_request()
        span = None if self._tracing is None else self._tracing.begin_request(scope["method"], Headers(scope=scope))
        try:
            await self._app(scope, receive, watch.send)
        except Exception:
            watch.status = _FAILED
            raise
        finally:
            seconds = time.perf_counter() - watch.began
            route = scope.get(ROUTE, NO_ROUTE)
            self._figures.end_request(scope["method"], route, watch.status, seconds)
            if span is not None:
                span.end_request(route, watch.status, request_id_of(HTTPConnection(scope)))
            level = logging.DEBUG if route in PATHS else logging.INFO
            if _LOG.isEnabledFor(level):
                _LOG.log(level, "request", extra=_line(scope, route, watch, seconds))

    async def _watch_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a WebSocket while it is open, and what is sent to it."""
        is_open = False

        async def sending(message: Message) -> None:
            nonlocal is_open
            await send(message)
            if message["type"] == "websocket.send":
                self._figures.count(_MESSAGES, "websocket")
            elif message["type"] == "websocket.accept":
                is_open = True
                self._figures.websocket(1)

        try:
            await self._app(scope, receive, sending)
        finally:
            if is_open:
                self._figures.websocket(-1)


class _Watch:
    """What is seen of one answer."""

    __slots__ = ("_figures", "_scope", "_send", "began", "bytes", "status")

    def __init__(self, scope: Scope, send: Send, figures: Figures) -> None:
        self._scope = scope
        self._send = send
        self._figures = figures
        self.status = _LEFT
        self.bytes = 0
        self.began = time.perf_counter()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = int(message["status"])  # an enum would be written out by its name
        elif message["type"] == "http.response.body":
            self.bytes += len(message.get("body", b""))
            if self._scope.get(ROUTE) == STREAM and message.get("more_body"):
                self._figures.count(_MESSAGES, "sse")
        await self._send(message)


def _line(scope: Scope, route: str, watch: _Watch, seconds: float) -> dict[str, object]:
    """What a line tells: nothing of it was written by the caller, but the request's id and the actor's name."""
    connection = HTTPConnection(scope)
    try:
        actor = admission_of(connection).caller.actor
    except KeyError:
        actor = None
    return {
        "request_id": request_id_of(connection), "actor": actor, "method": scope["method"], "route": route,
        "status": watch.status, "duration_ms": round(seconds * 1000, 2), "bytes": watch.bytes,
    }  # fmt: skip
