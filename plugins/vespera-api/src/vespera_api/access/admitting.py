"""Admitting: the gate stands before everything, so that no path can forget to ask it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from vespera_api.access.gate import Gate, keep
from vespera_api.access.refusing import refuse
from vespera_core.errors import VesperaError

PROBES: Final = frozenset({"/livez", "/readyz"})
"""Paths that say nothing but whether the server lives: whoever watches over it asks them without credentials."""


class Admitting:
    """ASGI middleware: lets requests and WebSockets in as the gate says, all but those for `free` paths."""

    def __init__(self, app: ASGIApp, gate: Gate, free: Collection[str] = PROBES) -> None:
        self._app = app
        self._gate = gate
        self._free = frozenset(free)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and scope["path"] not in self._free:
            connection = HTTPConnection(scope)
            try:
                keep(connection, await self._gate.admit(connection))
            except VesperaError as error:
                await refuse(error, scope, receive, send)
                return
        await self._app(scope, receive, send)
