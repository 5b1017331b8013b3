"""Errors are lines that an agent can go on from: what, why, and a call that helps."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from plugins.mcp.conftest import Agent, Agents
from vespera_core.app.application import Vespera
from vespera_mcp.answering.hints import _TABLE, hint_of
from vespera_mcp.tools.offer import offer_of, selection_of

CALL = re.compile(r"([a-z_]+) (\{[^{}]*\})")
SOURCES = Path(__file__).parents[3] / "core" / "src" / "vespera_core"
COMMAND = re.compile(r"'vespera ([^'\"]+)'")


def step(agent: Agent, text: str) -> str:
    """What the first call of a hint answers."""
    _, _, hint = text.partition(" Next: ")
    found = CALL.search(hint)
    assert found, text
    return agent(found[1], **json.loads(found[2]))


def test_unknown_ids_are_hinted_at_by_their_like(agent: Agent) -> None:
    text = agent.refused("get_task", task_id="web-3")
    assert text.startswith("not_found: There is no task 'web-3'.")
    assert "web-" in step(agent, text)


def test_ids_that_are_like_none_lead_to_a_list(agent: Agent) -> None:
    assert step(agent, agent.refused("get_task", task_id="quux")).startswith("2 tasks\n")


def test_a_prefix_of_several_names_them(agent: Agent) -> None:
    text = agent.refused("get_task", task_id="web")
    assert "web-1, web-2" in text
    assert "Write the schema" in step(agent, text)


def test_a_task_that_waits_says_for_what(agent: Agent) -> None:
    text = agent.refused("hold_task", action="claim", task_id="web-2")
    assert text.startswith("not_ready: web-2 is not ready. It depends on web-1 (pending)")
    assert "waits_for: It depends on web-1 (pending): Write the schema" in step(agent, text)


def test_a_circle_is_shown(agent: Agent) -> None:
    text = agent.refused("add_task_dependency", task_id="web-1", depends_on="web-2")
    assert "web-1 -> web-2 -> web-1" in text
    assert "web-2" in step(agent, text)


def test_a_hold_names_its_holder_and_its_end(agents: Agents) -> None:
    first, second = agents(actor="ann"), agents(actor="bob")
    first("hold_task", action="claim", task_id="web-1")
    text = second.refused("hold_task", action="claim", task_id="web-1")
    assert re.match(r"held: web-1 is held by ann \(worker\) until \S+; you are bob\.", text)
    assert "nothing is ready" in step(second, text)


def test_a_stale_fence_stops_its_worker(agent: Agent) -> None:
    assert "fence 1" in agent("hold_task", action="claim", task_id="web-1")
    text = agent.refused("complete_task", task_id="web-1", fence=7)
    assert text.startswith("stale_fence: The fence 7 for web-1 is not valid")
    assert "ready" in step(agent, text)


def test_a_version_that_is_over_is_a_conflict(agent: Agent) -> None:
    agent("update_task", task_id="web-1", title="Write the schemas")
    text = agent.refused("update_task", task_id="web-1", title="x", expected_version=1)
    assert text.startswith("version_conflict: ")
    assert "version: 2" in step(agent, text)


def test_moves_that_a_workflow_refuses_name_those_it_allows(agent: Agent) -> None:
    agent("complete_task", task_id="web-1")
    text = agent.refused("update_task", task_id="web-1", status="cancelled")
    assert text.startswith("transition: ")
    assert "pending" in text


def test_a_role_that_is_none_is_hinted_at_by_a_list(agent: Agent, folder: Path) -> None:
    roles = folder / ".vespera" / "roles"
    roles.mkdir()
    (roles / "viewer.yaml").write_text("capabilities: [documentation]\n")
    assert "viewer" in step(agent, agent.refused("assign_role_to_task", task_id="web-1", role="veiwer"))


def test_no_workspace_is_an_error_and_not_the_end(agents: Agents, tmp_path: Path) -> None:
    bare = tmp_path / "elsewhere"
    bare.mkdir()
    lost = agents(at=bare)
    text = lost.refused("ready_tasks")
    assert text.startswith(f"no_workspace: There is no workspace in {bare}.")
    assert "'vespera init' on the command line" in text
    assert "web-1" in lost("ready_tasks", workspace=str(tmp_path))


def test_a_bug_is_logged_and_not_told(agent: Agent, caplog: pytest.LogCaptureFixture) -> None:
    place = agent.runner.run(agent.workspaces.place(None))
    place.ledger.kernel.clock = lambda: 1 // 0
    assert (
        agent.refused("ready_tasks")
        == "internal: Something went wrong in the server; its log on standard error says what."
    )
    assert "ZeroDivisionError" in caplog.text


def test_calls_in_hints_are_of_tools_that_there_are() -> None:
    with Vespera.in_memory() as ledger:
        every = offer_of(ledger.kernel.operations, selection_of("all")).tools
    for words, tool, takes in _TABLE:
        assert set(takes) <= set(every[tool].arguments), words


def test_no_hint_of_the_core_destroys_anything() -> None:
    with Vespera.in_memory() as ledger:
        every = offer_of(ledger.kernel.operations, selection_of("all")).tools
    assert not [words for words, tool, _ in _TABLE if every[tool].destroys]


def test_commands_in_hints_are_calls_or_are_said_to_be_commands() -> None:
    from vespera_core.errors import NotFound

    offered = {tool for _, tool, _ in _TABLE}
    commands = {one for path in SOURCES.rglob("*.py") for one in COMMAND.findall(path.read_text())}
    hints = {f"'vespera {re.sub(r'{[^}]*}', 'web-1', one)}'" for one in commands}
    assert len(hints) > 40
    for hint in hints:
        told = hint_of(NotFound("x", next=f"Run {hint}."), offered, "web-1")
        assert CALL.search(told) or "on the command line" in told, hint
        for name, arguments in CALL.findall(told):
            assert name in offered
            assert "ID" not in json.loads(arguments).values()
