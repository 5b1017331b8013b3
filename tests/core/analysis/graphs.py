"""Small graphs for tests: nodes with sensible values, structures from them, and random ones."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import pairwise, permutations
from random import Random
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from vespera_core.analysis.network import Network
from vespera_core.model.basics import Micros
from vespera_core.model.graph import Edge, GraphNode, Structure

EXAMPLES = int(os.environ.get("VESPERA_EXAMPLES") or (2000 if os.environ.get("VESPERA_DEEP") else 100))
dosed = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

MINUTE = 60_000_000
DAY = 1_440 * MINUTE
NOW = Micros(1_800_000_000_000_000)
CATEGORIES = {
    "pending": "todo",
    "in_progress": "active",
    "blocked": "held",
    "completed": "closed",
    "cancelled": "closed",
}


def node(task_id: str, **values: Any) -> GraphNode:
    """An open task of project ``p`` estimated at ten minutes."""
    status = values.get("status", "pending")
    facts: dict[str, Any] = {
        "task_id": task_id, "project_id": "p", "version": 1, "type": "task", "status": status,
        "category": CATEGORIES[status], "priority": 2, "parent_id": None, "role": None, "assignee": None,
        "estimate_minutes": 10, "created_at": Micros(NOW - 30 * DAY), "started_at": None,
        "closed_at": Micros(NOW - DAY) if CATEGORIES[status] == "closed" else None, "due_at": None, "defer_until": None,
    }  # fmt: skip
    return GraphNode(**{**facts, **values})


def structure(nodes: Iterable[GraphNode], needs: Iterable[tuple[str, str]] = (), *other: Edge) -> Structure:
    """A structure of these nodes, with parents as edges, and the (task, what it depends on) pairs given."""
    rows = sorted(nodes)
    edges = {Edge(one, "depends_on", two) for one, two in needs} | set(other)
    edges |= {Edge(row.task_id, "child_of", row.parent_id) for row in rows if row.parent_id is not None}
    return Structure(1, tuple(rows), tuple(sorted(edges)))


def network(nodes: Iterable[GraphNode], needs: Iterable[tuple[str, str]] = ()) -> Network:
    """The network of such a structure."""
    return Network(structure(nodes, needs))


def line(count: int, **values: Any) -> Network:
    """A chain in which each task depends on the one before."""
    ids = [f"t{at:06d}" for at in range(count)]
    return network([node(one, **values) for one in ids], [(two, one) for one, two in pairwise(ids)])


def shuffled(given: Structure, seed: int = 1) -> Structure:
    """The same structure in another order, some of its edges twice."""
    random = Random(seed)
    nodes, edges = list(given.nodes), [*given.edges, *given.edges[:3]]
    random.shuffle(nodes)
    random.shuffle(edges)
    return Structure(given.position, tuple(nodes), tuple(edges))


IDS = tuple("abcdefgh")


@st.composite
def _nodes(draw: st.DrawFn, parents: dict[str, str | None]) -> list[GraphNode]:
    def one(task_id: str, parent: str | None) -> GraphNode:
        return node(
            task_id,
            parent_id=parent,
            project_id=draw(st.sampled_from("ppq")),
            status=draw(st.sampled_from(("pending", "pending", "pending", "in_progress", "blocked", "completed"))),
            priority=draw(st.integers(0, 4)),
            estimate_minutes=draw(st.none() | st.sampled_from((0, 1, 2, 3, 5, 8))),
            role=draw(st.sampled_from((None, "dev", "qa"))),
            due_at=draw(st.none() | st.integers(-5, 40).map(lambda far: Micros(NOW + far * MINUTE))),
            defer_until=draw(st.sampled_from((None, None, Micros(NOW - 1), Micros(NOW + 7 * MINUTE)))),
        )

    return [one(task_id, parent) for task_id, parent in parents.items()]


@st.composite
def wild_structures(draw: st.DrawFn) -> Structure:
    """Up to eight tasks with any parents and dependencies, circles among them."""
    ids = IDS[: draw(st.integers(1, 8))]
    parents = (
        {one: draw(st.none() | st.sampled_from(ids)) for one in ids} if draw(st.booleans()) else dict.fromkeys(ids)
    )
    pairs = draw(st.lists(st.tuples(st.sampled_from(ids), st.sampled_from(ids)), max_size=14))
    return structure(draw(_nodes(parents)), pairs)


@st.composite
def structures(draw: st.DrawFn) -> Structure:
    """As a ledger has them: no circle of any kind."""
    ids = draw(st.permutations(IDS[: draw(st.integers(1, 8))]))
    parents: dict[str, str | None] = {}
    for at, one in enumerate(ids):
        parents[one] = draw(st.none() | st.sampled_from(ids[:at])) if at else None
    nodes = draw(_nodes(parents))
    chosen: list[tuple[str, str]] = []
    for pair in draw(st.lists(st.sampled_from([*permutations(ids, 2)] or [(ids[0], ids[0])]), max_size=14)):
        if pair[0] != pair[1] and not tied(structure(nodes, [*chosen, pair])):
            chosen.append(pair)
    return structure(nodes, chosen)


def tied(given: Structure) -> bool:
    """Whether any moment waits for itself: taking away what waits for nothing does not take all."""
    waits = moments(given)
    while free := {one for one, before in waits.items() if not before}:
        waits = {one: before - free for one, before in waits.items() if one not in free}
    return bool(waits)


def moments(given: Structure) -> dict[tuple[str, int], set[tuple[str, int]]]:
    """What each start (0) and finish (1) waits for, closed tasks included."""
    waits: dict[tuple[str, int], set[tuple[str, int]]] = {}
    for one in given.nodes:
        waits[one.task_id, 0], waits[one.task_id, 1] = set(), {(one.task_id, 0)}
    for edge in given.edges:
        if edge.kind == "depends_on":
            waits[edge.source, 0].add((edge.target, 1))
        if edge.kind == "child_of":
            waits[edge.source, 0].add((edge.target, 0))
            waits[edge.target, 1].add((edge.source, 1))
    return waits
