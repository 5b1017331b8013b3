"""Serving: a uvicorn server of its own, for whoever wants MCP over HTTP and nothing else."""

from __future__ import annotations

import contextlib
import logging
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import uvicorn
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount
from starlette.types import ASGIApp

from vespera_core.app.bridge import Bridge
from vespera_core.app.network.gate import ACTOR, ROLE, Gate
from vespera_core.app.network.hosts import LOCAL
from vespera_core.app.network.listening import bound, check_address, named, url_of
from vespera_core.app.network.mounting import Carrier
from vespera_core.cli import signals
from vespera_mcp.http.doors import Admitting, Doors
from vespera_mcp.http.selecting import selected
from vespera_mcp.http.service import service_of
from vespera_mcp.settings import MOUNT, OPEN, PATH, TABLE, TOKEN, McpSettings, settings_of

if TYPE_CHECKING:
    from vespera_core.app.application import Vespera
    from vespera_mcp.http.service import Service

DRAIN_SECONDS: Final = 10
"""How long calls that are under way may take to end."""
CONNECTIONS: Final = 2000
"""How many there may be at a time."""


def serve(
    ledger: Vespera, host: str, port: int, ready: Callable[[str], None], *,
    toolsets: str | None = None, read_only: bool = False,
) -> None:  # fmt: skip
    """Serve until SIGINT or SIGTERM; `ready` is told the address. Raises ConfigError for an unsafe one.

    Where the ledger was opened in a role, everybody works in that one.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    settings = settings_of(ledger.kernel)
    selection = selected(settings, toolsets, read_only=read_only)
    check_address(host, table=TABLE, asks_for_tokens=settings.auth == TOKEN, hosts=settings.hosts)
    with bound(host, port) as listener:
        ledger.kernel.vault.check()
        ledger.kernel.observe()
        bridge = Bridge(ledger.kernel)
        gate = Gate(bridge, ledger.caller.actor if settings.auth == OPEN else None, ledger.caller.role)
        service = service_of(Carrier(ledger=ledger, bridge=bridge, still=gate.still), selection)
        app = app_of(service, bridge, gate, settings, named(host))
        url = url_of(host, listener.getsockname()[1]) + PATH
        _Server(_config(app), lambda: ready(url), service.end).run(sockets=[listener])


def app_of(service: Service, bridge: Bridge, gate: Gate, settings: McpSettings, host: str) -> ASGIApp:
    """The whole app: the service behind its doors, open to the pages that were named."""

    @asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        async with bridge, service.life():
            yield

    app: ASGIApp = Starlette(routes=[Mount("/", service)], lifespan=life)
    app = Admitting(app, gate)
    if settings.origins:
        app = CORSMiddleware(
            app, settings.origins, allow_methods=("GET", "POST", "DELETE"), expose_headers=MOUNT.shows,
            allow_headers=("Authorization", "Content-Type", "Last-Event-ID", ACTOR, ROLE, *MOUNT.takes), max_age=600,
        )  # fmt: skip
    return Doors(app, {*LOCAL, *settings.hosts, host}, settings.origins)


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, date_header=False, lifespan="on", ws="none",
        limit_concurrency=CONNECTIONS, timeout_graceful_shutdown=DRAIN_SECONDS,
    )  # fmt: skip


class _Server(uvicorn.Server):
    """Says when it answers, lets go of open streams when it ends, and ends like a command that did what it was told."""

    def __init__(
        self, config: uvicorn.Config, started: Callable[[], None], ending: Callable[[], Awaitable[None]]
    ) -> None:
        super().__init__(config)
        self._say = started
        self._part = ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._say()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._part()  # uvicorn would wait for them
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn would raise the signal once more after its end, and the process would not exit with 0."""
        with signals.ending(self._end):
            yield

    def _end(self) -> None:
        self.should_exit = True
