"""What the in-process graph holds: tasks, and arrows by both of their ends, changed task by task."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from vespera_core.model.graph import Edge, GraphNode, Structure


class Content:
    """Live tasks and the arrows between them."""

    def __init__(self, nodes: Iterable[GraphNode] = (), edges: Iterable[Edge] = ()) -> None:
        self.nodes = {node.task_id: node for node in nodes}
        self._leaving: dict[str, set[Edge]] = {}
        self._arriving: dict[str, set[Edge]] = {}
        for edge in edges:
            self._connect(edge)

    def __len__(self) -> int:
        return len(self.nodes)

    def replace(self, ids: Collection[str], nodes: Iterable[GraphNode], edges: Iterable[Edge]) -> None:
        """Hold these tasks as they are now instead of as they were: those without a node are gone.

        `edges` are all that start or end at them.
        """
        for task_id in ids:
            self.nodes.pop(task_id, None)
            for edge in (*self._leaving.get(task_id, ()), *self._arriving.get(task_id, ())):
                self._disconnect(edge)
        self.nodes.update((node.task_id, node) for node in nodes)
        for edge in edges:
            self._connect(edge)

    def around(self, task_id: str) -> list[Edge]:
        """Every arrow at a task, sorted."""
        return sorted(self._leaving.get(task_id, set()) | self._arriving.get(task_id, set()))

    def structure(self, position: int) -> Structure:
        """All of it, in the order of the ids."""
        ids = sorted(self.nodes)
        edges = (edge for one in ids if one in self._leaving for edge in sorted(self._leaving[one]))
        return Structure(position, tuple(map(self.nodes.__getitem__, ids)), tuple(edges))

    def _connect(self, edge: Edge) -> None:
        self._leaving.setdefault(edge.source, set()).add(edge)
        self._arriving.setdefault(edge.target, set()).add(edge)

    def _disconnect(self, edge: Edge) -> None:
        self._leaving.get(edge.source, set()).discard(edge)
        self._arriving.get(edge.target, set()).discard(edge)
