"""The tools of the default set: what an agent's day needs, and no more, since each costs tokens in every session."""

from __future__ import annotations

from typing import Any, Final

from vespera_core.model.query import SORTS
from vespera_core.model.task import PRIORITIES
from vespera_mcp.tools.schemas import OBJECT, TEXT, TEXTS, WHOLE, YES_OR_NO, one_of
from vespera_mcp.tools.tool import ANY, CORE, GRAPH, ROLES, SEARCH, Schema, Tool, Way

DETAIL: Final[dict[str, Schema]] = {"detail": one_of("concise", "full"), "budget": WHOLE}
"""How an answer is told: how much of it, and in how many tokens at most."""
FIELDS: Final[dict[str, Schema]] = {"fields": TEXTS}
PAGE: Final[dict[str, Schema]] = {"limit": WHOLE, "cursor": TEXT, **FIELDS, **DETAIL}

_ID: Final[dict[str, Schema]] = {"task_id": TEXT}
_FENCE: Final[dict[str, Schema]] = {"fence": WHOLE}
_FACTS: Final[dict[str, Schema]] = {
    "description": TEXT, "type": TEXT, "priority": one_of(*PRIORITIES), "depends_on": TEXTS, "role": TEXT,
    "assignee": TEXT, "acceptance_criteria": TEXT, "tags": TEXTS, "estimate_minutes": WHOLE, "task_id": TEXT,
}  # fmt: skip
"""What a task that is made can be given."""
_FILTERS: Final[dict[str, Schema]] = {"role": TEXT, "project_id": TEXT, "type": TEXTS, "tags": TEXTS}
_MORE_FILTERS: Final[dict[str, Schema]] = {
    "status": TEXTS, "priority": TEXTS, "assignee": TEXT, "parent_id": TEXT, "open": YES_OR_NO,
}  # fmt: skip

_ONE: Final = {"task_id": "task_ids"}
"""An operation on several tasks, asked for one."""


def _tool(name: str, summary: str, way: Way, takes: dict[str, Schema], also: str | None = None, **more: Any) -> Tool:
    """A tool for one operation, which is in the default set and maybe `also` in another."""
    toolsets = (CORE,) if also is None else (CORE, also)
    return Tool(name=name, summary=summary, toolsets=toolsets, ways={"": way}, arguments=takes, **more)


