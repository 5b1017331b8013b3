"""A plan goes in over MCP, is seen over REST and a WebSocket, worked by a worker, and found in every store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reliability.support.witness import log_of, missed
from system.town import PROJECT, Town, opened
from vespera_core.app.application import Vespera
from vespera_core.model.public import public

PLAN = [
    {
        "title": "Open a bakery", "key": "root", "children": [
            {"title": "Find a room with an oven", "key": "room"},
            {"title": "Bake the first bread", "key": "bread", "depends_on": ["room"]},
            {"title": "Paint the sign", "key": "sign"},
            {"title": "Sell what was baked", "key": "sell", "depends_on": ["bread", "sign"]},
        ],
    }
]  # fmt: skip
DONE = 'echo "$VESPERA_TASK_ID" >> done.txt'


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The plan is made over MCP, and worked to its end."""
    with opened(tmp_path_factory.mktemp("flow")) as town:
        town.tool("create_task_tree", tasks=PLAN)
        assert town.hire("baker", DONE).process.wait(60) == 0
        town.level()
        yield town


@pytest.fixture(scope="module")
def tasks(town: Town) -> dict[str, dict[str, Any]]:
    """The tasks as REST tells them, by title."""
    return {one["title"]: one for one in town.rest("GET", "/tasks?limit=0&open=false")["tasks"]}


def test_the_whole_plan_is_done_in_an_order_that_it_allows(town: Town, tasks: dict[str, dict[str, Any]]) -> None:
    titles = {one["task_id"]: title for title, one in tasks.items()}
    order = [titles[line] for line in (town.folder / "done.txt").read_text().split()]
    assert sorted(order) == sorted(titles.values())
    assert len(order) == 5
    place = {title: at for at, title in enumerate(order)}
    assert place["Find a room with an oven"] < place["Bake the first bread"] < place["Sell what was baked"]
    assert place["Paint the sign"] < place["Sell what was baked"]
    assert order[-1] == "Open a bakery"
    assert {one["status"] for one in tasks.values()} == {"completed"}
    assert {one["closed_by"] for one in tasks.values()} == {"baker"}


def test_the_listener_saw_the_log_in_its_order(town: Town) -> None:
    log, faults = log_of(town.folder)
    assert faults == []
    town.listener.finish(log[-1].seq)
    assert town.listener.faults == []
    assert missed(log, "the socket", town.listener.seen) == []
    assert {one.origin for one in log} >= {"mcp", "worker"}


def test_meaning_is_answered_by_chroma_and_structure_by_kuzu(town: Town, tasks: dict[str, dict[str, Any]]) -> None:
    found = town.rest("POST", "/search/semantic", {"text": "bread from the oven", "limit": 2})
    assert found["tasks"][0]["title"] == "Bake the first bread"
    assert (found["degraded"], found["reason"], found["behind"]) == (False, None, 0)
    text = "MATCH (a:Task)-[:DEPENDS_ON]->(b:Task) RETURN a.task_id, b.task_id"
    rows = town.rest("POST", "/graph/query", {"text": text})["rows"]
    told = {(one["task_id"], target) for one in tasks.values() for target in one["depends_on"]}
    assert {tuple(row) for row in rows} == told
    assert len(told) == 3


def test_one_task_is_told_alike_in_every_way(town: Town, tasks: dict[str, dict[str, Any]]) -> None:
    task_id = tasks["Bake the first bread"]["task_id"]
    with Vespera.open(town.folder, actor="ann") as ledger:
        direct = json.loads(json.dumps(public(ledger.tasks.get_task(task_id))))
    assert town.rest("GET", f"/tasks/{task_id}")["task"] == direct
    assert town.command("show", task_id)["task"] == direct
    told = town.tool("get_task", task_id=task_id, detail="full")
    for word in (task_id, direct["title"], "completed", *direct["depends_on"], f"version: {direct['version']}"):
        assert word in told


def test_an_export_is_the_same_by_every_way_out(town: Town, tmp_path: Path) -> None:
    answer = town.command("export", "--format", "jsonl", "-o", str(tmp_path / "cli.jsonl"))
    with Vespera.open(town.folder, actor="ann") as ledger:
        text = ledger.call("exchange.export", export_to(tmp_path / "python.jsonl"))
    sent = town.raw("GET", "/export?format=jsonl")
    assert answer["digest"] == text.digest
    assert (tmp_path / "cli.jsonl").read_bytes() == (tmp_path / "python.jsonl").read_bytes() == sent
    assert sent.count(PROJECT.encode()) > 5


def export_to(path: Path) -> Any:
    """A request for everything, as canonical lines."""
    from vespera_core.app.requests import ExportFile

    return ExportFile(format="jsonl", path=str(path))
