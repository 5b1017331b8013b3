"""The graph of tasks as values: what every graph back end keeps and answers with, and what analysis starts from."""

from __future__ import annotations

from typing import NamedTuple

from vespera_core.model.basics import Micros
from vespera_core.model.record import record


class Edge(NamedTuple):
    """An arrow between two tasks. `kind` is a relation kind, or ``child_of`` from a child to its parent."""

    source: str
    kind: str
    target: str


class GraphNode(NamedTuple):
    """What the graph knows of a live task: everything that analysis weighs, and none of its texts.

    `category` is what the status means (``todo``, ``active``, ``held`` or ``closed``), `priority` the rank from 0
    (critical) to 4 (someday). Times are `Micros`, estimates whole minutes.
    """

    task_id: str
    project_id: str
    version: int
    type: str
    status: str
    category: str
    priority: int
    parent_id: str | None
    role: str | None
    assignee: str | None
    estimate_minutes: int | None
    created_at: Micros
    started_at: Micros | None
    closed_at: Micros | None
    due_at: Micros | None
    defer_until: Micros | None

    @property
    def open(self) -> bool:
        return self.category != "closed"


@record(frozen=True, slots=True)
class Structure:
    """A whole graph as it was at a position of the log: its live tasks by id, and the arrows between them.

    `edges` holds relations of every kind and ``child_of``; both ends are in `nodes`. Edges come sorted and nodes
    sorted by id, so that every back end gives equal structures for equal ledgers.
    """

    position: int
    nodes: tuple[GraphNode, ...]
    edges: tuple[Edge, ...]
