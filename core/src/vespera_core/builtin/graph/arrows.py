"""Who waits for whom, as rustworkx keeps it: dependencies both ways, searched breadth first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import rustworkx

from vespera_core.ports.graph import Direction


class Arrows:
    """The ``depends_on`` arrows between tasks. Not for several threads at once."""

    def __init__(self, pairs: Iterable[tuple[str, Collection[str]]]) -> None:
        """`pairs` are tasks with what each depends on; every task that is named stands in them once."""
        known = list(pairs)
        ids = [one for one, _ in known]
        self._graphs: dict[Direction, rustworkx.PyDiGraph[str, None]] = {
            "prerequisites": rustworkx.PyDiGraph(),
            "dependents": rustworkx.PyDiGraph(),
        }
        for graph in self._graphs.values():
            graph.add_nodes_from(ids)
        self._number = {one: number for number, one in enumerate(ids)}
        self._link((one, target) for one, targets in known for target in targets)

    def _link(self, pairs: Iterable[tuple[str, str]]) -> None:
        numbered = [(self._number[source], self._number[target]) for source, target in pairs]
        self._graphs["prerequisites"].add_edges_from_no_data(numbered)
        self._graphs["dependents"].add_edges_from_no_data([(target, source) for source, target in numbered])

    def add(self, task_id: str) -> None:
        """Know one task more; it has no arrows yet."""
        numbers = {graph.add_node(task_id) for graph in self._graphs.values()}  # both are changed alike, so they agree
        self._number[task_id] = numbers.pop()

    def remove(self, task_id: str) -> None:
        """Forget a task with its arrows."""
        number = self._number.pop(task_id)
        for graph in self._graphs.values():
            graph.remove_node(number)

    def point(self, source: str, targets: Collection[str]) -> None:
        """Let the arrows of a task lead to these, and to no others."""
        number = self._number[source]
        ahead, behind = self._graphs["prerequisites"], self._graphs["dependents"]
        old = list(ahead.successor_indices(number))
        ahead.remove_edges_from([(number, target) for target in old])
        behind.remove_edges_from([(target, number) for target in old])
        self._link((source, target) for target in targets)

    def reach(self, ids: Sequence[str], direction: Direction, hops: int | None) -> dict[str, int]:
        """As `Graph.reach`."""
        graph = self._graphs[direction]
        sources = sorted({self._number[one] for one in ids if one in self._number})
        if not sources:
            return {}
        layers = rustworkx.digraph_bfs_layers(graph, sources)[1:]
        chosen = layers if hops is None else layers[: max(hops, 0)]
        return {one: far for far, layer in enumerate(chosen, 1) for one in sorted(graph[at] for at in layer)}

    def path(self, source: str, target: str) -> list[str]:
        """As `Graph.path`: distances to the target first, then always the least of the steps that come nearer."""
        if source not in self._number or target not in self._number:
            return []
        left = {target: 0} | self.reach([target], "dependents", None)
        if source not in left:
            return []
        ahead, way = self._graphs["prerequisites"], [source]
        while (at := way[-1]) != target:
            nearer = left[at] - 1
            way.append(min(one for one in ahead.successors(self._number[at]) if left.get(one) == nearer))
        return way
