"""WebSockets under uvicorn, for peers that do not read: what they leave in our hands is bounded, and let go."""

from __future__ import annotations

import asyncio
from asyncio.transports import BaseTransport
from typing import TYPE_CHECKING, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from vespera_api.wire.http import BUFFER

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

LINGER: Final = 10.0
"""Seconds in which a peer takes what was sent before the end; then the connection is cut."""


class PatientProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol, which would wait without end for peers that never read."""

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=BUFFER)

    async def send(self, message: ASGISendEvent) -> None:
        if message["type"] == "websocket.close":
            self.writable.set()  # it is short, and must not wait behind what the peer does not read
        await super().send(message)

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        self.loop.call_later(LINGER, self.transport.abort)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.disconnected = True  # whoever sends is told that nobody is there
        self.transport.abort()

    def handle_parser_exception(self) -> None:
        super().handle_parser_exception()
        self.disconnected = True
