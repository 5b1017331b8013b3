"""Serving: one uvicorn server over an open workspace, with its background services, ended gracefully."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

import uvicorn

from vespera_api.access.gate import OpenGate
from vespera_api.access.hosts import LOCAL
from vespera_api.app import Api
from vespera_core.cli import signals
from vespera_core.errors import ConfigError, EnvironmentFault

if TYPE_CHECKING:
    from vespera_core.app.application import Vespera

DRAIN_SECONDS: Final = 10
"""How long requests that are under way may take to end."""


def listen(ledger: Vespera, host: str, port: int, *, services: bool, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. Raises ConfigError for an address that is not safe to listen on as it is."""
    check_address(host)
    with bound(host, port) as listener, _services(ledger, wanted=services):
        url = _url(host, listener.getsockname()[1])
        own = f"[{host}]" if ":" in host else host
        api = Api(ledger, OpenGate(ledger.caller.actor), server=url, hosts={*LOCAL, own})
        config = uvicorn.Config(
            api, log_level="warning", access_log=False, server_header=False, date_header=False,
            timeout_graceful_shutdown=DRAIN_SECONDS, lifespan="on", timeout_keep_alive=30,
        )  # fmt: skip
        server = _Server(config, lambda: ready(url))
        server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """Says when it answers, and ends like a command that did what it was told."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._say = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._say()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn would raise the signal once more after its end, and the process would not exit with 0."""
        with signals.ending(self._end):
            yield

    def _end(self) -> None:
        self.should_exit = True


def check_address(host: str) -> None:
    """Raises ConfigError unless only this machine reaches the address: without authentication nobody else may."""
    if host == "localhost":
        return
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return
    raise ConfigError(
        f"{host} can be reached from other machines, and this server does not tell callers apart.",
        next="Listen on 127.0.0.1, and let a tunnel bring others in.", host=host,
    )  # fmt: skip


@contextlib.contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket. Raises EnvironmentFault where the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        yield listener
    except OSError as error:
        raise EnvironmentFault(
            f"Cannot listen on {host} port {port}: {error.strerror or error}.",
            next="Choose another port: 'vespera serve --port 0' takes a free one.",
        ) from error
    finally:
        listener.close()


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


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
