"""Dependencies with numbers for ids: what rustworkx walks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import rustworkx

from vespera_core.model.graph import Structure
from vespera_core.model.task import DEPENDS_ON

if TYPE_CHECKING:
    Digraph = rustworkx.PyDiGraph[str, None]


class Numbered:
    """The ``depends_on`` arrows of a structure, forwards (to prerequisites) and backwards (to dependents)."""

    def __init__(self, structure: Structure) -> None:
        self.ids = [node.task_id for node in structure.nodes]
        self.number = {task_id: number for number, task_id in enumerate(self.ids)}
        pairs = [
            (self.number[edge.source], self.number[edge.target]) for edge in structure.edges if edge.kind == DEPENDS_ON
        ]
        self._forwards = self._graph(pairs)
        self._backwards = self._graph([(target, source) for source, target in pairs])

    def _graph(self, pairs: list[tuple[int, int]]) -> Digraph:
        graph: Digraph = rustworkx.PyDiGraph(multigraph=False)
        graph.add_nodes_from(self.ids)
        graph.add_edges_from_no_data(pairs)
        return graph

    def reach(self, ids: Sequence[str], *, backwards: bool, hops: int | None) -> dict[str, int]:
        """Distances of all that these reach, in layers of a breadth-first search."""
        starts = sorted({self.number[one] for one in ids if one in self.number})
        if not starts:
            return {}
        layers = rustworkx.bfs_layers(self._backwards if backwards else self._forwards, starts)
        wanted = layers[1:] if hops is None else layers[1 : hops + 1]
        return {
            task_id: distance
            for distance, layer in enumerate(wanted, 1)
            for task_id in sorted(self.ids[number] for number in layer)
        }

    def path(self, source: str, target: str) -> list[str]:
        """The least of the shortest chains: from the source on, always the smallest id that is one step nearer."""
        if source not in self.number or target not in self.number:
            return []
        if source == target:
            return [source]
        distance = self._distances_to(self.number[target])
        at = self.number[source]
        if at not in distance:
            return []
        chain = [at]
        while distance[at]:
            at = min(one for one in self._forwards.successor_indices(at) if distance.get(one) == distance[at] - 1)
            chain.append(at)
        return [self.ids[number] for number in chain]

    def _distances_to(self, target: int) -> dict[int, int]:
        layers = rustworkx.bfs_layers(self._backwards, [target])
        return {number: distance for distance, layer in enumerate(layers) for number in layer}
