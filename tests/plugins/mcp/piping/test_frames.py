"""Whatever comes over the pipe, the server lives, says nothing but the protocol, and answers the next good line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bench.agents.piped import Piped

from plugins.mcp.piping.conftest import Start

MB = 1 << 20


def line(**message: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n"


def call(arguments: str) -> bytes:
    params = f'{{"name": "create_task", "arguments": {arguments}}}'
    return f'{{"jsonrpc": "2.0", "id": 90, "method": "tools/call", "params": {params}}}\n'.encode()


FRAMES: dict[str, bytes] = {
    "no JSON": b"hello\n",
    "half a line": b'{"jsonrpc": "2.0", "id": 9, "met\n',
    "nothing": b"\n\n   \n",
    "no text": bytes(range(128, 256)) + b"\n",
    "zeros": b"\0" * 1000 + b"\n",
    "a number": b"7\n",
    "a batch": b"[" + line(id=91, method="ping").strip() + b"]\n",
    "an empty batch": b"[]\n",
    "another version": b'{"jsonrpc": "1.0", "id": 92, "method": "ping"}\n',
    "no version": b'{"id": 93, "method": "ping"}\n',
    "no method": line(id=94),
    "an odd method": line(id=95, method=7),
    "an odd id": line(id={"a": 1}, method="ping"),
    "odd params": line(id=96, method="tools/call", params=[1]),
    "no tool": line(id=97, method="tools/call", params={}),
    "an odd tool": line(id=98, method="tools/call", params={"name": 5}),
    "arguments that are none": line(id=99, method="tools/call", params={"name": "list_tasks", "arguments": "x"}),
    "an odd key": line(id=89, method="tools/call", params={
        "name": "create_task", "arguments": {"title": "x"}, "_meta": {"vespera/idempotency-key": 5}}),
    "an unknown method": line(id=88, method="tools/eat"),
    "an unknown notification": line(method="notifications/eaten"),
    "an answer to nothing": line(id=87, result={}),
    "a greeting again": line(id=86, method="initialize", params={}),
    "deep": b"[" * 100_000 + b"\n",
    "deep objects": b'{"a":' * 50_000 + b"\n",
    "a deep argument": call('{"title": ' + "[" * 5_000 + "]" * 5_000 + "}"),
    "half a character": call('{"title": "\\ud800"}'),
    "no number": call('{"title": "x", "estimate_minutes": NaN}'),
    "an endless number": call('{"title": "x", "estimate_minutes": 1e999}'),
    "a long number": call('{"title": "x", "estimate_minutes": ' + "9" * 10_000 + "}"),
    "a long line": b"x" * (10 * MB) + b"\n",
    "a long title": call('{"title": "' + "x" * (10 * MB) + '"}'),
}  # fmt: skip


@pytest.fixture(scope="module")
def server(start: Start) -> Piped:
    return start()


@pytest.mark.parametrize("frame", FRAMES)
def test_the_next_good_line_is_answered(server: Piped, frame: str) -> None:
    server.write(FRAMES[frame])
    said = server.request("tools/call", {"name": "list_tasks", "arguments": {}})
    assert said["content"][0]["text"].startswith("0 "), "garbage made a task"
    assert server.process.poll() is None


def test_a_line_may_come_in_pieces(server: Piped) -> None:
    whole = line(id=1000, method="ping")
    for part in (whole[:7], whole[7:20], whole[20:]):
        server.write(part)
    assert server.answer(1000)["result"] == {}
