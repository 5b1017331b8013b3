"""Listening: many WebSockets that note when something comes, without reading it."""

from __future__ import annotations

import asyncio
import json
import struct
import time
from datetime import datetime
from typing import Any, cast

import uvloop

from bench.asking import Asked, Served, message, opened
from bench.measure import MS

PAUSE = 0.05
"""Seconds between two events: each has been heard by all before the next one."""

_HANDSHAKE = (
    b"GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


class Ear(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.heard = 0.0

    def data_received(self, data: bytes) -> None:  # noqa: ARG002 - when it came is all that counts
        self.heard = time.time()


def delays(server: Served, path: str, said: dict[str, Any], share: list[Asked], ears: int) -> list[float]:
    """How long after its moment each event of a share of requests is heard by each of so many, in milliseconds.

    The moment of an event is that of its row, which is read before the commit: the commit is part of each delay.
    """
    return uvloop.run(_delays(server, path, said, share, ears))


async def _delays(server: Served, path: str, said: dict[str, Any], share: list[Asked], ears: int) -> list[float]:
    loop, found = asyncio.get_running_loop(), []
    listening = [(await loop.create_connection(Ear, *server.address))[1] for _ in range(ears)]
    for ear in listening:
        ear.transport.write(_HANDSHAKE % path.encode())
    await asyncio.sleep(1)
    for ear in listening:
        ear.transport.write(_frame(said))
    await asyncio.sleep(1)
    line = await opened(server)
    for asked in share:
        for ear in listening:
            ear.heard = 0.0
        await line.ask(message(*asked))
        await asyncio.sleep(PAUSE)
        while not all(ear.heard for ear in listening):
            await asyncio.sleep(PAUSE)
        moment = _moment(json.loads(line.body))
        found += [(ear.heard - moment) * MS for ear in listening]
    for ear in listening:
        ear.transport.close()
    line.close()
    return found


def _moment(answer: dict[str, Any]) -> float:
    """When a task says that it was made."""
    return datetime.fromisoformat(answer.get("task", answer)["created_at"]).timestamp()


def _frame(said: dict[str, Any]) -> bytes:
    """A masked text frame (RFC 6455, section 5.2), with a mask that changes nothing."""
    data = json.dumps(said).encode()
    head = struct.pack(">BB", 0x81, 0x80 | len(data)) if len(data) < 126 else struct.pack(">BBH", 0x81, 0xFE, len(data))
    return head + bytes(4) + data
