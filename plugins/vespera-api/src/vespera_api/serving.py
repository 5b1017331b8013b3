"""Serving: one uvicorn server over an open workspace, with its background services, ended gracefully."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from vespera_api.app import Api
from vespera_api.live.messages import MAX_MESSAGE
from vespera_api.settings import TABLE, TOKEN, ServerSettings, settings_of
from vespera_api.watching.logs import configure
from vespera_api.wire.http import protocol
from vespera_api.wire.websocket import PatientProtocol
from vespera_core.app.network import listening
from vespera_core.app.network.listening import bound, named, url_of
from vespera_core.cli import signals

if TYPE_CHECKING:
    from vespera_core.app.application import Vespera

_LATE: Final = 0.1
"""Seconds between two looks for connections that came as the server began to end."""
DRAIN_SECONDS: Final = 10
"""How long requests that are under way may take to end."""


def listen(
    ledger: Vespera, host: str, port: int, *, services: bool, ready: Callable[[str], None], **said: str | None
) -> None:
    """Serve until SIGINT or SIGTERM. Raises ConfigError for an unsafe address.

    What is `said` of settings, by name, overrides the configuration; None says nothing.
    """
    chosen: dict[str, Any] = {name: one for name, one in said.items() if one is not None}
    settings = replace(settings_of(ledger.kernel), **chosen)
    configure(settings.log_format, settings.log_level)
    check_address(host, settings)
    with bound(host, port) as listener, _services(ledger, wanted=services):
        url = url_of(host, listener.getsockname()[1])
        api = Api(ledger, settings=settings, server=url, hosts={named(host)})
        server = Server(config_of(api), lambda: ready(url), api.end, api.watch.drain)
        server.run(sockets=[listener])


def config_of(api: Api) -> uvicorn.Config:
    """How uvicorn serves an API. WebSockets are not compressed: that would cost each of them its own memory."""
    return uvicorn.Config(
        api, log_config=None, access_log=False, server_header=False, date_header=False,
        http=protocol(api.settings.header_seconds, api.settings.body_rate),
        limit_concurrency=api.settings.connections, timeout_graceful_shutdown=DRAIN_SECONDS, lifespan="on",
        timeout_keep_alive=30,
        ws=PatientProtocol, ws_max_size=4 * MAX_MESSAGE, ws_per_message_deflate=False,
    )  # fmt: skip


class Server(uvicorn.Server):
    """Says when it answers, and ends like a command that did what it was told."""

    def __init__(
        self, config: uvicorn.Config, started: Callable[[], None], ending: Callable[[], Awaitable[None]],
        draining: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        super().__init__(config)
        self._say = started
        self._part = ending
        self._drain = draining

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            gc.collect()
            gc.freeze()  # what a server has by now it keeps: the collector need not look through it again and again
            self._say()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._part()  # before uvicorn cuts off whoever follows events
        telling = asyncio.create_task(self._tell_late(set(self.server_state.connections)))
        try:
            await super().shutdown(sockets)
        finally:
            telling.cancel()

    async def _tell_late(self, told: set[Any]) -> None:
        """Tell connections that were still being taken in as uvicorn told the others that the server ends."""
        while True:
            await asyncio.sleep(_LATE)
            for connection in self.server_state.connections - told:
                told.add(connection)
                connection.shutdown()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn would raise the signal once more after its end, and the process would not exit with 0."""
        with signals.ending(self._end):
            yield

    def _end(self) -> None:
        self._drain()
        self.should_exit = True


def check_address(host: str, settings: ServerSettings) -> None:
    """Raises ConfigError for an address that other machines reach, unless callers and names of it are told apart."""
    listening.check_address(host, table=TABLE, asks_for_tokens=settings.auth == TOKEN, hosts=settings.hosts)


@contextlib.contextmanager
def _services(ledger: Vespera, *, wanted: bool) -> Iterator[None]:
    """The background services beside the server; another process that hosts them too stands by, or this one does."""
    if not wanted or ledger.folder is None:
        yield
        return
    from vespera_core.app.services.manager import Manager

    stop = Event()
    manager = Manager(ledger.kernel)
    thread = Thread(target=manager.run, args=(stop,), name="vespera-services")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
