"""A client that goes away in the middle of a call: what it asked for is done, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from plugins.mcp.http.inside import URL, client_of, served
from plugins.mcp.http.site import BOTH, ERAS, GREETING, PATIENCE, Site, posted
from vespera_core.app.application import Vespera

TITLE = "Left behind"


def _call(era: str) -> dict[str, Any]:
    return posted("tools/call", {"name": "create_task", "arguments": {"title": TITLE}}, era=era)


# ---------------------------------------------------------------- while the write waits


@asynccontextmanager
async def writing(ledger: Vespera) -> Any:
    """Somebody else writes, so that every other write waits until the block ends."""
    begun, over = threading.Event(), threading.Event()

    def hold(_unit: object) -> None:
        begun.set()
        assert over.wait(PATIENCE)

    holding = asyncio.create_task(asyncio.to_thread(ledger.kernel.storage.write, hold))
    await asyncio.to_thread(begun.wait, PATIENCE)
    try:
        yield
    finally:
        over.set()
        await holding


class Gone:
    """A client in the ASGI sense: it sends a request, and goes away when it is told to."""

    def __init__(self, headers: dict[str, str], body: bytes) -> None:
        told = {"host": "localhost", "content-type": "application/json", "accept": BOTH, **headers}
        self.scope = {
            "type": "http", "method": "POST", "path": "/mcp", "raw_path": b"/mcp", "query_string": b"", "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in told.items()],
            "client": ("127.0.0.1", 1), "server": ("localhost", 80), "scheme": "http", "http_version": "1.1",
        }  # fmt: skip
        self.leave = asyncio.Event()
        self._body: list[bytes] = [body]

    async def receive(self) -> dict[str, Any]:
        if self._body:
            return {"type": "http.request", "body": self._body.pop(), "more_body": False}
        await self.leave.wait()
        return {"type": "http.disconnect"}

    async def send(self, _message: Any) -> None:
        """Nobody reads."""


@pytest.mark.parametrize("era", ERAS)
def test_the_write_is_finished(ledger: Vespera, era: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        begun = asyncio.Event()
        perform, loop = ledger.kernel.run, asyncio.get_running_loop()

        def performing(*given: Any) -> Any:
            loop.call_soon_threadsafe(begun.set)
            return perform(*given)

        monkeypatch.setattr(ledger.kernel, "run", performing)
        async with served(ledger) as app, client_of(app) as other:
            asked = _call(era)
            if era == "legacy":
                greeted = await other.post(URL, **posted("initialize", GREETING))
                asked["headers"]["Mcp-Session-Id"] = greeted.headers["mcp-session-id"]
            client = Gone(asked["headers"], json.dumps(asked["json"]).encode())
            async with writing(ledger):
                answering = asyncio.create_task(app(client.scope, client.receive, client.send))
                await begun.wait()
                client.leave.set()
                await answering
            assert (await other.post(URL, **posted("tools/list", era="auto"))).status_code == 200

    asyncio.run(main())
    monkeypatch.undo()
    assert [task.title for task in ledger.tasks.list_tasks().tasks] == [TITLE]


# ---------------------------------------------------------------- over the wire


def _half_sent(site: Site, era: str) -> None:
    """Send a call but for its last bytes, and hang up."""
    asked, where = _call(era), urlsplit(site.url)
    body = json.dumps(asked["json"]).encode()
    headers = {"Host": where.netloc, "Content-Type": "application/json", "Content-Length": len(body), "Accept": BOTH,
               **site.shown("writer"), **asked["headers"]}  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection((where.hostname, where.port)) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(f"POST {where.path} HTTP/1.1\r\n{head}\r\n".encode() + body[:-3])


@pytest.mark.parametrize("era", ERAS)
def test_half_a_message_does_nothing_and_harms_nobody(site: Site, era: str) -> None:
    for _ in range(5):
        _half_sent(site, era)
    with site.http("writer") as http:
        assert http.post(site.url, **posted("tools/list", era="auto")).status_code == 200
    with Vespera.open(site.folder, actor="ann") as ledger:
        assert all(task.title != TITLE for task in ledger.tasks.list_tasks(limit=500).tasks)
    assert "Traceback" not in site.errors.read_text()
