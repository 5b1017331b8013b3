"""What the document about events shows is done."""

from __future__ import annotations

import asyncio
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from plugins.api.live.support import Running
from plugins.api.live.webhooks.support import Receiver, Sending
from vespera_core.app.application import Vespera

PAGE = Path(__file__).resolve().parents[4] / "docs" / "howto" / "follow-events.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)


def python(name: str) -> Any:
    """The function of a block."""
    [code] = [block for block in blocks("python") if f"def {name}(" in block]
    found: dict[str, Any] = {}
    exec(code, found)
    return found[name]


def test_the_session_prints_what_happens(server: Running, ledger: Vespera, capsys: pytest.CaptureFixture[str]) -> None:
    async def main() -> str:
        following = asyncio.create_task(python("follow")(server.socket, "web"))
        said = ""
        for number in range(400):
            task = await asyncio.to_thread(ledger.tasks.create_task, f"task {number}") if number % 20 == 0 else None
            await asyncio.sleep(0.05)
            said += capsys.readouterr().out
            if "task.created web-" in said:
                break
        assert task is None or task.task_id
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        return said

    assert "task.created web-" in asyncio.run(main())


def test_the_signature_is_checked_as_it_is_written(ledger: Vespera) -> None:
    memo = {"settings:webhooks": {"allow_private": True}}
    ledger.kernel.storage.write(lambda unit: unit.put_memos("service", memo))
    is_genuine = python("is_genuine")
    with Receiver() as receiver:
        sending = Sending(ledger)
        secret = sending.add(receiver.url).secret
        ledger.tasks.create_task("one")
        sending.run()
        got = receiver.got[0]
    assert is_genuine(secret, got.headers, got.body)
    assert not is_genuine(secret, got.headers, got.body + b" ")
    assert not is_genuine(secret, {**got.headers, "webhook-timestamp": "1"}, got.body)


def test_the_streams_of_curl_begin_as_they_are_shown(server: Running, ledger: Vespera) -> None:
    for _ in range(43):
        ledger.tasks.create_task("one")
    for command in blocks("sh")[:2]:
        ours = command.strip().replace("http://127.0.0.1:8420", server.url).replace("curl", "curl -s -m 2")
        answer = subprocess.run(ours, shell=True, capture_output=True, text=True, check=False)
        assert answer.stdout.startswith("event: hello\ndata: {"), answer
    assert "id: 42\nretry" in answer.stdout
    assert "event: task.created" in answer.stdout
