"""Readers that are slow, or never read: they are let go with their cursor, and cost nobody else anything."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, Self

import pytest

from plugins.api.live.support import Running, client, serving
from reliability.support.dose import DEEP
from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.requests import CreateTasks, PlannedTask

SOCKETS = 500 if DEEP else 50
"""Readers that never read."""
GROWTH_MB = 25.0 + 75.0 * SOCKETS / 500
"""Threads and caches that the first readers of any kind bring with them, and what each reader costs."""
TEXT = "x" * 2_000


def fill(ledger: Vespera, count: int) -> None:
    """Many events that are not short."""
    for start in range(0, count, 200):
        plans = tuple(PlannedTask(title=f"task {start + one}", description=TEXT) for one in range(min(200, count)))
        ledger.call("task.create_many", CreateTasks(tasks=plans))


def test_a_slow_reader_is_let_go_with_the_cursor_from_which_it_loses_nothing(server: Running, ledger: Vespera) -> None:
    total = 3_000

    async def main() -> None:
        seen: list[str] = []
        cursor = ""
        async with client(server, max_queue=4) as reader:
            await reader.ask(type="subscribe", id="s", kinds=["task.created"])
            await asyncio.to_thread(fill, ledger, total)
            for one in await reader.rest():
                if one["type"] == "event":
                    seen.append(one["event"]["payload"]["task"]["title"])
                    cursor = one["cursor"]
            assert reader.socket.close_code == 4008
            assert str(reader.socket.close_reason).endswith(f"cursor={cursor}")
        assert len(seen) < total
        async with client(server) as reader:
            await reader.ask(type="subscribe", id="s", kinds=["task.created"], cursor=cursor)
            for one in await reader.events(total - len(seen)):
                seen.append(one["event"]["payload"]["task"]["title"])  # noqa: PERF401 - it goes on with what was seen
            assert await reader.silent()
        assert seen == [f"task {number}" for number in range(total)]

    asyncio.run(main())


def test_a_reader_behind_takes_what_is_in_the_log_at_its_own_pace(server: Running, ledger: Vespera) -> None:
    """However much there is: nobody is let go for what happened before it came."""
    fill(ledger, 2_000)

    async def main() -> None:
        async with client(server, max_queue=4) as reader:
            await reader.ask(type="subscribe", id="s", kinds=["task.created"], cursor="0")
            for number in range(2_000):
                if number % 500 == 0:
                    await asyncio.sleep(0.05)
                event = (await reader.hear("event"))["event"]
                assert event["payload"]["task"]["title"] == f"task {number}"

    asyncio.run(main())


@pytest.mark.parametrize("peer", ["socket", "stream", "export"])
def test_a_peer_that_takes_nothing_at_all_is_let_go(
    ledger: Vespera, monkeypatch: pytest.MonkeyPatch, peer: str, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("vespera_api.live.socket.SEND_SECONDS", 0.2)
    monkeypatch.setattr("vespera_api.wire.websocket.LINGER", 0.2)
    monkeypatch.setattr("vespera_api.wire.http.TAKE_SECONDS", 0.2)
    fill(ledger, 2_000)

    async def main(server: Running) -> None:
        with deaf_peer(server, peer):
            await asyncio.sleep(0.1)
            assert server.server.server_state.connections
            for _ in range(200):
                await asyncio.sleep(0.05)
                if not server.api.lobby.readers and not server.server.server_state.connections:
                    return
            raise AssertionError("it is still there")

    with serving(ledger) as server:
        asyncio.run(main(server))
    assert not [one for one in caplog.records if one.levelname == "ERROR"]


def deaf_peer(server: Running, peer: str, *, behind: bool = True) -> AbstractContextManager[Any]:
    """Somebody who asks for much, from the first event or from now on, and never reads."""
    if peer == "socket":
        return deaf(server, {"type": "subscribe", "id": "s", **({"cursor": "0"} if behind else {})})
    asked = {"stream": f"GET /api/v1/events/stream{'?cursor=0' * behind}", "export": "GET /api/v1/export?format=jsonl"}[
        peer
    ]
    return deaf_request(server, f"{asked} HTTP/1.1\r\nHost: localhost\r\n\r\n")


def deaf_request(server: Running, asked: str) -> socket.socket:
    """A request whose answer nobody reads."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    asking = socket.socket()
    asking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    asking.connect((host, int(port)))
    asking.sendall(asked.encode())
    return asking


