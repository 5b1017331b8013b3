"""Nothing is deleted by one call: somebody says how many, or a person agrees."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import mcp_types as types
import pytest
from mcp import Client

from plugins.mcp.conftest import Agent
from vespera_mcp.answering.desk import Desk
from vespera_mcp.server import server_of

ERAS = ("auto", "legacy")
QUESTION = 'dry run, nothing deleted: 1 task would go; to delete give "confirm":1\nweb-2'


def family(agent: Agent) -> None:
    """web-1 with a child."""
    agent("create_task", title="A part of it", task_id="web-3", parent_id="web-1")


def test_a_first_call_only_counts(agent: Agent) -> None:
    family(agent)
    text = agent("delete_task", task_id="web-1")
    assert text == 'dry run, nothing deleted: 2 tasks would go; to delete give "confirm":2\nweb-1, web-3'
    assert agent("list_tasks").startswith("3 tasks\n")


def test_the_count_confirms(agent: Agent) -> None:
    family(agent)
    assert agent.refused("delete_task", task_id="web-1", recursive=True, confirm=1).startswith("conflict: ")
    assert agent.refused("delete_task", task_id="web-1", confirm=2).startswith("has_children: ")
    text = agent("delete_task", task_id="web-1", recursive=True, confirm=2)
    assert text == "deleted 2 tasks, restorable\nweb-1, web-3"
    assert "is deleted" in agent.refused("get_task", task_id="web-1")


def asked(desk: Desk, mode: str, answer: str, content: dict[str, Any] | None) -> tuple[str, list[str]]:
    """The reply to a deletion where a person answers so, and what the person was asked."""
    questions: list[str] = []

    async def person(_context: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        questions.append(params.message)
        return types.ElicitResult(action=answer, content=content)  # type: ignore[arg-type]

    async def run() -> str:
        async with Client(server_of(desk), mode=mode, elicitation_callback=person) as client:  # type: ignore[arg-type]
            reply = await client.call_tool("delete_task", {"task_id": "web-2"})
            return str(reply.content[0].text)  # type: ignore[union-attr]

    return anyio.run(run), questions


@pytest.mark.parametrize("mode", ERAS)
def test_a_person_is_asked_where_the_client_can(mode: str, desks: Callable[[], Desk]) -> None:
    text, questions = asked(desks(), mode, "accept", {"delete": True})
    assert text == "deleted 1 task, restorable\nweb-2"
    assert questions == [QUESTION]


@pytest.mark.parametrize("mode", ERAS)
@pytest.mark.parametrize(("answer", "content"), [("accept", {"delete": False}), ("decline", None), ("cancel", None)])
def test_what_a_person_refuses_stays(
    mode: str, answer: str, content: dict[str, Any] | None, desks: Callable[[], Desk], folder: Path
) -> None:
    text, _ = asked(desks(), mode, answer, content)
    assert text == "The person did not agree: nothing was deleted."
    assert asked(desks(), mode, "decline", None)[1] == [QUESTION], "it is still there"
