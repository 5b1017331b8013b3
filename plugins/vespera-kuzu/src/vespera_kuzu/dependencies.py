"""Who waits for whom, read from the graph once for each state of it, and followed here.

The engine's own recursive questions are for people. It stops at 30 hops in silence, wraps bounds past 16 bits, takes
half a second for a chain of 5,000, and runs out of memory from twenty starts in a graph of 10,000 tasks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from sys import intern

from vespera_core.model.graph import Edge
from vespera_core.ports.graph import Direction


class Dependencies:
    """The ``depends_on`` arrows of one state of the graph, by either end."""

    def __init__(self, edges: Iterable[Edge]) -> None:
        ahead: defaultdict[str, list[str]] = defaultdict(list)
        behind: defaultdict[str, list[str]] = defaultdict(list)
        for source, target in ((intern(edge.source), intern(edge.target)) for edge in edges):
            ahead[source].append(target)
            behind[target].append(source)
        self._next: dict[Direction, dict[str, list[str]]] = {"prerequisites": dict(ahead), "dependents": dict(behind)}

    def reach(self, ids: Sequence[str], direction: Direction, hops: int | None) -> dict[str, int]:
        """As `Graph.reach`: breadth first."""
        follow, seen = self._next[direction], set(ids)
        found: dict[str, int] = {}
        level, count = sorted(seen), 0
        while level and (hops is None or count < hops):
            count += 1
            level = sorted({after for one in level for after in follow.get(one, ())} - seen)
            seen.update(level)
            found.update(dict.fromkeys(level, count))
        return found

    def path(self, source: str, target: str) -> list[str]:
        """As `Graph.path`, for two tasks that are there: distances to the target, then always the least next step."""
        distance = {target: 0} | self.reach([target], "dependents", None)
        if source not in distance:
            return []
        way = [source]
        while way[-1] != target:
            left = distance[way[-1]] - 1
            way.append(min(one for one in self._next["prerequisites"][way[-1]] if distance.get(one) == left))
        return way
