"""Knots: the strongly connected components of a graph that hold a circle."""

from __future__ import annotations

import numpy as np

from vespera_core.analysis.arrays import Rows
from vespera_core.analysis.layers import depths


def knots(rows: Rows) -> list[list[int]]:
    """Every set of nodes that lead to each other, and every node that leads to itself: sorted, smallest first.

    Only what lies between circles is searched: what Kahn's order can reach from either end is left out first.
    """
    import rustworkx

    layer, sound = depths(rows)
    if sound:
        return []
    suspects = np.flatnonzero((layer < 0) & (depths(rows.turned)[0] < 0))
    number = np.full(len(layer), -1, dtype=np.int64)
    number[suspects] = np.arange(len(suspects))
    sources, targets = number[rows.owners], number[rows.items]
    inside = (sources >= 0) & (targets >= 0)
    graph: rustworkx.PyDiGraph[None, None] = rustworkx.PyDiGraph(multigraph=False)
    graph.add_nodes_from([None] * len(suspects))
    graph.extend_from_edge_list(list(zip(sources[inside].tolist(), targets[inside].tolist(), strict=True)))
    loops = set(suspects[sources[inside & (sources == targets)]].tolist())
    parts = [sorted(suspects[part].tolist()) for part in rustworkx.strongly_connected_components(graph)]
    return sorted(part for part in parts if len(part) > 1 or part[0] in loops)
