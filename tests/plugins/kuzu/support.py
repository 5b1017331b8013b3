"""What the suites on the graph share: graphs in a folder, tasks to feed them, and the truth to compare with."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

from vespera_core.model.graph import Edge, GraphNode, Structure
from vespera_core.model.task import CHILD_OF, PRIORITIES, Relation, Task
from vespera_core.ports.projection import Gone, Projected
from vespera_core.ports.provider import OpenContext
from vespera_kuzu.graph import KuzuGraph
from vespera_kuzu.plugin import SETTINGS
from vespera_testkit.world.tasks import category_of, new_task

TESTS = Path(__file__).parents[2]


def opened(folder: Path, **settings: Any) -> KuzuGraph:
    """A graph in a folder."""
    return KuzuGraph.open({**SETTINGS, **settings}, OpenContext(folder, lambda: 0))


def projected(task_id: str, *depends_on: str, **fields: Any) -> Projected:
    """A live task that depends on others."""
    relations = tuple(sorted([*(Relation("depends_on", one) for one in depends_on), *fields.pop("relations", ())]))
    task = new_task(task_id, relations=relations, **fields)
    return Projected(task, category_of(task))


def chain(length: int) -> list[Projected]:
    """Tasks c00000, c00001 ..., each of which depends on the next."""
    return [projected(f"c{n:05}", *([f"c{n + 1:05}"] if n + 1 < length else [])) for n in range(length)]


def node_of(one: Projected) -> GraphNode:
    """What the graph must know of a task."""
    values = {name: getattr(one.task, name) for name in GraphNode._fields if name != "category"}
    return GraphNode(**{**values, "category": one.category, "priority": PRIORITIES.index(one.task.priority)})


def outgoing(task: Task) -> list[Edge]:
    edges = [Edge(task.task_id, kind, target) for kind, target in task.relations]
    return edges if task.parent_id is None else [*edges, Edge(task.task_id, CHILD_OF, task.parent_id)]


class Truth:
    """The live tasks, kept in the plainest way: what the graph must be equal to."""

    def __init__(self, tasks: Iterable[Projected] = ()) -> None:
        self.live = {one.task.task_id: one for one in tasks}

    def apply(self, batch: Iterable[Projected], gone: Iterable[Gone]) -> None:
        for one in batch:
            self.live[one.task.task_id] = one
        for task_id, _ in gone:
            self.live.pop(task_id, None)

    def structure(self) -> Structure:
        edges = [edge for one in self.live.values() for edge in outgoing(one.task) if edge.target in self.live]
        return Structure(0, tuple(sorted(map(node_of, self.live.values()))), tuple(sorted(edges)))

    def versions(self) -> dict[str, int]:
        return {task_id: one.task.version for task_id, one in self.live.items()}

    def reach(self, ids: Iterable[str], direction: str, hops: int | None = None) -> dict[str, int]:
        pairs = [(edge.source, edge.target) for edge in self.structure().edges if edge.kind == "depends_on"]
        pairs = pairs if direction == "prerequisites" else [(after, before) for before, after in pairs]
        seen, level, found, count = set(ids), set(ids), {}, 0
        while level and count != hops:
            count += 1
            level = {target for source, target in pairs if source in level} - seen
            seen |= level
            found |= dict.fromkeys(sorted(level), count)
        return found


def assert_same(graph: KuzuGraph, truth: Truth) -> None:
    """The graph holds what it must, and nothing that only it knows of."""
    assert graph.structure() == truth.structure()
    assert graph.versions() == truth.versions()
    assert graph.check() == []
    named = {
        "Project": {one.task.project_id for one in truth.live.values()},
        "Role": {one.task.role for one in truth.live.values()} - {None},
        "Actor": {
            name for one in truth.live.values() for name in (one.task.assignee, one.task.lease_owner)
        } - {None},
    }  # fmt: skip
    for label, names in named.items():
        assert (
            set(column(graph, f"MATCH (n:{label}) RETURN n.{'project_id' if label == 'Project' else 'name'}")) == names
        )
    ends = {edge.target for one in truth.live.values() for edge in outgoing(one.task)} - set(truth.live)
    assert set(column(graph, "MATCH (n:Missing) RETURN n.task_id")) == ends


def column(graph: KuzuGraph, text: str, **parameters: Any) -> list[Any]:
    """The first column of an answer."""
    return [row[0] for row in graph.query(text, parameters, 100_000).rows]


def some_task(rng: Random, names: list[str], task_id: str, version: int) -> Projected:
    """A task with relations of every kind to tasks that may or may not be there."""
    others = [name for name in names if name != task_id]
    kinds = ("depends_on", "depends_on", "relates_to", "duplicate_of", "supersedes", "discovered_from", "blocks-x")
    relations = {Relation(rng.choice(kinds), rng.choice(others)) for _ in range(rng.randrange(5))}
    holder = rng.choice([None, None, "agent-1", "ann"])
    return projected(
        task_id, relations=tuple(relations), version=version, project_id=rng.choice("pq"),
        parent_id=rng.choice([None, *others]), role=rng.choice([None, "dev", "o'ps"]),
        assignee=rng.choice([None, "ann", 'b"o']), status=rng.choice(["pending", "completed", "in_progress"]),
        priority=rng.choice(PRIORITIES), hold_kind=holder and "worker", lease_owner=holder,
        due_at=rng.choice([None, 1, -5_000_000]), estimate_minutes=rng.choice([None, 0, 30]),
    )  # fmt: skip


def python(code: str, *arguments: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh process, where an engine that crashes takes nobody along."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=seconds, cwd=TESTS,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )  # fmt: skip
