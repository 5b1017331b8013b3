"""What is right of a graph, found plainly: arrows followed one by one, against which every back end is held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vespera_core.app.application import Vespera
from vespera_core.model.graph import Edge, Structure
from vespera_core.model.query import TaskQuery
from vespera_core.ports.graph import Direction, Graph

DIRECTIONS: tuple[Direction, ...] = ("prerequisites", "dependents")


class Plain:
    """The live tasks of a ledger and their arrows, followed one by one."""

    def __init__(self, ledger: Vespera) -> None:
        with ledger.kernel.storage.read() as reader:
            self.position = reader.position()
            tasks = reader.select(TaskQuery(limit=0, counted=False)).items
            self.nodes = tuple(sorted(reader.graph_nodes()))
        live = {task.task_id for task in tasks}
        edges = [Edge(task.task_id, kind, target) for task in tasks for kind, target in task.relations]
        edges += [Edge(task.task_id, "child_of", task.parent_id) for task in tasks if task.parent_id is not None]
        self.edges = tuple(sorted(edge for edge in edges if edge.target in live))
        self.live = live
        assert [node.task_id for node in self.nodes] == sorted(live)

    def steps(self, task_id: str, direction: Direction) -> list[str]:
        pairs = [(one.source, one.target) for one in self.edges if one.kind == "depends_on"]
        if direction == "dependents":
            pairs = [(target, source) for source, target in pairs]
        return [target for source, target in pairs if source == task_id]

    def reach(self, ids: Iterable[str], direction: Direction, hops: int | None = None) -> list[tuple[str, int]]:
        seen = set(ids)
        level, found, far = {one for one in seen if one in self.live}, [], 0
        while level and (hops is None or far < hops):
            far += 1
            level = {after for one in level for after in self.steps(one, direction)} - seen
            seen |= level
            found += [(one, far) for one in sorted(level)]
        return found

    def path(self, source: str, target: str) -> list[str]:
        """The least of the shortest chains: every shortest chain is made, and they are compared."""
        best = {source: [source]} if {source, target} <= self.live else {}
        seen = set(best)
        while best and target not in best:
            longer: dict[str, list[str]] = {}
            for one, way in best.items():
                for after in self.steps(one, "prerequisites"):
                    if after not in seen:
                        longer[after] = min([*way, after], longer.get(after, [*way, after]))
            best = longer
            seen |= set(best)
        return best.get(target, [])

    def neighbours(self, task_id: str) -> list[Edge]:
        return [one for one in self.edges if task_id in (one.source, one.target)]


def agree(graph: Graph, ledger: Vespera, ids: Sequence[str]) -> None:
    """Hold every answer about these ids against what is right."""
    plain = Plain(ledger)
    found = graph.structure()
    assert found == Structure(plain.position, plain.nodes, plain.edges)
    for one in ids:
        assert graph.neighbours(one) == plain.neighbours(one)
        for direction in DIRECTIONS:
            for hops in (None, 0, 1, 2):
                assert list(graph.reach([one], direction, hops).items()) == plain.reach([one], direction, hops)
        for other in ids:
            assert graph.path(one, other) == plain.path(one, other), (one, other)
    for direction in DIRECTIONS:
        some = [*ids[::2], "nobody", ids[0]]
        assert list(graph.reach(some, direction).items()) == plain.reach(some, direction)