class deaf:  # noqa: N801 - it reads as a verb
    """A WebSocket that says what it wants, and never reads."""

    def __init__(self, server: Running, subscribe: dict[str, Any]) -> None:
        host, _, port = server.url.removeprefix("http://").partition(":")
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect((host, int(port)))
        key = "dGhlIHNhbXBsZSBub25jZQ=="
        self.socket.sendall(
            f"GET /api/v1/ws HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(1)
        assert b" 101 " in answer, answer
        self.socket.sendall(_frame(json.dumps(subscribe).encode()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def _frame(payload: bytes) -> bytes:
    """A masked text frame (RFC 6455, section 5.2) with a mask of zeros."""
    assert len(payload) < 126
    return bytes((0x81, 0x80 | len(payload), 0, 0, 0, 0)) + payload


# ---------------------------------------------------------------- a server in a process of its own

SERVE = """
import sys
from dataclasses import replace
from vespera_api import serving
from vespera_api.settings import settings_of
from vespera_core.app.application import Vespera

serving.settings_of = lambda kernel: replace(
    settings_of(kernel), live_connections=1000, live_connections_per_caller=1000
)
with Vespera.open(sys.argv[1], actor="ann", origin="rest") as ledger:
    serving.listen(ledger, "127.0.0.1", 0, services=False, ready=lambda url: print(url, flush=True))
"""


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[Running, int]]:
    """A server over a workspace, and its process."""
    init_workspace(tmp_path / "w", prefix="web", actor="ann")
    command = [sys.executable, "-c", SERVE, str(tmp_path / "w")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            url = running.stdout.readline().strip()
            yield Running(url, None, None), running.pid  # type: ignore[arg-type]
            running.terminate()
            assert running.wait(30) == 0
        finally:
            running.kill()


def memory_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.parametrize("peer", ["socket", "stream"])
def test_many_that_never_read_cost_little_and_nobody_else_notices(
    process: tuple[Running, int], tmp_path: Path, record_property: Any, peer: str
) -> None:
    server, pid = process
    total = (1_500 if peer == "socket" else 20_000) if DEEP else 500

    async def healthy(ready: asyncio.Event) -> None:
        async with client(server) as reader:
            await reader.ask(type="subscribe", id="s", kinds=["task.created"])
            ready.set()
            for number in range(total):
                event = (await reader.hear("event"))["event"]
                assert event["payload"]["task"]["title"] == f"task {number}"

    async def main(ledger: Vespera) -> float:
        ready = asyncio.Event()
        reading = asyncio.create_task(healthy(ready))
        await ready.wait()
        await asyncio.to_thread(ledger.tasks.list_tasks)
        before = memory_mb(pid)
        with ExitStack() as stack:
            for number in range(SOCKETS):
                stack.enter_context(deaf_peer(server, peer, behind=number % 2 == 1))
                await asyncio.sleep(0)
            filling = asyncio.create_task(asyncio.to_thread(fill, ledger, total))
            most = before
            while not (filling.done() and reading.done()):
                most = max(most, memory_mb(pid))
                await asyncio.sleep(0.02)
            await reading
            return most - before

    with Vespera.open(tmp_path / "w", actor="ann") as ledger:
        growth = asyncio.run(main(ledger))
    record_property("growth_mb", growth)
    print(f"{SOCKETS} {peer}s that never read: {growth:.1f} MB")  # noqa: T201 - the figure of a deep run
    assert growth < GROWTH_MB
