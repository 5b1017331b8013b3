"""The tables of the graph, and how a task becomes rows of them."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from vespera_core.model.graph import Edge, GraphNode
from vespera_core.model.task import CHILD_OF, PRIORITIES, RELATION_KINDS, Task
from vespera_core.ports.projection import Projected

_NUMBERS: Final = {"version", "priority", "estimate_minutes", "created_at", "started_at", "closed_at", "due_at",
    "defer_until"}  # fmt: skip

_SHIPPED: Final = (*RELATION_KINDS, CHILD_OF)

COLUMNS: Final = {
    **{name: "INT64" if name in _NUMBERS else "STRING" for name in GraphNode._fields},
    "title": "STRING",
    "open": "BOOLEAN",
}
"""Properties of a Task with their types. Times are whole microseconds since 1970, UTC."""

KEYS: Final = {"Task": "task_id", "Project": "project_id", "Role": "name", "Actor": "name", "Missing": "task_id"}
"""The node tables with their primary keys. A Missing is a task that others point to and that is not live."""


class Relation(NamedTuple):
    """A relation table: from Task to `target`; `kinded` ones carry a property ``kind``."""

    target: str
    kinded: bool = False


TABLES: Final = {
    **{kind.upper(): Relation("Task") for kind in _SHIPPED},
    "RELATES": Relation("Task", kinded=True),
    "IN_PROJECT": Relation("Project"),
    "NEEDS_ROLE": Relation("Role"),
    "ASSIGNED_TO": Relation("Actor"),
    "HELD_BY": Relation("Actor", kinded=True),
    "AWAITS": Relation("Missing", kinded=True),
}
"""The relation tables. Custom kinds go to RELATES; arrows to tasks that are not live wait in AWAITS."""

BETWEEN_TASKS: Final = tuple(name for name, table in TABLES.items() if table.target == "Task")
COUNTER: Final = "commits"


class Arrow(NamedTuple):
    """A row of a relation table that starts at some task; `kind` is empty in tables without kinds."""

    table: str
    kind: str
    target: str


def definitions() -> list[str]:
    """The statements that make the tables of an empty graph."""
    nodes = [f"CREATE NODE TABLE {name}({_columns(name)})" for name in KEYS]
    arrows = [
        f"CREATE REL TABLE {name}(FROM Task TO {table.target}{', kind STRING' if table.kinded else ''})"
        for name, table in TABLES.items()
    ]
    return [*nodes, *arrows, "CREATE NODE TABLE Meta(name STRING PRIMARY KEY, number INT64)"]


def _columns(table: str) -> str:
    columns = COLUMNS if table == "Task" else {KEYS[table]: "STRING"}
    return ", ".join(f"{name} {kind}{' PRIMARY KEY' if name == KEYS[table] else ''}" for name, kind in columns.items())


def row_of(one: Projected) -> dict[str, Any]:
    """A task's properties, by column."""
    task = one.task
    row = {name: getattr(task, name) for name in COLUMNS if name not in ("category", "open", "priority")}
    row |= {"category": one.category, "open": one.category != "closed", "priority": PRIORITIES.index(task.priority)}
    return {name: row[name] for name in COLUMNS}


def arrows_of(task: Task) -> set[Arrow]:
    """Every arrow that starts at a task, as if all its targets were live."""
    arrows = {arrow_of(kind, target) for kind, target in task.relations}
    arrows.add(Arrow("IN_PROJECT", "", task.project_id))
    if task.parent_id is not None:
        arrows.add(arrow_of(CHILD_OF, task.parent_id))
    if task.role is not None:
        arrows.add(Arrow("NEEDS_ROLE", "", task.role))
    if task.assignee is not None:
        arrows.add(Arrow("ASSIGNED_TO", "", task.assignee))
    if task.hold_kind is not None and task.lease_owner is not None:
        arrows.add(Arrow("HELD_BY", task.hold_kind, task.lease_owner))
    return arrows


def arrow_of(kind: str, target: str) -> Arrow:
    """The arrow of a relation between two tasks."""
    return Arrow(kind.upper(), "", target) if kind in _SHIPPED else Arrow("RELATES", kind, target)


def awaiting(arrow: Arrow) -> Arrow:
    """What stands for an arrow while its target is not live."""
    return Arrow("AWAITS", kind_of(arrow.table, arrow.kind), arrow.target)


def kind_of(table: str, kind: str) -> str:
    """The relation kind of a row between two tasks."""
    return kind or table.lower()


def edge_of(source: str, table: str, kind: str | None, target: str) -> Edge:
    """A row between two tasks as the core knows it."""
    return Edge(source, kind_of(table, kind or ""), target)
