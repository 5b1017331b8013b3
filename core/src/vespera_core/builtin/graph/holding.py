"""What the in-process graph holds: live tasks and their arrows by id, taken from snapshots of the primary store."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from vespera_core.model.graph import Edge, GraphNode
from vespera_core.model.task import DEPENDS_ON
from vespera_core.ports.storage import Reader

if TYPE_CHECKING:
    from vespera_core.builtin.graph.arrows import Arrows


class Holding:
    """Tasks and arrows as some snapshot had them. Not for several threads at once."""

    def __init__(self) -> None:
        self._nodes: dict[str, GraphNode] = {}
        self._edges: dict[str, tuple[Edge, ...]] = {}
        self._ids: list[str] = []
        self._arrows: Arrows | None = None

    def __len__(self) -> int:
        return len(self._nodes)

    def fill(self, reader: Reader) -> None:
        """Hold what a snapshot has, instead of everything that was held."""
        self._arrows = None
        self._nodes = {node.task_id: node for node in reader.graph_nodes()}
        self._ids = sorted(self._nodes)
        self._edges = _by_source(reader.graph_edges())

    def take(self, reader: Reader, ids: Collection[str]) -> None:
        """Hold these tasks as a snapshot has them.

        A task that came or went takes arrows of others along: they lead to live tasks alone.
        """
        found = {node.task_id: node for node in reader.graph_nodes(sorted(ids))}
        moved = [one for one in ids if (one in found) != (one in self._nodes)]
        around = {edge.source for edge in reader.edges(moved, incoming=True)} if moved else set[str]()
        stale = sorted(around.union(ids))
        edges = _by_source(reader.graph_edges(stale))
        self._add(found)
        for task_id in stale:
            self._point(task_id, edges.get(task_id, ()))
        self._drop(one for one in moved if one not in found)

    def _add(self, found: dict[str, GraphNode]) -> None:
        for task_id in found.keys() - self._nodes.keys():
            insort(self._ids, task_id)
            if self._arrows is not None:
                self._arrows.add(task_id)
        self._nodes.update(found)

    def _point(self, task_id: str, edges: tuple[Edge, ...]) -> None:
        if self._arrows is not None and task_id in self._nodes:
            self._arrows.point(task_id, _needs(edges))
        if edges:
            self._edges[task_id] = edges
        else:
            self._edges.pop(task_id, None)

    def _drop(self, ids: Iterable[str]) -> None:
        for task_id in ids:
            del self._nodes[task_id]
            del self._ids[bisect_left(self._ids, task_id)]
            if self._arrows is not None:
                self._arrows.remove(task_id)

    @property
    def arrows(self) -> Arrows:
        """The dependencies, for searching; laid out when they are first asked for."""
        if self._arrows is None:
            from vespera_core.builtin.graph.arrows import Arrows

            self._arrows = Arrows((one, _needs(self._edges.get(one, ()))) for one in self._ids)
        return self._arrows

    def nodes(self) -> tuple[GraphNode, ...]:
        """All tasks, sorted."""
        return tuple(self._nodes[one] for one in self._ids)

    def edges(self) -> tuple[Edge, ...]:
        """All arrows, sorted."""
        return tuple(chain.from_iterable(self._edges[one] for one in self._ids if one in self._edges))

    def outgoing(self, task_id: str) -> tuple[Edge, ...]:
        """The arrows that start at a task."""
        return self._edges.get(task_id, ())

    def holds(self, task_id: str) -> bool:
        """Whether this is a live task."""
        return task_id in self._nodes


def _by_source(edges: Iterable[Edge]) -> dict[str, tuple[Edge, ...]]:
    """Sorted arrows by the task that they start at."""
    return {source: tuple(row) for source, row in groupby(edges, itemgetter(0))}


def _needs(edges: Iterable[Edge]) -> list[str]:
    return [edge.target for edge in edges if edge.kind == DEPENDS_ON]
