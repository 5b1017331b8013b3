"""Tokens of usual replies on a real project: what they cost, and that their titles are told whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from counting import tokens
from plugins.mcp.replies.making import CONCISE
from reliability.support.dose import say
from vespera_core.app.application import Vespera
from vespera_core.app.inputs import request_of
from vespera_core.ports.operation import resolve
from vespera_mcp.replies.telling import told

BEADS = Path(__file__).resolve().parents[5] / "shared" / "data" / "beads-issues.jsonl"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not BEADS.exists(), reason=f"the real project is not at {BEADS}"),
]


@pytest.fixture(scope="module")
def ledger() -> Iterator[Vespera]:
    with Vespera.in_memory(actor="ann") as opened:
        opened.call("exchange.import", request(opened, "exchange.import", format="beads", path=str(BEADS)))
        yield opened


def request(ledger: Vespera, operation: str, **given: Any) -> Any:
    return request_of(resolve(ledger.kernel.operations[operation].input), given)


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("task.list", {"limit": 20}),
        ("task.list", {"limit": 20, "sort": "updated"}),
        ("task.ready", {"limit": 20}),
        ("task.search", {"text": "fix daemon sync", "mode": "text", "limit": 20}),
        ("task.search", {"text": "test coverage", "mode": "text", "limit": 20}),
    ],
)
def test_twenty_tasks_take_at_most_six_hundred(ledger: Vespera, operation: str, given: dict[str, Any]) -> None:
    answer = ledger.call(operation, request(ledger, operation, **given))
    reply = told(operation, answer, CONCISE, now=ledger.kernel.clock())
    say(f"{operation} {given}: {tokens(reply)} tokens")
    assert len(answer.tasks) == 20
    assert tokens(reply) <= 600
    assert all(task.title in reply for task in answer.tasks if len(task.title) <= 45 and task.title.isascii())


@pytest.mark.parametrize(
    "operation",
    ["project.dashboard", "project.insights", "graph.critical_path", "graph.bottlenecks", "graph.waves", "role.list"],
)
def test_overviews_take_at_most_a_thousand(ledger: Vespera, operation: str) -> None:
    reply = told(operation, ledger.call(operation, request(ledger, operation)), CONCISE, now=ledger.kernel.clock())
    assert tokens(reply) <= 1_000
    assert "more lines" not in reply
