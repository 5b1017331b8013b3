"""A real server, and clients that follow what happens in its workspace."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from threading import Event, Thread
from typing import Any

import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from vespera_api.app import Api
from vespera_api.serving import Server, config_of
from vespera_api.settings import settings_of
from vespera_core.app.application import Vespera
from vespera_core.app.network.listening import bound

ROOT = "/api/v1"
PATIENCE = 20.0
"""Seconds after which a test gives up waiting for what must come."""


class InThread(Server):
    """The server as it is, but for signals, which only a main thread gets: it is ended by its flag."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Running:
    """A server that runs."""

    url: str
    api: Api
    server: uvicorn.Server

    def stop(self) -> None:
        """Tell it to end, as a signal would."""
        self.server.should_exit = True

    @property
    def socket(self) -> str:
        """Where its WebSocket is."""
        return f"{self.url.replace('http', 'ws', 1)}{ROOT}/ws"


@contextlib.contextmanager
def serving(ledger: Vespera, at: int = 0, **settings: Any) -> Iterator[Running]:
    """A server over a workspace, on a thread of this process."""
    api = Api(ledger, settings=replace(settings_of(ledger.kernel), **settings))
    with bound("127.0.0.1", at) as listener:
        server = InThread(config_of(api), lambda: None, api.lobby.end)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                Event().wait(0.01)
            yield Running(f"http://127.0.0.1:{listener.getsockname()[1]}", api, server)
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
            assert not thread.is_alive()


class Client:
    """One WebSocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, **message: Any) -> None:
        """Send a message."""
        await self.socket.send(json.dumps(message))

    async def hear(self, *kinds: str) -> dict[str, Any]:
        """The next message, or the next of these types."""
        async with asyncio.timeout(PATIENCE):
            while True:
                found: dict[str, Any] = json.loads(await self.socket.recv())
                if not kinds or found["type"] in kinds:
                    return found

    async def ask(self, **message: Any) -> dict[str, Any]:
        """Send a message, and get the answer."""
        await self.say(**message)
        return await self.hear("subscribed", "unsubscribed", "pong", "problem")

    async def events(self, count: int) -> list[dict[str, Any]]:
        """The next events, with what stands around them."""
        return [await self.hear("event") for _ in range(count)]

    async def rest(self) -> list[dict[str, Any]]:
        """All that still comes until the server closes the connection."""
        found: list[dict[str, Any]] = []
        try:
            while True:
                found.append(await self.hear())
        except ConnectionClosed:
            return found

    async def silent(self, seconds: float = 0.3) -> bool:
        """Whether no event comes for a while."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    if json.loads(await self.socket.recv())["type"] == "event":
                        return False
        except TimeoutError:
            return True


@contextlib.asynccontextmanager
async def client(server: Running, *, greeted: bool = True, **options: Any) -> AsyncIterator[Client]:
    """A WebSocket that is open; its greeting is taken already."""
    async with connect(server.socket, compression=None, **options) as socket:
        found = Client(socket)
        if greeted:
            await found.hear("hello")
        yield found
