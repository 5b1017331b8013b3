"""Longest chains through a graph without circles: the kernel under the critical path, depth, waves and forecasts.

Nodes are visited in topological order (Kahn 1962). Where layers are wide, whole layers are computed at once with
`numpy.maximum.reduceat`; where they are thin, as in a chain of thousands, a loop over single nodes costs less.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import Any, Final, TypeVar

import numpy as np

from vespera_core.analysis.arrays import Floats, Ints, Rows

Numbers = TypeVar("Numbers", Ints, Floats)

_LAYER_COST: Final = 8.0
"""What a layer costs in calls to numpy, counted in nodes or edges of the loop over single ones (measured)."""


def depths(before: Rows) -> tuple[Ints, bool]:
    """The layer of each node (steps of the longest chain of what it waits for), and whether there is no circle.

    Nodes in a circle, and those behind one, keep layer -1.
    """
    waiting = before.degrees.tolist()
    after = before.turned.lists
    layer = [-1] * len(waiting)
    frontier = [at for at, count in enumerate(waiting) if count == 0]
    done, number = 0, 0
    while frontier:
        done += len(frontier)
        following = []
        for at in frontier:
            layer[at] = number
            for other in after[at]:
                waiting[other] -= 1
                if waiting[other] == 0:
                    following.append(other)
        frontier, number = following, number + 1
    return np.array(layer, dtype=np.int64), done == len(layer)


class Layers:
    """The nodes of a graph in topological order, with their edges in that order, to sum weights along chains."""

    def __init__(self, before: Rows, layer: Ints) -> None:
        """`layer` is any numbering in which every node stands higher than all that it waits for."""
        self.order: Ints = np.lexsort((before.degrees == 0, layer))
        self.place = np.empty_like(self.order)
        self.place[self.order] = np.arange(len(self.order))
        self._degrees = before.degrees[self.order]
        self._ends = np.concatenate(([0], np.cumsum(self._degrees)))
        shift = np.repeat(before.starts[self.order] - self._ends[:-1], self._degrees)
        self._edges: Ints = self.place[before.items[np.arange(len(before.items)) + shift]]
        steps = np.flatnonzero(np.diff(layer[self.order])) + 1
        self._cuts: list[int] = [0, *steps.tolist(), len(self.order)] if len(self.order) else [0]

    @cached_property
    def _steps(self) -> list[tuple[int, int, int, Ints, Ints]]:
        """For each layer: first node, first node without edges, end, its edges, and where each node's edges start."""
        ends = self._ends.tolist()
        linked = np.cumsum(self._degrees > 0)
        steps = []
        for first, last in pairwise(self._cuts):
            middle = first + int(linked[last - 1] - (linked[first - 1] if first else 0))
            edges = self._edges[ends[first] : ends[middle]]
            steps.append((first, middle, last, edges, self._ends[first:middle] - ends[first]))
        return steps

    @cached_property
    def _rows(self) -> list[list[int]]:
        return Rows(self._ends, self._edges).lists

    @property
    def thin(self) -> bool:
        """Whether a loop over single nodes beats one over layers."""
        return len(self._cuts) * _LAYER_COST > len(self.order) + len(self._edges)

    def longest(self, weights: Numbers, floor: Numbers | None = None) -> Numbers:
        """For each node the greatest sum of weights along a chain that ends with it, itself included.

        `weights` has one row a node and may have more axes (samples). No node begins before its `floor`.
        """
        weights = weights[self.order]
        floor = None if floor is None else floor[self.order]
        sums = self._by_node(weights, floor) if self.thin and weights.ndim == 1 else self._by_layer(weights, floor)
        return sums[self.place]

    def gathered(self, values: Any, join: np.ufunc) -> Any:
        """For each node the values of all nodes on chains that end with it joined, by `numpy.minimum` or the like."""
        found = values[self.order]
        for first, middle, _, edges, starts in self._steps:
            if middle > first:
                join(found[first:middle], join.reduceat(found[edges], starts, axis=0), out=found[first:middle])
        return found[self.place]

    def _by_layer(self, weights: Numbers, floor: Numbers | None) -> Numbers:
        sums = weights.copy()
        for first, middle, last, edges, starts in self._steps:
            if floor is None:
                if middle > first:
                    sums[first:middle] += np.maximum.reduceat(sums[edges], starts, axis=0)
                continue
            begin = floor[first:last].copy()
            if middle > first:
                latest = np.maximum.reduceat(sums[edges], starts, axis=0)
                np.maximum(begin[: middle - first], latest, out=begin[: middle - first])
            sums[first:last] += begin
        return sums

    def _by_node(self, weights: Numbers, floor: Numbers | None) -> Numbers:
        sums: list[float] = []
        begins = [0] * len(weights) if floor is None else floor.tolist()
        for weight, row, begin in zip(weights.tolist(), self._rows, begins, strict=True):
            latest = begin
            for other in row:
                if sums[other] > latest:
                    latest = sums[other]
            sums.append(latest + weight)
        return np.array(sums, dtype=weights.dtype)
