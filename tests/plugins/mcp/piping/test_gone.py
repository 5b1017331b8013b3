"""Clients that take a call back, or go away in the middle of one: what was begun is whole, and the server ends well."""

from __future__ import annotations

from pathlib import Path

from plugins.mcp.piping.conftest import Start
from vespera_core.app.application import Vespera

MANY = 300


def plan(name: str) -> dict[str, object]:
    return {"name": "create_task_tree", "arguments": {"tasks": [{"title": f"{name} {n}"} for n in range(MANY)]}}


def made(place: Path, name: str) -> int:
    with Vespera.open(place, actor="tests") as ledger:
        return sum(task.title.startswith(f"{name} ") for task in ledger.tasks.list_tasks(limit=0).tasks)


def test_a_server_whose_client_is_gone_before_a_word_ends(start: Start) -> None:
    assert start(greet=False).close() == 0


def test_a_write_is_whole_when_its_client_goes_away(start: Start, place: Path) -> None:
    server = start()
    server.ask("tools/call", plan("gone"))
    assert server.close() == 0
    assert made(place, "gone") in (0, MANY)


def test_a_call_can_be_taken_back(start: Start, place: Path) -> None:
    server = start()
    number = server.ask("tools/call", plan("back"))
    server.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": number}})
    assert server.request("tools/call", {"name": "ready_tasks", "arguments": {}})["content"]
    assert server.close() == 0
    assert made(place, "back") in (0, MANY)


def test_a_server_whose_client_reads_no_more_ends(start: Start) -> None:
    server = start()
    for _ in range(200):
        server.ask("tools/list")
    assert server.process.stdout is not None
    server.process.stdout.close()
    assert server.close() == 0
