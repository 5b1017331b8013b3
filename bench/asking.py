"""Asking a server: a lean client with as many connections as wanted, and the servers as processes of their own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

import httptools
import uvloop

from bench.measure import MS, ROOT, Cost

Asked = tuple[str, str, Any]
"""Method, path and body of a request."""

Share = list[Asked]
"""What one connection asks, one thing after another."""


class Served(NamedTuple):
    """A server that answers."""

    url: str
    pid: int

    @property
    def address(self) -> tuple[str, int]:
        found = urlsplit(self.url)
        assert found.hostname is not None
        assert found.port is not None
        return found.hostname, found.port

    @property
    def cpu(self) -> float:
        """CPU time of its process so far, in milliseconds; 0 where the system does not say."""
        path = Path(f"/proc/{self.pid}/stat")
        if not path.exists():
            return 0.0
        numbers = path.read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK") * MS


@contextmanager
def served(*command: str | Path) -> Iterator[Served]:
    """A command as a server that says where it is; it is told to end with the block, and must do so well."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            yield Served(json.loads(child.stdout.readline())["data"]["url"], child.pid)
        finally:
            child.send_signal(signal.SIGTERM)
    if child.returncode not in (0, -signal.SIGTERM):
        raise RuntimeError(f"{command} ended with {child.returncode}")


class Load(NamedTuple):
    """What a load took: the wall time of each request, of all together, and the server's CPU time, in milliseconds."""

    each: list[float]
    wall: float
    cpu: float

    @property
    def a_request(self) -> Cost:
        return Cost(self.wall, self.cpu).per(len(self.each))


def load(server: Served, shares: Sequence[Share]) -> Load:
    """Send each share over a connection of its own, request after request, all shares at once; raises for errors."""
    ready = [[message(*one) for one in share] for share in shares]
    cpu, (wall, each) = server.cpu, uvloop.run(_all(server, ready))
    return Load([took for share in each for took in share], wall, server.cpu - cpu)


async def _all(server: Served, shares: Sequence[Sequence[bytes]]) -> tuple[float, list[list[float]]]:
    lines = [await opened(server) for _ in shares]
    start = time.perf_counter()
    each = await asyncio.gather(*(_send(line, share) for line, share in zip(lines, shares, strict=True)))
    wall = (time.perf_counter() - start) * MS
    for line in lines:
        line.close()
    return wall, each


async def _send(line: Line, share: Sequence[bytes]) -> list[float]:
    took = []
    for request in share:
        start = time.perf_counter()
        status = await line.ask(request)
        took.append((time.perf_counter() - start) * MS)
        if status >= 400:
            raise RuntimeError(f"The server answered {status} to {request[:200]!r}.")
    return took


async def opened(server: Served) -> Line:
    """A new connection."""
    return (await asyncio.get_running_loop().create_connection(Line, *server.address))[1]


def message(method: str, path: str, body: Any) -> bytes:
    """A request as it is sent."""
    data = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
    if body is not None:
        head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
    return f"{head}\r\n".encode() + data


class Line(asyncio.Protocol):
    """One connection that asks one thing at a time."""

    _transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._answer: asyncio.Future[int] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self.body = b""

    def ask(self, request: bytes) -> asyncio.Future[int]:
        """Send a request; the status of its answer comes once the answer is there as a whole."""
        self._answer, self.body = asyncio.get_running_loop().create_future(), b""
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, part: bytes) -> None:
        self.body += part

    def on_message_complete(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(self._parser.get_status_code())

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError("the server closed the connection"))

    def close(self) -> None:
        self._transport.close()


def lags(server: Served, path: str, share: Share, pause: float = 0.005) -> list[float]:
    """How late a path is answered that costs nothing, asked at even times while a share is asked; in milliseconds."""
    return uvloop.run(_lags(server, path, share, pause))


async def _lags(server: Served, path: str, share: Share, pause: float) -> list[float]:
    found, line = [], await opened(server)
    request = message("GET", path, None)
    other = asyncio.create_task(_all(server, [[message(*one) for one in share]]))
    due = time.perf_counter()
    while not other.done():
        await line.ask(request)
        now = time.perf_counter()
        found.append((now - due) * MS)
        due += pause  # what waits behind a late answer is late as well, so nothing is left out
        await asyncio.sleep(max(0.0, due - now))
    line.close()
    await other
    return found
