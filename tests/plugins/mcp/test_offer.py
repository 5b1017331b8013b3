"""Which tools there are: few, the same in each list, and cheap to be told of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from counting import tokens
from plugins.mcp.conftest import Agents
from vespera_core.app.application import Vespera
from vespera_core.app.operations import builtin_operations
from vespera_core.errors import InvalidInput
from vespera_core.ports.operation import Operation
from vespera_mcp.instructions import INSTRUCTIONS, MANY
from vespera_mcp.server import described
from vespera_mcp.tools.generated import reads
from vespera_mcp.tools.offer import Offer, offer_of, selection_of

KNOWN = (
    "create_task", "create_task_tree", "get_task", "update_task", "delete_task", "list_tasks", "get_task_tree",
    "analyze_task_dependencies", "add_task_dependency", "execute_task", "complete_task", "list_roles",
    "assign_role_to_task", "get_task_dashboard",
)  # fmt: skip


@pytest.fixture(scope="module")
def operations() -> dict[str, Operation]:
    with Vespera.in_memory() as ledger:
        return ledger.kernel.operations


def offered(operations: dict[str, Operation], toolsets: str | None = None, **more: Any) -> Offer:
    return offer_of(operations, selection_of(toolsets, read_only=more.pop("read_only", False)), **more)


def cost(offer: Offer) -> int:
    """What a client hands its model: name, description and input schema of each tool."""
    told = [described(tool, many=True).model_dump(by_alias=True, exclude_none=True) for tool in offer.tools.values()]
    kept = [{name: one[name] for name in ("name", "description", "inputSchema")} for one in told]
    return sum(tokens(json.dumps(one, separators=(",", ":"))) for one in kept)


def test_the_known_names_work(operations: dict[str, Operation]) -> None:
    assert set(KNOWN) <= set(offered(operations).tools)


def test_the_default_set_is_small_and_cheap(operations: dict[str, Operation]) -> None:
    usual = offered(operations)
    assert len(usual.tools) <= 18
    assert cost(usual) <= 2_000
    assert tokens(INSTRUCTIONS + MANY) <= 120


def test_no_tool_costs_much_by_itself(operations: dict[str, Operation]) -> None:
    for tool in offered(operations, "all").tools.values():
        assert cost(Offer([tool])) <= 260, tool.name


def test_schemas_are_slim(operations: dict[str, Operation]) -> None:
    for tool in offered(operations, "all").tools.values():
        text = json.dumps(tool.schema)
        for word in ('"title":', "anyOf", "$ref", "$defs", '"default"', "null"):
            assert word not in text.replace('"title": {"type"', ""), (tool.name, word)
        assert tool.schema["additionalProperties"] is False
        assert set(tool.required) <= set(tool.arguments)


def test_every_operation_has_a_tool(operations: dict[str, Operation]) -> None:
    ways = {way.operation for tool in offered(operations, "all").tools.values() for way in tool.ways.values()}
    assert ways == set(operations)
    assert {one.name for one in builtin_operations()} <= ways


def test_lists_are_the_same_each_time(operations: dict[str, Operation]) -> None:
    backwards = dict(reversed(operations.items()))
    assert list(offered(operations).tools) == list(offered(backwards).tools)
    assert list(offered(operations, "graph,core").tools) == list(offered(operations, "core,graph").tools)


def test_reading_alone_leaves_nothing_that_changes_anything(operations: dict[str, Operation]) -> None:
    left = offered(operations, "all", read_only=True)
    assert {"get_task", "ready_tasks", "search_tasks", "graph_forecast"} <= set(left.tools)
    for tool in left.tools.values():
        assert tool.reads
        assert all(reads(operations[way.operation]) for way in tool.ways.values())


def test_what_names_files_is_for_callers_of_this_machine(operations: dict[str, Operation]) -> None:
    local, remote = (set(offered(operations, "all", local=one).tools) for one in (True, False))
    assert local - remote == {"exchange_import", "exchange_export", "system_backup", "guard_diff"}


def test_unknown_toolsets_are_refused() -> None:
    with pytest.raises(InvalidInput, match="no toolset 'grpah'"):
        selection_of("core,grpah")


def test_a_tool_is_hinted_at_by_its_like(operations: dict[str, Operation]) -> None:
    with pytest.raises(InvalidInput) as caught:
        offered(operations).get("create_tasks")
    assert "create_task" in caught.value.next


def test_a_role_hides_what_it_forbids(agents: Agents, folder: Path) -> None:
    roles = folder / ".vespera" / "roles"
    roles.mkdir()
    (roles / "viewer.yaml").write_text("capabilities: [documentation]\n")
    free, viewer = agents("core,admin"), agents("core,admin", role="viewer")
    assert "web-1" in viewer("ready_tasks")
    assert "The tool delete_task is not offered here." in viewer.refused("delete_task", task_id="web-1")
    assert "1 task would go" in free("delete_task", task_id="web-1")
    assert "The tool grant_add is not offered here." in viewer.refused("grant_add", principal="bot", action="*")
    assert viewer("create_task", title="Found on the way").startswith("created")
    assert agents(role="veiwer").refused("ready_tasks").startswith("unknown_role")
