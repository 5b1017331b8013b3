"""The shape of the graph: how much hangs on what, how deep it is, how it falls apart, and what is in its middle."""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np

from vespera_core.analysis.arrays import Floats, Ints, Mask, Rows
from vespera_core.analysis.layers import depths
from vespera_core.analysis.network import Network
from vespera_core.analysis.results import Centrality, DegreeSummary, KindCount, Metrics
from vespera_core.errors import InvalidInput
from vespera_core.model.task import CHILD_OF

_EXACT: Final = 2_000
_MOST_TOP: Final = 1_000
_BUDGET: Final = 800_000
"""Edges and nodes that sampled betweenness looks at, forward: less than a second of work."""

_FEWEST_SOURCES: Final = 4


def metrics(network: Network, project_id: str | None = None, *, top: int = 10) -> Metrics:
    """Figures of the whole graph, closed tasks included, or of a project's tasks and the edges among them.

    Betweenness (Brandes 2001) is exact for up to 2,000 tasks, else estimated from sources drawn with a fixed seed
    (Brandes & Pich 2007).
    """
    if not 1 <= top <= _MOST_TOP:
        raise InvalidInput(f"top must be 1 to {_MOST_TOP:,}.", field="top")
    chosen = network.of_project(project_id)
    needs, parents = _among(network.needs, chosen), _among(network.children, chosen)
    count = int(chosen.sum())
    sizes = _component_sizes(count, (needs, parents))
    kinds = _kinds(network, chosen)
    layer, sound = depths(needs)
    scores, sources = _betweenness(needs)
    return Metrics(
        tasks=count,
        open_tasks=int((network.open & chosen).sum()),
        edges=sum(kind.edges for kind in kinds),
        edges_by_kind=kinds,
        prerequisites=_summary(needs.degrees),
        dependents=_summary(needs.turned.degrees),
        depth=int(layer.max(initial=0)) if sound else None,
        components=len(sizes),
        largest_component=max(sizes, default=0),
        isolated=sum(size == 1 for size in sizes),
        density=round(len(needs.items) / (count * (count - 1)), 6) if count > 1 else 0.0,
        central=_central(network, np.flatnonzero(chosen), scores, top),
        betweenness_exact=sources == count,
        betweenness_sources=sources,
    )


def _among(rows: Rows, chosen: Mask) -> Rows:
    """The edges among the chosen nodes, which are numbered anew."""
    number = np.cumsum(chosen) - 1
    inside = chosen[rows.owners] & chosen[rows.items]
    return Rows.of(int(chosen.sum()), number[rows.owners[inside]], number[rows.items[inside]])


def _kinds(network: Network, chosen: Mask) -> tuple[KindCount, ...]:
    """Edges by kind; those of parents are counted from the tasks themselves."""
    ids = {network.ids[at] for at in np.flatnonzero(chosen).tolist()}
    edges = {edge for edge in network.structure.edges if edge.source in ids and edge.target in ids}
    counts = Counter(edge.kind for edge in edges if edge.kind != CHILD_OF)
    counts[CHILD_OF] = len(_among(network.children, chosen).items)
    return tuple(KindCount(kind=kind, edges=count) for kind, count in sorted(counts.items()) if count)


def _summary(degrees: Ints) -> DegreeSummary:
    if not len(degrees):
        return DegreeSummary(mean=0.0, median=0.0, p90=0.0, maximum=0, zero_share=0.0)
    return DegreeSummary(
        mean=round(float(degrees.mean()), 4),
        median=float(np.median(degrees)),
        p90=round(float(np.quantile(degrees, 0.9)), 4),
        maximum=int(degrees.max()),
        zero_share=round(float((degrees == 0).mean()), 4),
    )


def _component_sizes(count: int, edges: tuple[Rows, ...]) -> list[int]:
    """How many nodes hang together, by component: every node takes the smallest label around it until none changes."""
    label = np.arange(count)
    ends = [(rows.owners, rows.items) for rows in edges]
    sources, targets = (np.concatenate(one) for one in zip(*ends, strict=True))
    while True:
        before = label.copy()
        smallest = np.minimum(label[sources], label[targets])
        for side in (label[sources], label[targets]):
            np.minimum.at(label, side, smallest)
        label = label[label]
        if np.array_equal(before, label):
            return np.unique(label, return_counts=True)[1].tolist() if count else []


def _central(network: Network, members: Ints, scores: Floats, top: int) -> tuple[Centrality, ...]:
    order = np.argsort(-scores, kind="stable")[:top]
    return tuple(
        Centrality(task_id=network.ids[int(members[at])], betweenness=float(scores[at]))
        for at in order.tolist()
        if scores[at] > 0
    )


def _betweenness(rows: Rows) -> tuple[Floats, int]:
    """The betweenness of each node, as a share of all pairs of others, and from how many sources it was counted."""
    count = len(rows.degrees)
    pairs = max((count - 1) * (count - 2), 1)
    if count <= _EXACT:
        exact = _exact(rows)
        if np.isfinite(exact).all():  # numbers of shortest ways can be too large for floats
            return np.round(exact / pairs, 9), count
    scores, sources = _sampled(rows, count)
    return np.round(scores * (count / sources) / pairs, 9), sources


def _exact(rows: Rows) -> Floats:
    import rustworkx

    count = len(rows.degrees)
    graph: rustworkx.PyDiGraph[None, None] = rustworkx.PyDiGraph()
    graph.add_nodes_from([None] * count)
    graph.extend_from_edge_list(list(zip(rows.owners.tolist(), rows.items.tolist(), strict=True)))
    found = rustworkx.digraph_betweenness_centrality(graph, normalized=False, parallel_threshold=count + 1)
    return np.array([found[at] for at in range(count)], dtype=np.float64)


def _sampled(rows: Rows, count: int) -> tuple[Floats, int]:
    """Sums over sources in a seeded order, until the budget is spent."""
    scores, spent, sources = [0.0] * count, 0, 0
    for source in np.random.Generator(np.random.PCG64(0)).permutation(count).tolist():
        spent += _accumulate(rows.lists, source, scores)
        sources += 1
        if spent > _BUDGET and sources >= _FEWEST_SOURCES:
            break
    return np.array(scores, dtype=np.float64), sources


def _accumulate(lists: list[list[int]], source: int, scores: list[float]) -> int:
    """Add the dependencies of one source on all nodes to the scores (Brandes 2001); how many edges were looked at."""
    steps, ways, order = {source: 0}, {source: 1}, [source]  # ways are whole: there can be more than floats hold
    edges = 1
    for at in order:
        far, many = steps[at] + 1, ways[at]
        edges += len(lists[at])
        for other in lists[at]:
            known = steps.get(other)
            if known is None:
                steps[other], ways[other] = far, many
                order.append(other)
            elif known == far:
                ways[other] += many
    share = dict.fromkeys(order, 0.0)
    for at in reversed(order):
        far, many, total = steps[at] + 1, ways[at], 0.0
        for other in lists[at]:
            if steps[other] == far:
                total += many / ways[other] * (1 + share[other])
        share[at] = total
        if at != source:
            scores[at] += total
    return edges