TOOLS: Final = (
    _tool(
        "create_task", "Record a task. if_similar looks for its like first.",
        Way(operation="task.create"), required=("title",),
        takes={"title": TEXT, **_FACTS, "parent_id": TEXT, "project_id": TEXT, "due_at": TEXT,
               "if_similar": one_of("warn", "return_existing", "refuse")},
    ),
    _tool(
        "create_task_tree",
        "Record a whole plan at once, or nothing. Tasks are objects as for create_task, with children (tasks) and "
        "key: a name that depends_on of the others may use.",
        Way(operation="task.create_many"), required=("tasks",), takes={"tasks": {"type": "array", "items": OBJECT}},
    ),
    Tool(
        name="get_task", toolsets=(CORE,), reads=True, required=("task_id",), chosen_by="view",
        summary="One task. view context: a briefing to work from; since: the position of an earlier one.",
        ways={"detail": Way(operation="task.get"), "context": Way(operation="task.context")},
        arguments={**_ID, "view": one_of("detail", "context"), "since": WHOLE, **FIELDS, **DETAIL},
    ),
    _tool(
        "update_task", 'Give a task other values; "" clears one.', Way(operation="task.update", fields=_ONE),
        required=("task_id",),
        takes={**_ID, "title": TEXT, "description": TEXT, "status": TEXT, "priority": one_of(*PRIORITIES),
               "parent_id": TEXT, "role": TEXT, "assignee": TEXT, "acceptance_criteria": TEXT, "notes": TEXT,
               "add_tags": TEXTS, "remove_tags": TEXTS, "due_at": TEXT, "defer_until": TEXT,
               "estimate_minutes": WHOLE, "expected_version": WHOLE, **_FENCE},
    ),
    Tool(
        name="delete_task", toolsets=(CORE,), destroys=True, required=("task_id",), chosen_by="confirm",
        summary="Says how many tasks would go; with that number as confirm, deletes them restorably.",
        ways={"": Way(operation="task.delete", fixed={"dry_run": True}), ANY: Way(operation="task.delete")},
        arguments={**_ID, "recursive": YES_OR_NO, "confirm": WHOLE},
    ),
    _tool(
        "list_tasks", "Tasks that fit filters.", Way(operation="task.list"), reads=True,
        takes={**_MORE_FILTERS, **_FILTERS, "sort": one_of(*SORTS), **PAGE},
    ),
    _tool(
        "get_task_tree", "A task and all below it.", Way(operation="task.tree"), reads=True, required=("task_id",),
        takes={**_ID, **DETAIL},
    ),
    Tool(
        name="analyze_task_dependencies", toolsets=(CORE, GRAPH), reads=True, chosen_by="task_id",
        summary="What a task hangs on and holds up; without a task, the longest chain of open work.",
        ways={"": Way(operation="graph.critical_path"), ANY: Way(operation="graph.dependencies")},
        arguments={**_ID, "project_id": TEXT, **DETAIL},
    ),
    _tool(
        "add_task_dependency", "Let a task wait for another.",
        Way(operation="relation.add", fields={"task_id": "source", "depends_on": "target"}),
        required=("task_id", "depends_on"), takes={**_ID, "depends_on": TEXT, **_FENCE},
    ),
    _tool(
        "execute_task", "Claim a task (without task_id the most urgent one), record a run, and be briefed.",
        Way(operation="run.start"), also=ROLES, takes={**_ID, "role": TEXT, "lease_seconds": WHOLE, "budget": WHOLE},
    ),
    _tool(
        "complete_task", "A task is done; answers what that made ready. claim_next takes the next one too.",
        Way(operation="task.complete", fields=_ONE), required=("task_id",),
        takes={**_ID, **_FENCE, "reason": TEXT, "command": TEXT, "exit_code": WHOLE, "claim_next": YES_OR_NO},
    ),
    _tool("list_roles", "Roles, and what each may do.", Way(operation="role.list"), also=ROLES, reads=True,
          takes={**DETAIL}),
    _tool(
        "assign_role_to_task", "Give a task to a role.", Way(operation="role.assign"), also=ROLES,
        required=("task_id", "role"), takes={**_ID, "role": TEXT, "reason": TEXT},
    ),
    _tool(
        "get_task_dashboard", "How a project stands.", Way(operation="project.dashboard"), also=GRAPH, reads=True,
        takes={"project_id": TEXT, **DETAIL},
    ),
    _tool(
        "ready_tasks", "What can be worked on now, the most urgent first.", Way(operation="task.ready"), reads=True,
        takes={**_FILTERS, **PAGE},
    ),
    Tool(
        name="hold_task", toolsets=(CORE,), chosen_by="action", required=("action",),
        summary="claim a task (without task_id the most urgent ready one), keep its lease by heartbeat, checkpoint a "
        "state for whoever goes on, or release it. The fence that a claim answers proves it.",
        ways={
            "claim": Way(operation="task.claim"), "heartbeat": Way(operation="task.heartbeat"),
            "checkpoint": Way(operation="task.checkpoint"), "release": Way(operation="task.release"),
        },
        arguments={"action": one_of("claim", "heartbeat", "checkpoint", "release"), **_ID, **_FENCE, "role": TEXT,
                   "lease_seconds": WHOLE, "state": OBJECT, "reason": TEXT},
    ),
    _tool(
        "search_tasks", "Tasks by words and meaning.", Way(operation="task.search", fields={"query": "text"}),
        also=SEARCH, reads=True, required=("query",),
        takes={"query": TEXT, "mode": one_of("hybrid", "text", "semantic"), "open": YES_OR_NO, "project_id": TEXT,
               **PAGE},
    ),
    _tool(
        "comment_task", "Remark on a task.", Way(operation="task.comment"), required=("task_id", "text"),
        takes={**_ID, "text": TEXT},
    ),
)  # fmt: skip
"""Eighteen: the tools that every client is told of by default."""
