"""The end of a server: whoever follows events is told from where to go on."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from plugins.api.live.support import PATIENCE, ROOT, Client
from vespera_core.app.application import init_workspace

MAIN = "import sys; from vespera_core.cli.main import main; sys.exit(main())"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The command as it is typed; where it serves."""
    init_workspace(tmp_path, prefix="web", actor="ann")
    words = ["-C", str(tmp_path), "serve", "--port", "0", "--json"]
    with subprocess.Popen(
        [sys.executable, "-c", MAIN, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:  # fmt: skip
        try:
            assert running.stdout is not None
            yield json.loads(running.stdout.readline())["data"]["url"], running
        finally:
            running.kill()


def test_a_signal_ends_sockets_and_streams_with_their_cursors(served: tuple[str, subprocess.Popen[str]]) -> None:
    url, running = served

    async def stream(began: asyncio.Event) -> list[str]:
        async with httpx.AsyncClient(timeout=PATIENCE) as http, http.stream("GET", f"{url}{ROOT}/events/stream") as it:
            found = []
            async for line in it.aiter_lines():
                began.set()
                found.append(line)
            return found

    async def main() -> None:
        began = asyncio.Event()
        streaming = asyncio.create_task(stream(began))
        await began.wait()
        async with connect(f"{url.replace('http', 'ws', 1)}{ROOT}/ws") as socket:
            reader = Client(socket)
            await reader.ask(type="subscribe", id="s", kinds=["task.*"])
            async with httpx.AsyncClient() as http:
                await http.post(f"{url}{ROOT}/tasks", json={"title": "one"})
            cursor = (await reader.hear("event"))["cursor"]
            running.send_signal(signal.SIGTERM)
            closing = await reader.hear("closing")
            assert (closing["code"], closing["cursor"], closing["cursors"]) == (1012, cursor, {"s": cursor})
            await socket.wait_closed()
            assert socket.close_code == 1012
            assert str(socket.close_reason).endswith(f"cursor={cursor}")
        last = [line for line in await streaming if line][-3:]
        assert last[0] == "event: closing"
        assert json.loads(last[1].removeprefix("data: "))["cursor"] == cursor
        assert last[2] == f"id: {cursor}"

    asyncio.run(main())
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (0, "", "")
