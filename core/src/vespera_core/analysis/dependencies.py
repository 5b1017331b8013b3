"""What one task waits for, and what waits for it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from vespera_core.analysis.arrays import Rows, mask_of, reached
from vespera_core.analysis.flow import flow_of
from vespera_core.analysis.network import Network
from vespera_core.analysis.ready import Standing, standing
from vespera_core.analysis.results import Blocker, Dependencies, Neighbour
from vespera_core.model.basics import Micros


def dependencies(network: Network, task_id: str, now: Micros) -> Dependencies:
    """Everything up and down the dependencies of a task, what is in its way, and what it is in the way of.

    Raises NotFound for an id that is not here.
    """
    at = network.number(task_id)
    stands = standing(network, now)
    above, below = _distances(network.needs, at), _distances(network.needed_by, at)
    roots, stuck = _ends(network, at, stands, now)
    after = standing(network, now, closed=mask_of(len(network), [at]))
    return Dependencies(
        task_id=task_id,
        open=bool(stands.open[at]),
        ready=bool(stands.ready[at]),
        prerequisites=_neighbours(network, above),
        dependents=_neighbours(network, below),
        depth_above=_depth(network.needs, at, above),
        depth_below=_depth(network.needed_by, at, below),
        open_prerequisites=int(sum(stands.open[one] for one in above)),
        open_dependents=int(sum(stands.open[one] for one in below)),
        open_blockers=_blockers(network, at, stands),
        root_blockers=roots,
        stuck_blockers=stuck,
        unblocks=network.names(np.flatnonzero(after.ready & ~stands.ready).tolist()),
    )


def _distances(rows: Rows, at: int) -> dict[int, int]:
    """Everything that is reached from a node, with the steps of the shortest way; without the node itself."""
    lists, steps, queue = rows.lists, {at: 0}, [at]
    for one in queue:
        for other in lists[one]:
            if other not in steps:
                steps[other] = steps[one] + 1
                queue.append(other)
    del steps[at]
    return steps


def _neighbours(network: Network, distances: dict[int, int]) -> tuple[Neighbour, ...]:
    ranked = sorted(distances.items(), key=lambda pair: (pair[1], pair[0]))
    return tuple(
        Neighbour(task_id=network.ids[one], distance=steps, open=bool(network.open[one])) for one, steps in ranked
    )


def _depth(rows: Rows, at: int, reachable: Iterable[int]) -> int | None:
    """The steps of the longest chain from a node; None where a circle makes it endless."""
    lists = rows.lists
    waiting = dict.fromkeys((at, *reachable), 0)
    for one in waiting:
        for other in lists[one]:
            waiting[other] += 1
    frontier = [at] if waiting[at] == 0 else []
    seen, depth = 0, -1
    while frontier:
        depth, seen, following = depth + 1, seen + len(frontier), []
        for one in frontier:
            for other in lists[one]:
                waiting[other] -= 1
                if waiting[other] == 0:
                    following.append(other)
        frontier = following
    return depth if seen == len(waiting) else None


def _blockers(network: Network, at: int, stands: Standing) -> tuple[Blocker, ...]:
    """Direct open prerequisites, open children, and ancestors that are blocked or held by hand."""
    if not stands.open[at]:
        return ()
    found = [(one, "depends_on") for one in network.needs.lists[at]]
    found += [(one, "child") for one in network.children.lists[at]]
    for one in _ancestors(network, at):
        if stands.blockers[one] or network.nodes[one].category == "held":
            found.append((one, "parent"))
    return tuple(
        Blocker(
            task_id=network.ids[one],
            because=because,
            ready=bool(stands.ready[one]),
            active=network.nodes[one].category == "active",
        )
        for one, because in found
        if stands.open[one]
    )


def _ancestors(network: Network, at: int) -> list[int]:
    found: dict[int, None] = {}
    one = int(network.parent[at])
    while one >= 0 and one not in found:
        found[one] = None
        one = int(network.parent[one])
    return list(found)


def _ends(network: Network, at: int, stands: Standing, now: Micros) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of all that a task waits for: what can be worked on or is, and where chains end with nobody able to work."""
    flow = flow_of(network)
    if flow.finish_of[at] < 0:
        return (), network.names(flow.circular.tolist()) if at in flow.circular else ()
    points = reached(flow.before, [int(flow.finish_of[at])])
    found = {int(flow.task[one]) for one in points} - {-1, at}
    awaited = {int(flow.task[one]) for one in points if flow.ends[one]} - {-1, at}
    free = {one for one in awaited if stands.ready[one] or network.nodes[one].category == "active"}
    tied = set(flow.circular.tolist()) if any(flow.task[one] < 0 for one in points) else set()
    stuck = {one for one in (found | {at}) - free if _stuck(network, one, now)} | tied
    return network.names(sorted(free)), network.names(sorted(stuck))


def _stuck(network: Network, at: int, now: Micros) -> bool:
    """Whether a task is held by hand or put off: what no other task's completion changes.

    Work in progress that is put off goes on itself, but its children wait with it.
    """
    node = network.nodes[at]
    return node.category == "held" or (node.open and node.defer_until is not None and node.defer_until > now)
